//! What callbacks come to.

mod c2b;
mod cases;
mod hostile;
mod stk;

use mlango::domain::payment::Shortcode;
use mlango::domain::received::Received;
use mlango::mpesa::classify;

const STK_PAID: &str = include_str!("../fixtures/mpesa/stk-paid.json");
const STK_CANCELLED: &str = include_str!("../fixtures/mpesa/stk-cancelled.json");
const TILL_HASHED: &str = include_str!("../fixtures/mpesa/c2b-till-hashed.json");
const PAYBILL_MASKED: &str = include_str!("../fixtures/mpesa/c2b-paybill-masked.json");

/// The till and the paybill of the fixtures.
fn ours() -> Vec<Shortcode> {
    ["5550123", "555012"].iter().map(|it| it.parse().expect("digits")).collect()
}

fn understood(body: impl AsRef<[u8]>) -> Received {
    classify(body.as_ref(), &ours())
}

/// `body` with one piece of its text replaced, which has to be there exactly once.
fn with(body: &str, old: &str, new: &str) -> String {
    assert_eq!(body.matches(old).count(), 1, "{old} in {body}");
    body.replacen(old, new, 1)
}
