//! Customer to business: a person pays our till or paybill without being asked to.
//!
//! The validation before and the confirmation after have the same fields; the route tells which.

use super::json::Json;
use super::{MAX_BODY, rejected, reply, value};
use crate::domain::payment::{Door, Shortcode};
use crate::domain::received::{Outcome, Received};

/// May this payment happen? Only money that could never be credited is stopped; what is merely
/// odd is let in, and held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    Accept,
    ForeignShortcode,
    UnusableAmount,
}

impl Validation {
    /// The body of the answer, which goes out with status 200 in any case.
    pub const fn reply(self) -> &'static str {
        match self {
            Validation::Accept => reply::VALIDATION_ACCEPTED,
            Validation::ForeignShortcode => reply::VALIDATION_BAD_SHORTCODE,
            Validation::UnusableAmount => reply::VALIDATION_BAD_AMOUNT,
        }
    }
}

pub fn validate(body: &[u8], ours: &[Shortcode]) -> Validation {
    let document = (body.len() <= MAX_BODY).then(|| Json::document(body).ok()).flatten();
    let Some(document) = document else { return Validation::Accept };
    let is_foreign = |code: Json<'_>| !is_ours(code, ours);
    if document.get("BusinessShortCode").is_some_and(is_foreign) {
        return Validation::ForeignShortcode;
    }
    if document.get("TransAmount").is_some_and(|it| value::amount(it).is_none()) {
        return Validation::UnusableAmount;
    }
    Validation::Accept
}

fn is_ours(code: Json<'_>, ours: &[Shortcode]) -> bool {
    code.text().is_some_and(|text| ours.iter().any(|it| it.as_str() == text))
}

pub(super) fn read(document: Json<'_>, ours: &[Shortcode]) -> Received {
    let get = |key| document.get(key);
    let mut received = rejected(Door::C2b, "");
    received.amount = get("TransAmount").and_then(value::amount);
    received.receipt = get("TransID").and_then(value::receipt);
    received.payer = value::payer(get("MSISDN"));
    received.reference = get("BillRefNumber").and_then(value::typed);
    received.paid_at = get("TransTime").and_then(value::moment);
    let code = get("BusinessShortCode");
    received.shortcode = code.and_then(Json::text).and_then(|it| it.parse().ok());

    let (outcome, reason) = if received.receipt.is_none() {
        (Outcome::Reject, "no usable receipt".to_owned())
    } else if !code.is_some_and(|it| is_ours(it, ours)) {
        (Outcome::Reject, foreign(received.shortcode.as_ref()))
    } else if received.amount.is_none() {
        (Outcome::Indeterminate, "the amount is not usable".to_owned())
    } else {
        (Outcome::Success, "paid".to_owned())
    };
    (received.outcome, received.reason) = (outcome, reason);
    received
}

fn foreign(shortcode: Option<&Shortcode>) -> String {
    match shortcode {
        Some(it) => format!("paid to {it}, which is not one of our tills or paybills"),
        None => "names no till or paybill".to_owned(),
    }
}
