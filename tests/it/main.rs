//! The one integration binary: what crosses a boundary, in the same tree as `src/`.
#![allow(unreachable_pub, reason = "nothing outside can reach anything in here")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, may print figures, and may start programs"
)]

mod browser;
mod cli;
mod engine;
mod fakes;
mod harness;
mod http;
mod jobs;
mod mpesa;
mod process;
mod radius;
mod routeros;
mod sale;
mod sms;
mod store;
mod tidy;
mod view;
