//! Runs what is due. It knows queues, not what is in them.

mod breaker;
mod ephemeral;
mod limits;
mod orphans;
mod outcome;
pub mod pool;
mod schedule;
mod worker;

use crate::config::Config;
use crate::domain::queue::{Queue, QueueSettings};
use crate::domain::time::EngineTime;
use crate::job::{Cx, Done, JobError, JobKind, World};
use crate::logging;
use crate::store::history::{self, RunOutcome};
use crate::store::outbox::{self, Claim, Claimant};
use crate::store::{self, Store};
use anyhow::{Context as _, anyhow, ensure};
use breaker::Breakers;
use ephemeral::Ephemeral;
use limits::Limits;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long parked work waits before it tries by itself.
pub const PARKED_FOR: Duration = Duration::from_secs(5 * 60);

/// How each queue is served.
pub type Settings = BTreeMap<Queue, QueueSettings>;

/// What runs the jobs of one data directory.
pub struct Engine {
    store: Arc<Store>,
    world: Arc<World>,
    kinds: &'static [JobKind],
    settings: RwLock<Settings>,
    /// Instead of what queues and kinds say.
    tries: OnceLock<u32>,
    boot_id: String,
    breakers: Breakers,
    limits: Limits,
    ephemeral: Ephemeral,
}

/// What a look at a queue came to.
#[derive(Debug)]
pub enum Next {
    Run(Box<Claim>),
    /// Nothing may run. The next job of the queue may in so long, if there is one.
    Nothing(Option<Duration>),
}

/// What one step of a queue came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Ran {
    One,
    Nothing(Option<Duration>),
}

