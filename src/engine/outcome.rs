//! What comes of a run that did not succeed: another try, a parking place, or an operator.

use super::{Engine, PARKED_FOR};
use crate::job::{Failure, Fate, JobError};
use crate::store::failed_jobs::{self, Why};
use crate::store::history::{self, RunOutcome};
use crate::store::outbox::{self, Back, Claim, Tally};
use crate::store::{self, Tx};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// What is to be done with the claim.
enum Verdict {
    Snooze(Duration),
    Retry(Duration),
    Park,
    Bury(Why),
}

/// A job that finds it too early so often is never going to run.
const SNOOZES_MAX: u32 = 1_000;

impl Engine {
    /// Settles a run that ended in `error`. If the claim is no longer ours nothing is written:
    /// whoever took it back has settled it.
    pub(super) fn unsuccessful(&self, claim: &Claim, error: &JobError) -> store::Result<()> {
        if matches!(error, JobError::Retry(cause) if is_lost_claim(cause)) {
            log::warn!("{} finished too late and changed nothing", claim.kind);
            return Ok(());
        }
        let causes: Vec<_> = anyhow::Chain::new(error).map(ToString::to_string).collect();
        let reason = causes.join(": ");
        if let Some(key) = claim.serial_key.as_ref().filter(|_| is_its_keys_fault(error)) {
            self.breakers.failed(key, self.store.now().engine);
        }
        let verdict = self.verdict(claim, error);
        log_verdict(claim, &verdict, &reason);
        match self.store.write(|tx| self.settle(tx, claim, &verdict, error, &reason)) {
            Err(store::Error::LostClaim(_)) => Ok(()),
            other => other,
        }
    }

    fn verdict(&self, claim: &Claim, error: &JobError) -> Verdict {
        let settings = self.queue_settings(claim.queue);
        let failures = claim.failures + 1;
        let parks = self.kind(claim).is_some_and(|it| it.parks);
        match error {
            JobError::Snooze(pause) if claim.snoozes < SNOOZES_MAX => Verdict::Snooze(*pause),
            JobError::GiveUp(_) => Verdict::Bury(Why::Error),
            // Where it hangs it may have acted already.
            JobError::TimedOut(_) if self.is_at_most_once(claim) => Verdict::Bury(Why::Timeout),
            _ if !self.is_spent(claim, tally(claim, error)) => {
                Verdict::Retry(jittered(settings.pause_after(failures), claim))
            }
            _ if parks => Verdict::Park,
            JobError::TimedOut(_) => Verdict::Bury(Why::Timeout),
            JobError::Retry(_) | JobError::Snooze(_) => Verdict::Bury(Why::Error),
        }
    }

    /// Whether so many failures are all that this job may have.
    fn is_spent(&self, claim: &Claim, tally: Tally) -> bool {
        let settings = self.queue_settings(claim.queue);
        let tries = self.kind(claim).and_then(|it| it.tries).unwrap_or(settings.tries);
        tries <= tally.failures || settings.max_exceptions <= tally.exceptions
    }

    fn settle(
        &self,
        tx: &Tx<'_>,
        claim: &Claim,
        verdict: &Verdict,
        cause: &JobError,
        reason: &str,
    ) -> store::Result<()> {
        let failed = tally(claim, cause);
        let (outcome, fate) = match verdict {
            Verdict::Snooze(pause) => {
                outbox::give_back(tx, claim, Back::Ready(*pause), failed, None)?;
                return history::insert(tx, claim, RunOutcome::Snoozed, Some(reason));
            }
            Verdict::Retry(pause) => {
                outbox::give_back(tx, claim, Back::Ready(*pause), failed, Some(reason))?;
                (RunOutcome::Retry, Fate::Retried)
            }
            Verdict::Park => {
                outbox::give_back(tx, claim, Back::Parked(PARKED_FOR), failed, Some(reason))?;
                (RunOutcome::Parked, self.parked(claim))
            }
            Verdict::Bury(why) => {
                failed_jobs::bury(tx, claim, *why, reason)?;
                (RunOutcome::Failed, Fate::Failed)
            }
        };
        history::insert(tx, claim, outcome, Some(reason))?;
        let Some(kind) = self.kind(claim) else { return Ok(()) };
        let failure = Failure { cause, error: reason, fate };
        // What a job wants noted must not keep its claim from being given back.
        let noted = tx.attempt(|| (kind.unsuccessful)(&claim.args, tx, &self.world, &failure))?;
        if let Err(error) = noted {
            log::error!("what became of {} could not be noted: {error:?}", claim.kind);
        }
        Ok(())
    }

