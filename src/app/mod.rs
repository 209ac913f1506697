//! Wiring: from a configuration to a running appliance, or to what one command needs.

mod book;
mod gateway;
mod ownership;
mod serve;
mod site;

pub use book::StoredRouters;
pub use gateway::sms_gateway;
pub use serve::{Serving, serve};
pub use site::{Site, boot};
