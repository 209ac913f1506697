//! What is done to one payment: assigned, closed, understood anew, tried now.

use super::errand::{Errand, Question, Step};
use crate::domain::ids::PaymentId;
use crate::domain::package::PackageCode;
use crate::domain::payment::ReturnReason;
use crate::http::HttpError;

/// `POST /payments/{id}/…`
pub(super) fn act(errand: &Errand<'_>, id: PaymentId, verb: &str) -> Result<Step, HttpError> {
    match verb {
        "assign" => assign(errand, id),
        "close" => close(errand, id),
        "replay" => {
            let count = errand.at_counter(|counter, tx| counter.replay(tx, id))?;
            let callbacks = if count == 1 { "1 callback is" } else { "its callbacks are" };
            Ok(Step::Done(format!("Payment {id}: {callbacks} being understood anew.")))
        }
        "try" => {
            let count = errand.at_counter(|counter, tx| counter.try_now(tx, id))?;
            Ok(Step::Done(match count {
                0 => format!("Payment {id}: nothing is owed for it just now."),
                _ => format!("Payment {id} is being tried now."),
            }))
        }
        _ => Err(HttpError::NotFound),
    }
}

fn assign(errand: &Errand<'_>, id: PaymentId) -> Result<Step, HttpError> {
    if errand.text("package").is_empty() {
        return Err(HttpError::BadRequest("choose a package first".to_owned()));
    }
    let code: PackageCode = errand.read("package")?;
    errand.at_counter(|counter, tx| counter.assign(tx, id, &code))?;
    Ok(Step::Done(format!("Payment {id} buys {code}; the customer is let in next.")))
}

fn close(errand: &Errand<'_>, id: PaymentId) -> Result<Step, HttpError> {
    if errand.text("reason").is_empty() {
        return Err(HttpError::BadRequest("choose why it is closed first".to_owned()));
    }
    let reason: ReturnReason = errand.read("reason")?;
    if !errand.is_sure() {
        return Ok(Step::Ask(Question {
            title: format!("Close payment {id} as {reason}?"),
            text: "What is left of its purchase is taken back, and it cannot be opened again. \
                   No money moves by this: whoever returns it does so with M-Pesa."
                .to_owned(),
            button: "Close it",
        }));
    }
    let closed = errand.at_counter(|counter, tx| counter.close(tx, id, reason))?;
    Ok(Step::Done(format!("Payment {} is closed: {reason}.", closed.id)))
}
