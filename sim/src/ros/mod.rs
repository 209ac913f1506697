//! What a router holds and does: its menus, the rows in them, and the hotspot's customers.

mod change;
mod check;
pub(crate) mod hotspot;
pub(crate) mod login;
mod menus_hotspot;
mod menus_system;
mod menus_user;
mod print;
pub(crate) mod schema;
pub(crate) mod start;
pub(crate) mod world;

pub(crate) use change::{add, remove, set, switch};
pub(crate) use print::{Columns, field_value, record, table_text};
pub(crate) use start::refresh;
