//! Our configuration in a real FreeRADIUS, asked by radclient and by our own client.

#![allow(clippy::unwrap_used, reason = "what a test cannot do without, it may insist on")]

mod accounting;
mod counting;
mod exchange;
mod hostile;
mod logins;
mod nas;
mod odd;
mod orders;
mod paid;
mod radclient;
pub(crate) mod server;
mod together;
mod trouble;
