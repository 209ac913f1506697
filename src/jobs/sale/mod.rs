//! A sale, from money to the right to be online. Everything here happens inside the caller's
//! transaction and touches nothing but the database; jobs carry out what it leaves owed.

mod access;
mod accounts;
mod announce;
mod asking;
mod closing;
mod comping;
mod ending;
mod grant;
mod joining;
mod matching;
mod recording;
mod refusal;
mod routers;
mod settle;
mod usage;
mod who;

pub use access::{Tells, activate, behind, current_under, put_radius, write_radius};
pub use accounts::{begin_at_login, count_accounts, has_accounts};
pub use announce::provisioning_failed;
pub use asking::{Ask, Asked, ask, assign, bind_checkout};
pub use closing::close;
pub(super) use comping::running;
pub use comping::{comp, renew_password, revoke_all};
pub use ending::{Sweep, end_what_is_over, is_clock_in_doubt, owe_end};
pub use grant::{Purchase, end_spent, grant};
pub use recording::{Recorded, record, sell};
pub use refusal::{Refusal, write};
pub use routers::{router_changed, router_removed};
pub use settle::{Settled, settle};
pub use usage::count_usage;
pub use who::{Who, customer, fresh_password};
