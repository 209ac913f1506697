//! Work that comes every few seconds. Its runs live in memory and write nothing, unless something
//! has changed or keeps failing; the workers of its queue run it, by the rules of every job.

use super::outcome::is_its_keys_fault;
use super::{Engine, Next};
use crate::domain::queue::{Queue, QueueSettings, Queues};
use crate::domain::time::EngineTime;
use crate::job::{Beats, Done, Failure, Fate, JobError};
use crate::store::outbox::{self, Claim, NewJob};
use crate::store::{self, live_jobs, queues};
use std::collections::BTreeMap;
use std::sync::{
    Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

/// How long it leaves a router alone that somebody else is busy with.
const STAND_BACK: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Ephemeral {
    beats: OnceLock<Box<Beats>>,
    /// Shared by those who claim rows, and held alone by who begins a run here: so neither takes a
    /// serial key that the other is just taking.
    turn: RwLock<()>,
    runs: Mutex<Runs>,
}

/// By kind and args.
type Runs = BTreeMap<(String, String), Entry>;

/// How one piece of work is doing.
#[derive(Default)]
struct Entry {
    queue: Option<Queue>,
    serial_key: Option<String>,
    every: Duration,
    is_running: bool,
    /// The number of its last run: proof that a claim is still good.
    run: u32,
    began: Option<EngineTime>,
    /// Instead of its ordinary time, once.
    not_before: Option<EngineTime>,
    /// In a row.
    failures: u32,
    /// What was put on record of its failing, while it fails.
    told: Option<String>,
}

impl Entry {
    fn due(&self, now: EngineTime) -> EngineTime {
        let regular = self.began.map_or(now, |it| it + self.every);
        self.not_before.unwrap_or(regular)
    }

    /// Ends a run that did not succeed. Whether its tries are spent.
    fn fail(
        &mut self,
        error: &JobError,
        tries: u32,
        backoff: &QueueSettings,
        now: EngineTime,
    ) -> bool {
        self.is_running = false;
        if let JobError::Snooze(pause) = error {
            self.not_before = Some(now + *pause);
            return false;
        }
        self.failures += 1;
        let is_spent = tries <= self.failures || matches!(error, JobError::GiveUp(_));
        let pause = backoff.pause_after(self.failures);
        let is_slow = is_spent || pause.is_zero();
        self.not_before = Some(now + if is_slow { pause.max(self.every) } else { pause });
        is_spent
    }
}

impl Ephemeral {
    /// To be held while a row is claimed.
    pub(super) fn row_turn(&self) -> RwLockReadGuard<'_, ()> {
        self.turn.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The serial keys that runs in memory have now.
    pub(super) fn busy_keys(&self) -> Vec<String> {
        let runs = self.runs();
        runs.values().filter(|it| it.is_running).filter_map(|it| it.serial_key.clone()).collect()
    }

    fn beat_turn(&self) -> RwLockWriteGuard<'_, ()> {
        self.turn.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_current(&self, claim: &Claim) -> bool {
        current(&mut self.runs(), claim).is_some()
    }
}

fn key(kind: &str, args: &str) -> (String, String) {
    (kind.to_owned(), args.to_owned())
}

/// The entry of a claim that was not taken back.
fn current<'a>(runs: &'a mut Runs, claim: &Claim) -> Option<&'a mut Entry> {
    let entry = runs.get_mut(&key(&claim.kind, &claim.args))?;
    (entry.is_running && entry.run == claim.run).then_some(entry)
}

impl Engine {
    /// Has ephemeral work done from now on, as `beats` says. Only the first call counts.
    pub fn keep_up(&self, beats: Box<Beats>) {
        let _ = self.ephemeral.beats.set(beats);
    }

    /// Claims the ephemeral work of `queue` that has been due for longest.
    pub(super) fn claim_beat(&self, queue: Queue) -> store::Result<Next> {
        let Some(beats) = self.ephemeral.beats.get() else { return Ok(Next::Nothing(None)) };
        let now = self.store.now();
        let wanted = self.store.read(|conn| match queues::is_paused(conn, queue)? {
            true => Ok(Vec::new()),
            false => beats(queue, conn, &self.world, now),
        })?;
        if wanted.is_empty() {
            return Ok(Next::Nothing(None));
        }
        let now = now.engine;
        let _alone = self.ephemeral.beat_turn();
        let mut runs = self.ephemeral.runs();
        let is_wanted = |(kind, args): &(String, String)| {
            wanted.iter().any(|it| it.job.kind == *kind && it.job.args == *args)
        };
        runs.retain(|key, it| it.queue != Some(queue) || it.is_running || is_wanted(key));
        let mut due = Vec::new();
        let mut next = None;
        for beat in wanted {
            let entry = runs.entry(key(&beat.job.kind, &beat.job.args)).or_default();
            (entry.queue, entry.every) = (Some(queue), beat.every);
            match entry.due(now) {
                at if entry.is_running => next = earlier(next, at.max(now + STAND_BACK)),
                at if now < at => next = earlier(next, at),
                at => due.push((at, beat.job)),
            }
        }
        due.sort_by_key(|it| it.0);
        for (_, job) in due {
            match self.may_begin(&mut runs, &job, now)? {
                None => return Ok(Next::Run(Box::new(self.begin(&mut runs, job, now)))),
                Some(at) => next = earlier(next, at),
            }
        }
        Ok(Next::Nothing(next.map(|at| at.since(now))))
    }

