//! # mlango, floor by floor
//!
//! A module may name its own files and the floors below it; `tests/it/tidy.rs` checks.

pub mod domain; // words

pub mod clock; // neighbours, which never name one another
pub mod config;
pub mod logging;
pub mod mpesa;
pub mod radius;
pub mod routeros;
pub mod sms;
pub mod store;
pub mod vault;

pub mod view; // what an operator is shown

pub mod job; // what a job is

pub mod jobs; // what the box does

pub mod cli; // three doors: operator, clock, network
pub mod engine;
pub mod http;

pub mod app; // wiring
