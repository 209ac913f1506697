//! A sale, from money to the right to be online. Everything here happens inside the caller's
//! transaction and touches nothing but the database; jobs carry out what it leaves owed.

mod access;
mod announce;
mod asking;
mod ending;
mod grant;
mod joining;
mod matching;
mod routers;
mod settle;
mod who;

pub use access::{Tells, activate, behind, current_under, put_radius, write_radius};
pub use announce::provisioning_failed;
pub use asking::{Ask, AskError, Asked, ask, assign, bind_checkout};
pub use ending::{end_what_is_over, owe_end};
pub use grant::{Purchase, end_spent, grant};
pub use routers::{router_changed, router_removed};
pub use settle::{Settled, settle};
pub use who::{Who, customer, fresh_password};
