//! Runs that were cut off. At start nothing of ours can be running, so whatever says so is one.

use super::handback::running;
use super::outbox::{self, Back, Tally};
use super::{Result, Tx, failed_jobs};
use std::time::Duration;

/// A job that took the program down so often is not simply run again.
const CRASHES_MAX: u32 = 3;
/// …and a job may be what resets the board.
const POWER_CUTS_MAX: u32 = 10;

/// What `start` found, for the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    pub released: u32,
    pub parked: u32,
    pub quarantined: u32,
}

/// Takes back every run that was cut off. In the boot of the kernel that it began in, the program
/// died and the job may be why: that counts as a failure. In another, the power went: it does not.
pub fn release(
    tx: &Tx<'_>,
    boot_id: &str,
    parks: impl Fn(&str) -> bool,
    park_for: Duration,
) -> Result<Orphans> {
    tx.execute(
        "UPDATE jobs SET crashes = crashes + (boot_id = ?1), failures = failures + (boot_id = ?1),
                         power_cuts = power_cuts + (boot_id <> ?1)
         WHERE state = 'running'",
        [boot_id],
    )?;
    let mut orphans = Orphans::default();
    for (claim, crashes, power_cuts) in running(tx)? {
        let is_poison = CRASHES_MAX <= crashes || POWER_CUTS_MAX <= power_cuts;
        let (failures, exceptions) = (claim.failures, claim.exceptions);
        let tally = Tally { failures, exceptions, snoozes: claim.snoozes };
        if !is_poison {
            outbox::give_back(tx, &claim, Back::Ready(Duration::ZERO), tally, None)?;
            orphans.released += 1;
        } else if parks(&claim.kind) {
            let error = Some("cut the program off again and again");
            outbox::give_back(tx, &claim, Back::Parked(park_for), tally, error)?;
            orphans.parked += 1;
        } else {
            let error = format!("{crashes} crashes and {power_cuts} power cuts while it ran");
            failed_jobs::bury(tx, &claim, failed_jobs::Why::Crash, &error)?;
            orphans.quarantined += 1;
        }
    }
    Ok(orphans)
}

/// Takes back what is still running when the program must stop. It is nobody's fault.
pub fn release_at_stop(tx: &Tx<'_>) -> Result<usize> {
    let rows = tx.execute(
        "UPDATE jobs SET state = 'ready', boot_id = NULL, worker = NULL, started_engine_ms = NULL,
                         stops = stops + 1
         WHERE state = 'running'",
        [],
    )?;
    Ok(rows)
}
