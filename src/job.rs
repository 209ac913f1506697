//! What a job is. The jobs themselves are in `jobs/`; `engine/` runs them.

mod kind;

pub use kind::JobKind;

use crate::config::Config;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::Now;
use crate::logging::LogFiles;
use crate::radius::RadiusLink;
use crate::routeros::{LiveRouters, RouterLink};
use crate::sms::SmsGateway;
use crate::store::outbox::{self, Claim, NewJob};
use crate::store::{self, Store, Tx};
use crate::vault::Vault;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A piece of work that outlives the process.
///
/// A job reads, acts on the world, and hands back what to write. It may be cut off anywhere and
/// run again from the start, so doing it twice has to come to the same as doing it once.
pub trait Job: Serialize + DeserializeOwned + 'static {
    /// Its name in the database and for operators: never renamed.
    const KIND: &'static str;
    const QUEUE: Queue;
    /// Within its queue: 1 is first, 5 is last.
    const PRIORITY: u8 = 3;
    /// Instead of what its queue allows.
    const TRIES: Option<u32> = None;
    /// Whether it is parked rather than failed when its tries are spent: money waits for it.
    const PARKS: bool = false;
    /// Whether acting twice would be wrong: its claim is then on the disk before it acts, and
    /// [`Cx::cut_off`] tells of runs whose end is not known.
    const AT_MOST_ONCE: bool = false;

    /// Whether it comes again and again in memory, as [`Beat`]s, and never as rows: for what would
    /// wear out the flash. One that is pushed by hand is a row like any other.
    const EPHEMERAL: bool = false;

    /// So many may begin in so long; the rest wait, unclaimed.
    const RATE_LIMIT: Option<(usize, Duration)> = None;

    /// Jobs with the same key never run at the same time, whatever their kind.
    fn serial_key(&self) -> Option<String> {
        None
    }

    /// While a job of this kind and key is live, adding another does nothing.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// What its runs are shown with, such as `subscription:67`.
    fn about(&self) -> Option<String> {
        None
    }

    /// What operators find it by, such as `phone:…678`.
    fn tags(&self) -> Vec<String> {
        Vec::new()
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError>;

    /// Breaks off whatever a run waits for, called from another thread when its time is over.
    fn cut(&self, _world: &World) {}

    /// What a run that did not succeed leaves in the database, in the transaction that gives the
    /// job back, parks it or gives it up.
    fn unsuccessful(
        &self,
        _tx: &Tx<'_>,
        _world: &World,
        _failure: &Failure<'_>,
    ) -> store::Result<()> {
        Ok(())
    }

    /// What is to be true again before this runs once more, now that an operator takes it out of
    /// the failed jobs.
    fn retried(&self, _tx: &Tx<'_>) -> store::Result<()> {
        Ok(())
    }

    /// Owes this job, if `tx` commits. `None` if a live job has its unique key.
    fn enqueue(&self, tx: &Tx<'_>) -> store::Result<Option<JobId>> {
        self.enqueue_in(tx, Duration::ZERO)
    }

    /// The same, not to run before `delay` has passed.
    fn enqueue_in(&self, tx: &Tx<'_>, delay: Duration) -> store::Result<Option<JobId>> {
        outbox::insert(tx, &NewJob { delay, ..self.to_new_job()? })
    }

    /// This job as data: for a batch, a chain, or a delay.
    fn to_new_job(&self) -> store::Result<NewJob> {
        Ok(NewJob {
            queue: Self::QUEUE,
            kind: Self::KIND.into(),
            args: serde_json::to_string(self)?,
            priority: Self::PRIORITY,
            delay: Duration::ZERO,
            not_before: None,
            serial_key: self.serial_key(),
            unique_key: self.unique_key(),
            about: self.about(),
            tags: self.tags(),
            batch_id: None,
            chain: Vec::new(),
        })
    }
}

/// The wires to the world, and how the operator wants to use them.
pub struct World {
    pub config: Arc<Config>,
    pub routers: Arc<dyn RouterLink>,
    pub sms: Arc<dyn SmsGateway>,
    pub logs: Arc<LogFiles>,
    /// Orders to routers about sessions that RADIUS let in.
    pub radius: Arc<dyn RadiusLink>,
    /// Opens the secrets that routers share with RADIUS.
    pub vault: Arc<Vault>,
    /// What routers said last.
    pub live: Arc<LiveRouters>,
}

