//! What Safaricom says, through the forwarder: stored first, understood later.

use super::auth::{Refusal, Verdict};
use super::{Doors, HttpError, Reply, Request};
use crate::domain::payment::CallbackDoor;
use crate::job::Job as _;
use crate::jobs::ProcessPayment;
use crate::mpesa::{c2b, reply};
use crate::store::callbacks::{self, Callback};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Accepts a callback once its raw body is on the disk. What it means is for a job to find out:
/// the sender waits only seconds, and a body we misread today must not be lost.
///
/// A validation asks whether a payment may be made; no money has moved, so nothing is kept.
pub(super) fn receive(
    doors: &Doors,
    request: &Request,
    door: CallbackDoor,
    path_token: Option<&str>,
) -> Result<Reply, HttpError> {
    let trusted_wall = doors.store.now().trusted_wall();
    let is_signed = match doors.callbacks.judge(request, door, path_token, trusted_wall) {
        Verdict::Signed => true,
        Verdict::Token => false,
        Verdict::Refused(refusal) => {
            note_refused(door, refusal);
            return Err(refusal.into());
        }
    };
    if doors.config.http.body_limit < request.body.len() {
        return Err(HttpError::TooLong);
    }
    if door == CallbackDoor::Validation {
        let verdict = c2b::validate(&request.body, &doors.config.mpesa.shortcodes);
        return Ok(Reply::raw_json(verdict.reply()));
    }
    let callback = Callback { door, body: request.body.clone(), is_signed };
    doors.watch_write(doors.store.write(|tx| {
        let callback_id = callbacks::insert(tx, &callback)?;
        ProcessPayment { callback_id }.enqueue(tx)
    }))?;
    Ok(Reply::raw_json(match door {
        CallbackDoor::Confirmation => reply::CONFIRMATION_ACCEPTED,
        CallbackDoor::Stk | CallbackDoor::Validation => reply::STK_ACCEPTED,
    }))
}

/// Counts and logs what was refused, without body or path. Whoever is let near the door may knock
/// without end, so only the first, second, fourth, … of all is a line in the log.
fn note_refused(door: CallbackDoor, refusal: Refusal) {
    static REFUSED: AtomicU64 = AtomicU64::new(0);
    let count = REFUSED.fetch_add(1, Relaxed) + 1;
    if count.is_power_of_two() {
        log::warn!("a callback at door {door} was refused: {refusal:?} refused_so_far={count}");
    }
}
