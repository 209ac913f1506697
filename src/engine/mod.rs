//! Runs what is due. It knows queues, not what is in them.

mod outcome;
pub mod pool;

use crate::config::Config;
use crate::domain::queue::{Queue, QueueSettings};
use crate::domain::time::EngineTime;
use crate::job::{Cx, Done, JobError, JobKind, World};
use crate::logging;
use crate::store::history::{self, RunOutcome};
use crate::store::outbox::{self, Claim};
use crate::store::{self, Store, orphans};
use anyhow::{anyhow, ensure};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long parked work waits before it tries by itself.
pub const PARKED_FOR: Duration = Duration::from_secs(5 * 60);

/// What runs the jobs of one data directory.
pub struct Engine {
    store: Arc<Store>,
    world: Arc<World>,
    kinds: &'static [JobKind],
    queues: BTreeMap<Queue, QueueSettings>,
    boot_id: String,
}

/// What one look at a queue came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Ran {
    One,
    /// Nothing may run. The next job of the queue may in so long, if there is one.
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
        let queues = settings(&world.config);
        for JobKind { kind, queue, .. } in kinds {
            let is_served = queues.get(queue).is_some_and(|it| 0 < it.workers);
            ensure!(is_served, "nobody would run {kind}: give [queue.{queue}] at least one worker");
        }
        let parks = |kind: &str| kinds.iter().any(|it| it.parks && it.kind == kind);
        let orphans = store.write(|tx| orphans::release(tx, &boot_id, parks, PARKED_FOR))?;
        if orphans != orphans::Orphans::default() {
            log::warn!("jobs were cut off when the program last ended: {orphans:?}");
        }
        Ok(Arc::new(Engine { store, world, kinds, queues, boot_id }))
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn queues(&self) -> &BTreeMap<Queue, QueueSettings> {
        &self.queues
    }

    /// Runs the next job of `queue` that may run to its end, on the calling thread.
    pub fn run_next(&self, queue: Queue) -> store::Result<Ran> {
        let now = self.store.now().engine;
        let next_after = |after| self.store.read(|conn| outbox::next_due(conn, queue, after));
        let nothing = |next: Option<EngineTime>| Ran::Nothing(next.map(|at| at.since(now)));

        // A look needs no write lock, and most wake-ups are for somebody else.
        let first = next_after(EngineTime(i64::MIN))?;
        if first.is_none_or(|run_at| now < run_at) {
            return Ok(nothing(first));
        }
        let claimed = self.store.write_relaxed(|tx| outbox::claim(tx, queue, &self.boot_id))?;
        let Some(claim) = claimed else {
            return Ok(nothing(next_after(now)?)); // Its key is busy; who holds it will wake us.
        };
        let _scope = logging::scope(queue, claim.id);
        // No transaction is open while a job acts: a router may take a minute to answer.
        let outcome = self.act(&claim).and_then(|done| Ok(self.complete(&claim, done)?));
        if let Err(error) = outcome {
            self.unsuccessful(&claim, &error)?;
        }
        Ok(Ran::One)
    }

    fn act(&self, claim: &Claim) -> Result<Done, JobError> {
        let kind = self.kind(claim).ok_or_else(|| {
            JobError::GiveUp(anyhow!("this version knows no job of kind {:?}", claim.kind))
        })?;
        if kind.at_most_once {
            self.store.write(|tx| outbox::confirm(tx, claim))?;
        }
        let deadline = Instant::now() + self.queues[&claim.queue].timeout;
        let cx = Cx::new(self.store.clone(), self.world.clone(), deadline, claim.cut_off);
        catch_unwind(AssertUnwindSafe(|| (kind.run)(&claim.args, &cx)))
            .unwrap_or_else(|_| Err(JobError::Retry(anyhow!("the job panicked; see the log"))))
    }

    /// One commit: what the job hands back, that it is done, and how long it took.
    fn complete(&self, claim: &Claim, done: Done) -> store::Result<()> {
        self.store.write(|tx| {
            done.commit(tx)?;
            history::insert(tx, claim, RunOutcome::Done, None)?;
            outbox::complete(tx, claim)
        })
    }

    fn kind(&self, claim: &Claim) -> Option<&'static JobKind> {
        self.kinds.iter().find(|it| it.kind == claim.kind)
    }
}

fn settings(config: &Config) -> BTreeMap<Queue, QueueSettings> {
    Queue::ALL.iter().map(|&queue| (queue, config.queue(queue).clone())).collect()
}
