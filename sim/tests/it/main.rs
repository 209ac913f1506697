//! The simulated world as its users meet it: over SSH and HTTP.

mod client;
mod crypto;