    fn parked(&self, claim: &Claim) -> Fate {
        let Claim { failures, exceptions, snoozes, .. } = *claim;
        let was_spent = self.is_spent(claim, Tally { failures, exceptions, snoozes });
        if was_spent { Fate::StillParked } else { Fate::Parked }
    }

    /// Takes a claim back from a thread that hangs in it. What that thread still writes, it undoes
    /// itself: its run is not the current one any more.
    pub fn take_back(&self, claim: &Claim, after: Duration) -> store::Result<()> {
        self.unsuccessful(claim, &JobError::TimedOut(after))
    }

    /// Takes a claim back whose end could not be written when it came.
    pub(super) fn take_back_unwritten(&self, claim: &Claim) -> store::Result<()> {
        let cause = anyhow::anyhow!("what came of it could not be written");
        let error = match self.is_at_most_once(claim) {
            false => JobError::Retry(cause),
            true => JobError::GiveUp(cause),
        };
        self.unsuccessful(claim, &error)
    }

    /// Breaks off whatever the job waits for.
    pub fn cut(&self, claim: &Claim) {
        if let Some(kind) = self.kind(claim) {
            (kind.cut)(&claim.args, &self.world);
        }
    }
}

/// The counters of `claim` once `error` is counted.
fn tally(claim: &Claim, error: &JobError) -> Tally {
    let Claim { failures, exceptions, snoozes, .. } = *claim;
    match error {
        JobError::Snooze(_) => Tally { failures, exceptions, snoozes: snoozes + 1 },
        JobError::TimedOut(_) => Tally { failures: failures + 1, exceptions, snoozes },
        JobError::Retry(_) | JobError::GiveUp(_) => {
            Tally { failures: failures + 1, exceptions: exceptions + 1, snoozes }
        }
    }
}

/// Whether what the serial key stands for may be at fault, and not our own database.
fn is_its_keys_fault(error: &JobError) -> bool {
    match error {
        JobError::TimedOut(_) => true,
        JobError::Retry(cause) => !cause.is::<store::Error>(),
        JobError::GiveUp(_) | JobError::Snooze(_) => false,
    }
}

fn is_lost_claim(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(store::Error::LostClaim(_)))
}

/// Ten per cent more or less, by job and try: many that failed together do not return together.
fn jittered(pause: Duration, claim: &Claim) -> Duration {
    let mut hasher = DefaultHasher::new();
    (claim.id, claim.run).hash(&mut hasher);
    let permille = u32::try_from(hasher.finish() % 201).unwrap_or(100);
    pause * (900 + permille) / 1000
}

fn log_verdict(claim: &Claim, verdict: &Verdict, reason: &str) {
    let (kind, run) = (&claim.kind, claim.run);
    match verdict {
        Verdict::Snooze(pause) => log::debug!("{kind} waits {pause:?} run={run}"),
        Verdict::Retry(pause) => {
            log::warn!("{kind} will be tried again in {pause:.1?}: {reason} run={run}");
        }
        Verdict::Park => log::warn!("{kind} is parked, and tried again later: {reason} run={run}"),
        Verdict::Bury(_) => log::error!("{kind} was given up: {reason} run={run}"),
    }
}
