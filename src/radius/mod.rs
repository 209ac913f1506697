//! RADIUS: the configuration of the FreeRADIUS beside us, what it is told of a customer, and the
//! protocol itself, to try logins and to end sessions. Its tables belong to `store`.

pub mod account;
pub mod attributes;
pub mod client;
pub mod coa;
mod crypt;
pub mod directory;
pub mod local;
pub mod packet;
mod quote;
pub mod site;
pub mod words;

pub use client::{RadiusError, RadiusLink};
