//! Runs that were cut off. At start nothing of ours can be running, so whatever says so is one.

use super::handback::running;
use super::outbox::Claim;
use super::{Result, Tx};

/// A run that was cut off, and how often that has happened to its job by now.
#[derive(Debug)]
pub struct Orphan {
    pub claim: Claim,
    pub crashes: u32,
    pub power_cuts: u32,
}

/// Every run that was cut off, each counted. In the boot of the kernel that it began in, the
/// program died and the job may be why: that counts as a failure. In another, the power went: it
/// does not.
pub fn count(tx: &Tx<'_>, boot_id: &str) -> Result<Vec<Orphan>> {
    tx.execute(
        "UPDATE jobs SET crashes = crashes + (boot_id = ?1), failures = failures + (boot_id = ?1),
                         power_cuts = power_cuts + (boot_id <> ?1)
         WHERE state = 'running'",
        [boot_id],
    )?;
    running(tx)
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
