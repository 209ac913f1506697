//! RADIUS: the configuration of the FreeRADIUS beside us, what it is told of a customer, and the
//! protocol itself, to try logins and to end sessions. Its tables belong to `store`.

pub mod account;
pub mod attributes;
pub mod client;
pub mod crypt;
pub mod directory;
pub mod packet;
pub mod site;

pub use account::{Group, primary_group};
pub use attributes::{DeviceCheck, Entitlement, Row, Rows};
pub use client::{Login, Offer, RadiusError, RadiusLink, UdpLink, log_in};
pub use packet::{Reply, Request};
pub use site::{File, Nas, SiteConfig, render};
