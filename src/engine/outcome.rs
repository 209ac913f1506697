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
    Bury,
}

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
        let verdict = self.verdict(claim, error);
        log_verdict(claim, &verdict, &reason);
        match self.store.write(|tx| self.settle(tx, claim, &verdict, error, &reason)) {
            Err(store::Error::LostClaim(_)) => Ok(()),
            other => other,
        }
    }

    fn verdict(&self, claim: &Claim, error: &JobError) -> Verdict {
        let settings = &self.queues[&claim.queue];
        let kind = self.kind(claim);
        let tries = kind.and_then(|it| it.tries).unwrap_or(settings.tries);
        let failures = claim.failures + 1;
        match error {
            JobError::Snooze(pause) => Verdict::Snooze(*pause),
            JobError::GiveUp(_) => Verdict::Bury,
            JobError::Retry(_)
                if failures < tries && claim.exceptions + 1 < settings.max_exceptions =>
            {
                Verdict::Retry(jittered(settings.pause_after(failures), claim))
            }
            JobError::Retry(_) if kind.is_some_and(|it| it.parks) => Verdict::Park,
            JobError::Retry(_) => Verdict::Bury,
        }
    }

    fn settle(
        &self,
        tx: &Tx<'_>,
        claim: &Claim,
        verdict: &Verdict,
        cause: &JobError,
        reason: &str,
    ) -> store::Result<()> {
        let failed =
            Tally { failures: claim.failures + 1, exceptions: claim.exceptions + 1, snoozes: 0 };
        let (outcome, fate) = match verdict {
            Verdict::Snooze(pause) => {
                let (failures, exceptions) = (claim.failures, claim.exceptions);
                let tally = Tally { failures, exceptions, snoozes: 1 };
                outbox::give_back(tx, claim, Back::Ready(*pause), tally, None)?;
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
            Verdict::Bury => {
                failed_jobs::bury(tx, claim, Why::Error, reason)?;
                (RunOutcome::Failed, Fate::Failed)
            }
        };
        history::insert(tx, claim, outcome, Some(reason))?;
        let Some(kind) = self.kind(claim) else { return Ok(()) };
        let failure = Failure { cause, error: reason, fate };
        (kind.unsuccessful)(&claim.args, tx, &self.world, &failure)
    }

    fn parked(&self, claim: &Claim) -> Fate {
        let settings = &self.queues[&claim.queue];
        let tries = self.kind(claim).and_then(|it| it.tries).unwrap_or(settings.tries);
        let is_first = claim.failures < tries && claim.exceptions < settings.max_exceptions;
        if is_first { Fate::Parked } else { Fate::StillParked }
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
        Verdict::Bury => log::error!("{kind} was given up: {reason} run={run}"),
    }
}
