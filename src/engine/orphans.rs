//! What becomes of runs that an earlier process left behind.

use super::Engine;
use super::outcome::Verdict;
use crate::job::{Fate, JobError};
use crate::store::failed_jobs::Why;
use crate::store::orphans::{self, Orphan};
use crate::store::outbox::{self, Back};
use crate::store::{self, Tx};
use std::time::Duration;

/// A job that took the program down so often is not simply run again.
const CRASHES_MAX: u32 = 3;
/// …and a job may be what resets the board.
const POWER_CUTS_MAX: u32 = 10;

impl Engine {
    /// Takes back every run that was cut off, in one transaction and before anything is claimed.
    pub(super) fn take_orphans_back(&self) -> store::Result<()> {
        let (mut released, mut stopped) = (0, 0);
        self.store.write(|tx| {
            for orphan in orphans::count(tx, &self.boot_id)? {
                match is_poison(&orphan) {
                    false => release(tx, &orphan).map(|()| released += 1)?,
                    true => self.stop_repeating(tx, &orphan).map(|()| stopped += 1)?,
                }
            }
            Ok(())
        })?;
        if 0 < released + stopped {
            log::warn!(
                "{} jobs were cut off when the program last ended; {stopped} of them once too \
                 often, and these are parked or given up",
                released + stopped
            );
        }
        Ok(())
    }

    /// Ends it like any other job whose tries are spent: its history, its batch and whoever waits
    /// for it learn of it.
    fn stop_repeating(&self, tx: &Tx<'_>, orphan: &Orphan) -> store::Result<()> {
        let Orphan { ref claim, crashes, power_cuts } = *orphan;
        let cause = JobError::CutOff { crashes, power_cuts };
        let verdict = match self.kind(claim).is_some_and(|it| it.parks) {
            true => Verdict::Park(fate_if_parked(orphan)),
            false => Verdict::Bury(Why::Crash),
        };
        self.settle(tx, claim, &verdict, &cause, &cause.to_string())
    }
}

fn is_poison(orphan: &Orphan) -> bool {
    CRASHES_MAX <= orphan.crashes || POWER_CUTS_MAX <= orphan.power_cuts
}

fn fate_if_parked(orphan: &Orphan) -> Fate {
    let was_poison = CRASHES_MAX < orphan.crashes || POWER_CUTS_MAX < orphan.power_cuts;
    if was_poison { Fate::StillParked } else { Fate::Parked }
}

fn release(tx: &Tx<'_>, Orphan { claim, .. }: &Orphan) -> store::Result<()> {
    outbox::give_back(tx, claim, Back::Ready(Duration::ZERO), claim.tally(), None)
}