/// What a running job may use. It reads the database here, and writes through [`Done`] alone.
pub struct Cx {
    store: Arc<Store>,
    pub world: Arc<World>,
    /// When the engine loses patience. Every wire takes it, so that no wait is without an end.
    pub deadline: Instant,
    /// Which try this is; the first is 1.
    pub attempt: u32,
    /// Earlier runs of this job whose end nobody saw.
    pub cut_off: u32,
    /// Whether other jobs are chained to this one.
    pub has_chain: bool,
}

impl Cx {
    pub fn new(store: Arc<Store>, world: Arc<World>, deadline: Instant, claim: &Claim) -> Cx {
        let (attempt, cut_off) = (claim.failures + 1, claim.cut_off);
        Cx { store, world, deadline, attempt, cut_off, has_chain: claim.has_chain() }
    }

    /// For a job that is run by hand, without a row of its own.
    pub fn alone(store: Arc<Store>, world: Arc<World>, deadline: Instant) -> Cx {
        Cx { store, world, deadline, attempt: 1, cut_off: 0, has_chain: false }
    }

    pub fn read<T>(&self, body: impl FnOnce(&Connection) -> store::Result<T>) -> store::Result<T> {
        self.store.read(body)
    }

    pub fn now(&self) -> Now {
        self.store.now()
    }
}

/// What a finished job leaves in the database: it commits together with the job's completion.
pub struct Done(Option<Box<Writes>>);

type Writes = dyn FnOnce(&Tx<'_>) -> store::Result<()>;

impl Done {
    pub fn writing(body: impl FnOnce(&Tx<'_>) -> store::Result<()> + 'static) -> Done {
        Done(Some(Box::new(body)))
    }

    /// Nothing is left to write.
    pub fn nothing() -> Done {
        Done(None)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn commit(self, tx: &Tx<'_>) -> store::Result<()> {
        self.0.map_or(Ok(()), |writes| writes(tx))
    }
}

/// Ephemeral work, and how often it is to be done.
pub struct Beat {
    pub job: NewJob,
    pub every: Duration,
}

impl Beat {
    pub fn of<J: Job>(job: &J, every: Duration) -> store::Result<Beat> {
        const { assert!(J::EPHEMERAL) };
        Ok(Beat { job: job.to_new_job()?, every })
    }
}

/// Says which ephemeral work a queue has now. Asked whenever its workers look for work.
pub type Beats = dyn Fn(Queue, &Connection, &World, Now) -> store::Result<Vec<Beat>> + Send + Sync;

/// Why a run did not succeed; the engine decides what comes of it.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may work later: the router is off, the gateway timed out.
    #[error(transparent)]
    Retry(#[from] anyhow::Error),
    /// It can never work: an operator must look.
    #[error("gave up")]
    GiveUp(#[source] anyhow::Error),
    /// It is too early. Not a failure.
    #[error("not for another {0:?}")]
    Snooze(Duration),
    /// It did not end in its time, and was left behind. The engine says so, never a job.
    #[error("not done after {0:?}")]
    TimedOut(Duration),
    /// The program or the power ended in it, again and again. The engine says so, never a job.
    #[error("{crashes} crashes and {power_cuts} power cuts while it ran")]
    CutOff { crashes: u32, power_cuts: u32 },
}

impl From<store::Error> for JobError {
    fn from(error: store::Error) -> JobError {
        JobError::Retry(error.into())
    }
}

/// What comes of a run that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It will be tried again soon.
    Retried,
    /// Its tries are spent, just now: it waits for what it needs, and is tried now and then.
    Parked,
    /// It was parked before, and still is.
    StillParked,
    /// It was given up.
    Failed,
}

/// A run that did not succeed.
pub struct Failure<'a> {
    pub cause: &'a JobError,
    /// The error and its causes, in one line.
    pub error: &'a str,
    pub fate: Fate,
}
