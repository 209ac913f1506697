//! The one integration binary: what crosses a boundary, in the same tree as `src/`.

mod cli;
mod engine;
mod fakes;
mod harness;
mod http;
mod mpesa;
mod process;
mod radius;
mod routeros;
mod sale;
mod sms;
mod store;
mod tidy;
mod view;
