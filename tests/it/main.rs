//! The one integration binary: what crosses a boundary, in the same tree as `src/`.

mod fakes;
mod harness;
mod http;
mod mpesa;
mod process;
mod radius;
mod routeros;
mod sms;
