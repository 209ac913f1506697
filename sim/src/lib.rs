//! The world around the appliance, simulated.

mod dialect;
mod faults;
mod ros;
mod router;
mod script;
mod ssh;

pub use dialect::Dialect;
pub use faults::{Fault, Times};
pub use router::{Account, Router, RouterSpec, Setup};
pub use ssh::{Command, Login, Method};
