//! The world around the appliance, simulated.

pub mod customers;
pub mod daraja;
mod dialect;
mod door;
mod faults;
pub mod forwarder;
mod http;
mod inspect;
mod random;
mod ros;
mod router;
mod script;
mod sms_gateway;
mod ssh;

pub use dialect::Dialect;
pub use faults::{Fault, Times};
pub use forwarder::{CallbackDoor, Forwarder};
pub use http::{Reply, Request};
pub use inspect::{ActiveSession, Cookie, HotspotUser, SeedUser, UserProfile};
pub use router::{Account, Router, RouterSpec, Setup};
pub use sms_gateway::{SmsFault, SmsGateway};
pub use ssh::{Command, Login, Method};