    /// `None` if it may; else when to look again.
    fn may_begin(
        &self,
        runs: &mut Runs,
        job: &NewJob,
        now: EngineTime,
    ) -> store::Result<Option<EngineTime>> {
        let Some(serial) = &job.serial_key else { return Ok(None) };
        let (shut, opens) = self.breakers.shut(now);
        if shut.contains(serial) {
            return Ok(opens);
        }
        let mut running = runs.values().filter(|it| it.is_running);
        let is_busy = running.any(|it| it.serial_key.as_ref() == Some(serial))
            || self.store.read(|conn| live_jobs::holder(conn, serial))?.is_some();
        if !is_busy {
            return Ok(None);
        }
        let later = now + STAND_BACK;
        runs.entry(key(&job.kind, &job.args)).or_default().not_before = Some(later);
        Ok(Some(later))
    }

    fn begin(&self, runs: &mut Runs, job: NewJob, now: EngineTime) -> Claim {
        let entry = runs.entry(key(&job.kind, &job.args)).or_default();
        entry.run += 1;
        (entry.is_running, entry.began, entry.not_before) = (true, Some(now), None);
        entry.serial_key.clone_from(&job.serial_key);
        if let Some(serial) = &job.serial_key {
            self.breakers.begin(serial, now);
        }
        Claim::ephemeral(job, entry.run, entry.failures, now)
    }

    /// Writes what a run hands back, if it is anything.
    pub(super) fn keep(&self, claim: &Claim, done: Done) -> Result<(), JobError> {
        if done.is_nothing() {
            return Ok(());
        }
        self.store.write_relaxed(|tx| match self.ephemeral.is_current(claim) {
            true => done.commit(tx),
            false => Err(store::Error::LostClaim(claim.id)),
        })?;
        Ok(())
    }

    /// What is parked behind its key goes once the key works again. What is parked while the key
    /// works has trouble of its own, such as an operator's user of the same name: it goes by its
    /// own time, and not, with all its writes, each time somebody looks.
    pub(super) fn beat_done(&self, claim: &Claim) -> store::Result<()> {
        match current(&mut self.ephemeral.runs(), claim) {
            Some(entry) => (entry.is_running, entry.failures, entry.told) = (false, 0, None),
            None => return Ok(()), // It was taken back meanwhile.
        }
        let Some(serial) = &claim.serial_key else { return Ok(()) };
        let was_shut = self.breakers.succeeded(serial);
        let is_back = was_shut || 0 < claim.failures || claim.run == 1;
        if is_back && self.store.read(|conn| outbox::behind(conn, serial))?.is_parked {
            return self.store.write_relaxed(|tx| outbox::unpark(tx, serial));
        }
        self.let_pass(claim)
    }

    /// Wakes those who stood behind its key.
    fn let_pass(&self, claim: &Claim) -> store::Result<()> {
        let Some(serial) = &claim.serial_key else { return Ok(()) };
        if self.store.read(|conn| outbox::behind(conn, serial))?.is_ready {
            self.store.ring(Queues::ALL);
        }
        Ok(())
    }

    /// Settles a run that did not succeed. It is tried again for as long as it is wanted; once its
    /// tries are spent, that is put on record: by the kind itself if it parks, else as an ordinary
    /// job, which has the queue's tries once more and then is a failed one.
    pub(super) fn beat_failed(
        &self,
        claim: &Claim,
        error: &JobError,
        reason: &str,
    ) -> store::Result<()> {
        let settings = self.queue_settings(claim.queue);
        let Some(kind) = self.kind(claim) else { return Ok(()) };
        let tries = kind.tries.unwrap_or(settings.tries);
        let now = self.store.now().engine;
        let (is_spent, told) = match current(&mut self.ephemeral.runs(), claim) {
            Some(entry) => (entry.fail(error, tries, &settings, now), entry.told.clone()),
            None => return Ok(()), // It was taken back meanwhile.
        };
        if let Some(serial) = claim.serial_key.as_ref().filter(|_| is_its_keys_fault(error)) {
            self.breakers.failed(serial, now);
        }
        self.let_pass(claim)?;
        if !is_spent {
            log::debug!("{} will be tried again: {reason}", claim.kind);
            return Ok(());
        }
        let fate = if told.is_some() { Fate::StillParked } else { Fate::Parked };
        if told.as_deref() == Some(reason) || told.is_some() && !kind.parks {
            return Ok(()); // It is on record.
        }
        log::warn!("{} keeps failing: {reason}", claim.kind);
        let failure = Failure { cause: error, error: reason, fate };
        self.store.write_relaxed(|tx| match kind.parks {
            true => (kind.unsuccessful)(&claim.args, tx, &self.world, &failure),
            false => outbox::insert(tx, &(kind.check)(&claim.args)?).map(drop),
        })?;
        if let Some(entry) = self.ephemeral.runs().get_mut(&key(&claim.kind, &claim.args)) {
            entry.told = Some(reason.to_owned());
        }
        Ok(())
    }
}

fn earlier(next: Option<EngineTime>, at: EngineTime) -> Option<EngineTime> {
    Some(next.map_or(at, |it| it.min(at)))
}