impl Engine {
    /// Takes back what an earlier process left running. Errors if a kind of job has no worker.
    /// `boot_id` is the kernel's.
    pub fn start(
        store: Arc<Store>,
        world: Arc<World>,
        kinds: &'static [JobKind],
        boot_id: String,
    ) -> anyhow::Result<Arc<Engine>> {
        let settings = settings(&world.config);
        check(kinds, &settings)?;
        let engine = Engine {
            store,
            world,
            kinds,
            settings: RwLock::new(settings),
            tries: OnceLock::new(),
            boot_id,
            breakers: Breakers::default(),
            limits: Limits::default(),
            ephemeral: Ephemeral::default(),
        };
        engine.take_orphans_back().context("take back what was cut off")?;
        Ok(Arc::new(engine))
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// How each queue is served now.
    pub fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has every job fail so often at most, whatever its queue or kind says. Only the first call
    /// counts.
    pub fn insist_on_tries(&self, tries: u32) {
        let _ = self.tries.set(tries);
    }

    /// Serves a queue as `config` says from now on. Errors, and changes nothing, if its jobs
    /// would have no worker then.
    pub fn reconfigure(&self, queue: Queue, config: &Config) -> anyhow::Result<()> {
        let mut settings = self.settings();
        settings.insert(queue, config.queue(queue).clone());
        check(self.kinds, &settings)?;
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        Ok(())
    }

    fn queue_settings(&self, queue: Queue) -> QueueSettings {
        let settings = self.settings.read().unwrap_or_else(PoisonError::into_inner);
        settings.get(&queue).cloned().unwrap_or_else(|| queue.defaults())
    }

    /// Runs the next job of `queue` that may run to its end, on the calling thread.
    pub fn run_next(&self, queue: Queue) -> store::Result<Ran> {
        match self.claim_next(queue, "here")? {
            Next::Run(claim) => self.run(&claim).map(|()| Ran::One),
            Next::Nothing(until_due) => Ok(Ran::Nothing(until_due)),
        }
    }

    /// Claims the next job of `queue` that may run, for `worker`.
    pub fn claim_next(&self, queue: Queue, worker: &str) -> store::Result<Next> {
        let row = self.claim_row(queue, worker)?;
        let Next::Nothing(until_row) = row else { return Ok(row) };
        let beat = self.claim_beat(queue)?;
        let Next::Nothing(until_beat) = beat else { return Ok(beat) };
        Ok(Next::Nothing([until_row, until_beat].into_iter().flatten().min()))
    }

    fn claim_row(&self, queue: Queue, worker: &str) -> store::Result<Next> {
        let now = self.store.now().engine;
        let next_after = |after| self.store.read(|conn| outbox::next_due(conn, queue, after));

        // A look needs no write lock, and most wake-ups are for somebody else.
        let first = next_after(EngineTime(i64::MIN))?;
        if first.is_none_or(|run_at| now < run_at) {
            return Ok(Next::Nothing(first.map(|at| at.since(now))));
        }
        let _turn = self.ephemeral.row_turn();
        let (mut shut_keys, opens) = self.breakers.shut(now);
        shut_keys.extend(self.ephemeral.busy_keys());
        let shut_keys = serde_json::Value::from(shut_keys).to_string();
        let (limited_kinds, freed) = self.limits.reached(self.kinds, now);
        let claimant = Claimant {
            boot_id: &self.boot_id,
            worker,
            shut_keys: &shut_keys,
            limited_kinds: &limited_kinds,
        };
        let claimed = self.store.write_relaxed(|tx| outbox::claim(tx, queue, &claimant))?;
        let Some(claim) = claimed else {
            // Its key is busy, and who holds it will wake us; or a breaker or limit holds it.
            let next = [next_after(now)?, opens, freed].into_iter().flatten().min();
            return Ok(Next::Nothing(next.map(|at| at.since(now))));
        };
        if let Some(key) = &claim.serial_key {
            self.breakers.begin(key, now);
        }
        if let Some(kind) = self.kind(&claim) {
            self.limits.begin(kind, now);
        }
        Ok(Next::Run(Box::new(claim)))
    }

    /// Runs a claimed job to its end, and settles what comes of it.
    pub fn run(&self, claim: &Claim) -> store::Result<()> {
        let _scope = logging::scope(claim.queue, claim.id);
        // No transaction is open while a job acts: a router may take a minute to answer.
        let finish = || self.act(claim).and_then(|done| self.complete(claim, done));
        let outcome = catch_unwind(AssertUnwindSafe(finish)).unwrap_or_else(|_| {
            let panicked = anyhow!("the job panicked; see the log");
            Err(match self.is_at_most_once(claim) {
                false => JobError::Retry(panicked),
                true => JobError::GiveUp(panicked), // Nobody knows how far it came.
            })
        });
        match outcome {
            Ok(()) if claim.is_ephemeral() => self.beat_done(claim),
            Ok(()) => {
                let back = claim.serial_key.iter().find(|key| self.breakers.succeeded(key));
                back.map_or(Ok(()), |key| self.store.write_relaxed(|tx| outbox::unpark(tx, key)))
            }
            Err(error) => self.unsuccessful(claim, &error),
        }
    }

    fn act(&self, claim: &Claim) -> Result<Done, JobError> {
        let kind = self.kind(claim).ok_or_else(|| {
            JobError::GiveUp(anyhow!("this version knows no job of kind {:?}", claim.kind))
        })?;
        if kind.at_most_once {
            self.store.write(|tx| outbox::confirm(tx, claim))?;
        }
        let deadline = Instant::now() + self.queue_settings(claim.queue).timeout;
        let cx = Cx::new(self.store.clone(), self.world.clone(), deadline, claim);
        (kind.run)(&claim.args, &cx)
    }

    fn is_at_most_once(&self, claim: &Claim) -> bool {
        self.kind(claim).is_some_and(|it| it.at_most_once)
    }

    /// One commit: what the job hands back, that it is done, and how long it took.
    fn complete(&self, claim: &Claim, done: Done) -> Result<(), JobError> {
        if claim.is_ephemeral() {
            return self.keep(claim, done);
        }
        let written = self.store.write(|tx| {
            outbox::complete(tx, claim)?; // First: its unique key is free for what it owes.
            done.commit(tx)?;
            history::insert(tx, claim, RunOutcome::Done, None)
        });
        written.map_err(|error| match error {
            store::Error::LostClaim(_) => error.into(),
            error if self.is_at_most_once(claim) => JobError::GiveUp(anyhow!(error).context(
                "it was done, but that could not be written down, so it is not done again",
            )),
            error => error.into(),
        })
    }

    fn kind(&self, claim: &Claim) -> Option<&'static JobKind> {
        self.kinds.iter().find(|it| it.kind == claim.kind)
    }
}

fn settings(config: &Config) -> Settings {
    Queue::ALL.iter().map(|&queue| (queue, config.queue(queue).clone())).collect()
}

/// A kind that nobody runs would be lost work.
fn check(kinds: &[JobKind], settings: &Settings) -> anyhow::Result<()> {
    for JobKind { kind, queue, .. } in kinds {
        let is_served = settings.get(queue).is_some_and(|it| 0 < it.workers);
        ensure!(is_served, "nobody would run {kind}: give [queue.{queue}] at least one worker");
    }
    Ok(())
}
