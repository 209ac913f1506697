//! What comes of a run that did not succeed: another try, a parking place, or an operator.

use super::{Engine, PARKED_FOR};
use crate::job::{Failure, Fate, JobError};
use crate::store::events::{self, EventName};
use crate::store::failed_jobs::{self, Why};
use crate::store::history::{self, RunOutcome};
use crate::store::outbox::{self, Back, Claim, Tally};
use crate::store::{self, Tx};
use serde_json::json;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// What is to be done with the claim.
pub(super) enum Verdict {
    Snooze(Duration),
    Retry(Duration),
    Park(Fate),
    Bury(Why),
}

/// Tells those who watch that an operator must look.
fn tell(tx: &Tx<'_>, claim: &Claim, error: &str) -> store::Result<()> {
    let body = json!({
        "type": "job_failed",
        "job": { "id": claim.id, "kind": claim.kind, "queue": claim.queue, "tries": claim.run },
        "error": error,
        "timestamp": tx.now.wall,
    });
    events::insert(tx, EventName::JobFailed, &body)
}

/// A job that finds it too early so often is never going to run.
const SNOOZES_MAX: u32 = 1_000;

impl Engine {
    /// Settles a run that ended in `error`. If the claim is no longer ours nothing comes of it, in
    /// the tables or the breakers: whoever took it back has settled it.
    pub(super) fn unsuccessful(&self, claim: &Claim, error: &JobError) -> store::Result<()> {
        let causes: Vec<_> = anyhow::Chain::new(error).map(ToString::to_string).collect();
        let reason = causes.join(": ");
        if claim.is_ephemeral() {
            return self.beat_failed(claim, error, &reason);
        }
        let verdict = self.verdict(claim, error);
        match self.store.write(|tx| self.settle(tx, claim, &verdict, error, &reason)) {
            Ok(()) => {}
            Err(store::Error::LostClaim(_)) => {
                log::warn!("{} ended too late and changed nothing run={}", claim.kind, claim.run);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        log_verdict(claim, &verdict, &reason);
        if let Some(key) = claim.serial_key.as_ref().filter(|_| is_its_keys_fault(error)) {
            self.breakers.failed(key, self.store.now().engine);
        }
        Ok(())
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
            _ if parks => Verdict::Park(self.fate_if_parked(claim)),
            JobError::TimedOut(_) => Verdict::Bury(Why::Timeout),
            JobError::CutOff { .. } => Verdict::Bury(Why::Crash),
            JobError::Retry(_) | JobError::Snooze(_) => Verdict::Bury(Why::Error),
        }
    }

    /// Whether so many failures are all that this job may have.
    fn is_spent(&self, claim: &Claim, tally: Tally) -> bool {
        let settings = self.queue_settings(claim.queue);
        let of_kind = || self.kind(claim).and_then(|it| it.tries);
        let tries = self.tries.get().copied().or_else(of_kind).unwrap_or(settings.tries);
        tries <= tally.failures || settings.max_exceptions <= tally.exceptions
    }

    /// Writes down what comes of a run that did not succeed.
    pub(super) fn settle(
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
            Verdict::Park(fate) => {
                outbox::give_back(tx, claim, Back::Parked(PARKED_FOR), failed, Some(reason))?;
                (RunOutcome::Parked, *fate)
            }
            Verdict::Bury(why) => {
                failed_jobs::bury(tx, claim, *why, reason)?;
                tell(tx, claim, reason)?;
                (RunOutcome::Failed, Fate::Failed)
            }
        };
        history::insert(tx, claim, outcome, Some(reason))?;
        let Some(kind) = self.kind(claim) else { return Ok(()) };
        let failure = Failure { cause, error: reason, fate };
        // What a job wants noted must not keep its claim from being given back.
        let note = || (kind.unsuccessful)(&claim.args, tx, &self.world, &failure);
        let noted = tx.attempt(|| {
            let panicked = |_| Err(store::Error::Inconsistent("it panicked".to_owned()));
            catch_unwind(AssertUnwindSafe(note)).unwrap_or_else(panicked)
        })?;
        if let Err(error) = noted {
            log::error!("what became of {} could not be noted: {error:?}", claim.kind);
        }
        Ok(())
    }

    fn fate_if_parked(&self, claim: &Claim) -> Fate {
        if self.is_spent(claim, claim.tally()) { Fate::StillParked } else { Fate::Parked }
    }

    /// Takes a claim back from a thread that hangs in it. What that thread still writes, it undoes
    /// itself: its run is not the current one any more.
    pub fn take_back(&self, claim: &Claim, after: Duration) -> store::Result<()> {
        self.unsuccessful(claim, &JobError::TimedOut(after))
    }

    /// Takes a claim back whose end could not be written when it came.
    pub fn take_back_unwritten(&self, claim: &Claim) -> store::Result<()> {
        // It is our own database's fault, not that of what it worked on.
        let cause = store::Error::Inconsistent("what came of it could not be written".to_owned());
        let cause = anyhow::Error::new(cause);
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
    let Tally { failures, exceptions, snoozes } = claim.tally();
    match error {
        JobError::CutOff { .. } => claim.tally(), // It was counted when it was found.
        JobError::Snooze(_) => Tally { failures, exceptions, snoozes: snoozes + 1 },
        JobError::TimedOut(_) => Tally { failures: failures + 1, exceptions, snoozes },
        JobError::Retry(_) | JobError::GiveUp(_) => {
            Tally { failures: failures + 1, exceptions: exceptions + 1, snoozes }
        }
    }
}

/// Whether what the serial key stands for may be at fault, and not our own database.
pub(super) fn is_its_keys_fault(error: &JobError) -> bool {
    match error {
        JobError::TimedOut(_) => true,
        JobError::Retry(cause) => !cause.is::<store::Error>(),
        JobError::GiveUp(_) | JobError::Snooze(_) | JobError::CutOff { .. } => false,
    }
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
        Verdict::Park(_) => {
            log::warn!("{kind} is parked, and tried again later: {reason} run={run}")
        }
        Verdict::Bury(_) => log::error!("{kind} was given up: {reason} run={run}"),
    }
}
