//! Wiring: from a configuration to a running appliance, or to what one command needs.

mod book;
mod gateway;
mod hand;
mod orders;
mod ownership;
mod premises;
mod serve;
mod site;
mod work;

pub use book::StoredRouters;
pub use gateway::sms_gateway;
pub use serve::{Serving, serve};
pub use site::{Site, boot};
pub use work::work;
