//! What Safaricom says, through the forwarder: stored first, understood later.

use super::auth::{Refusal, Verdict};
use super::{Doors, HttpError, Reply, Request};
use crate::domain::payment::CallbackDoor;
use crate::domain::time::EngineTime;
use crate::job::Job as _;
use crate::jobs::ProcessPayment;
use crate::mpesa::{c2b, reply};
use crate::store::callbacks::{self, Callback};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

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
            note_refused(door, refusal, doors.store.now().engine);
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
fn note_refused(door: CallbackDoor, refusal: Refusal, now: EngineTime) {
    static REFUSED: AtomicU64 = AtomicU64::new(0);
    if refusal == Refusal::Stale {
        LAST_STALE_ENGINE_MS.store(now.0, Relaxed);
    }
    let count = REFUSED.fetch_add(1, Relaxed) + 1;
    if count.is_power_of_two() {
        log::warn!("a callback at door {door} was refused: {refusal:?} refused_so_far={count}");
    }
}

/// When the last well-signed callback was refused for its age; before all time if none was.
static LAST_STALE_ENGINE_MS: AtomicI64 = AtomicI64::new(i64::MIN);

pub(super) fn last_stale() -> Option<EngineTime> {
    let last = LAST_STALE_ENGINE_MS.load(Relaxed);
    (last != i64::MIN).then_some(EngineTime(last))
}
