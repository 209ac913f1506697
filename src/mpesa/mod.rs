//! What Safaricom's callbacks say: bytes in, [`Received`] out, and no I/O.
//!
//! A body proves nothing by itself; who may send one, and which payment it settles, is decided
//! elsewhere. Here it is only read, and strictly: of two readings none is taken.

pub mod c2b;
mod codes;
mod csv;
mod json;
mod receipt_date;
pub mod reply;
pub mod statement;
#[cfg(test)]
mod statement_tests;
mod stk;
mod strict;
mod value;
pub mod verdict;

pub use receipt_date::{receipt_date, receipt_day};
pub use value::printable;

use crate::domain::payment::{Door, Shortcode};
use crate::domain::received::{Outcome, Payer, Received};
use json::Json;

/// Longer bodies are refused unread; a real callback is below 2 KiB.
pub const MAX_BODY: usize = 256 * 1024;

/// Understands a push result or a C2B confirmation, told apart by shape: a forwarder that mixed
/// up the two routes has still brought real money. Whatever cannot be read is a `Reject`, whose
/// door then says nothing.
pub fn classify(body: &[u8], ours: &[Shortcode]) -> Received {
    if MAX_BODY < body.len() {
        return rejected(Door::Stk, "longer than 256 KiB, not read");
    }
    let document = match Json::document(body) {
        Ok(document) => document,
        Err(malformed) => return rejected(Door::Stk, &malformed.to_string()),
    };
    let has = |key| document.get(key).is_some();
    if has("Body") && has("TransID") {
        return rejected(Door::Stk, "a push result and a C2B confirmation in one");
    }
    if has("TransAmount") { c2b::read(document, ours) } else { stk::read(document) }
}

fn rejected(door: Door, reason: &str) -> Received {
    Received {
        outcome: Outcome::Reject,
        door,
        amount: None,
        receipt: None,
        checkout_request_id: None,
        payer: Payer::Unknown,
        shortcode: None,
        reference: None,
        paid_at: None,
        result_code: None,
        reason: reason.to_owned(),
    }
}
