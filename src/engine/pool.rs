//! Where the engine waits. Here and in `worker.rs` alone its code is asynchronous, and here it
//! does no work.

use super::Engine;
use super::worker::{GRACE, Lost, Worker};
use crate::config::Config;
use crate::domain::queue::{Queue, Queues};
use crate::domain::schedule::Schedule;
use crate::store::{self, Store, orphans, queues};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinSet, spawn_blocking};

pub(super) const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
/// Relaxed writes reach the disk after so long.
const SETTLE_AFTER: Duration = Duration::from_secs(1);
/// The log is emptied when nothing was written for so long.
const REST_AFTER: Duration = Duration::from_secs(5);
/// How long a stop waits for running jobs.
pub const STOP_WITHIN: Duration = Duration::from_secs(15);

/// What each queue's workers sleep by.
pub(super) type Bells = BTreeMap<Queue, Notify>;

/// Where a queue's settings come from when its workers are restarted.
pub type Reload = Arc<dyn Fn() -> anyhow::Result<Config> + Send + Sync>;

/// The workers of a running engine.
pub struct Pool {
    engine: Arc<Engine>,
    tasks: JoinSet<()>,
    busy: Arc<AtomicUsize>,
    lost: Arc<Lost>,
}

impl Pool {
    /// Starts the workers of every queue. They take nothing new once `stop` turns true. Must be
    /// called within a tokio runtime.
    pub fn start(engine: &Arc<Engine>, reload: Reload, stop: &watch::Receiver<bool>) -> Pool {
        Pool::start_with(engine, reload, stop, GRACE)
    }

    /// The same, with another patience for jobs that were cut off at their timeout.
    pub fn start_with(
        engine: &Arc<Engine>,
        reload: Reload,
        stop: &watch::Receiver<bool>,
        grace: Duration,
    ) -> Pool {
        let bells: Bells = Queue::ALL.iter().map(|&it| (it, Notify::new())).collect();
        let (bells, written) = (Arc::new(bells), Arc::new(Notify::new()));
        let restart = Arc::new(Notify::new());
        let (to_wake, to_tidy, to_restart) = (bells.clone(), written.clone(), restart.clone());
        engine.store.on_commit(move |queues| {
            ring(&to_wake, queues);
            to_tidy.notify_one();
            if queues.wants_restart() {
                to_restart.notify_one();
            }
        });
        let (busy, lost) = (Arc::<AtomicUsize>::default(), Arc::<Lost>::default());
        let mut tasks = JoinSet::new();
        let crew = Crew {
            engine: engine.clone(),
            bells,
            busy: busy.clone(),
            lost: lost.clone(),
            reload,
            grace,
            stop: stop.clone(),
        };
        tasks.spawn(crew.lead(restart));
        tasks.spawn(keep_house(engine.clone(), written, stop.clone()));
        Pool { engine: engine.clone(), tasks, busy, lost }
    }

    /// Lets another process wake the workers: each datagram does, and one that is not zero has
    /// those that were restarted start afresh.
    pub fn listen(&mut self, socket: UnixDatagram, stop: &watch::Receiver<bool>) {
        self.tasks.spawn(listen(socket, self.engine.clone(), stop.clone()));
    }

    /// Owes recurring jobs when they are due: one timer, for the first of them.
    pub fn keep_time(&mut self, schedules: &'static [Schedule], stop: &watch::Receiver<bool>) {
        self.tasks.spawn(keep_time(self.engine.clone(), schedules, stop.clone()));
    }

    /// How many jobs run now.
    pub fn busy(&self) -> usize {
        self.busy.load(SeqCst)
    }

    /// How many threads were left behind in jobs that did not end, and still hang there.
    pub fn lost(&self) -> usize {
        self.lost.count()
    }

    /// Returns when so many threads hang in jobs that the program had better start anew.
    pub async fn worn_out(&self) {
        self.lost.is_too_many.notified().await;
    }

    /// Waits for running jobs to end, but not longer than [`STOP_WITHIN`]: what runs on is taken
    /// back, so that the next start finds it due and nobody to blame.
    pub async fn stopped(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            let engine = self.engine.clone();
            let released = spawn_blocking(move || engine.store.write(orphans::release_at_stop));
            match released.await {
                Ok(Ok(count)) => log::warn!("{count} jobs were cut off by the stop"),
                other => log::error!("jobs cut off by the stop stay marked as running: {other:?}"),
            }
        }
    }
}

fn ring(bells: &Bells, queues: Queues) {
    for (_, bell) in bells.iter().filter(|(queue, _)| queues.has(**queue)) {
        bell.notify_waiters();
    }
}

/// Those who work, and who replaces them when a queue is restarted.
struct Crew {
    engine: Arc<Engine>,
    bells: Arc<Bells>,
    busy: Arc<AtomicUsize>,
    lost: Arc<Lost>,
    reload: Reload,
    grace: Duration,
    stop: watch::Receiver<bool>,
}

/// The workers of one queue, as they were last started.
struct Shift {
    is_retired: Arc<AtomicBool>,
    restarts: i64,
}

impl Crew {
    async fn lead(mut self, restart: Arc<Notify>) {
        let mut workers = JoinSet::new();
        let mut shifts = BTreeMap::new();
        let mut queues: Vec<_> = self.engine.settings().into_iter().collect();
        queues.sort_by_key(|(_, settings)| settings.priority);
        for (queue, _) in queues {
            let restarts = self.restarts(queue).await;
            let shift = self.start(queue, restarts, &mut workers).await;
            shifts.insert(queue, shift);
        }
        while !*self.stop.borrow() {
            tokio::select! {
                () = restart.notified() => self.replace(&mut shifts, &mut workers).await,
                _ = self.stop.changed() => {}
            }
        }
        while workers.join_next().await.is_some() {}
    }

    async fn restarts(&self, queue: Queue) -> i64 {
        let engine = self.engine.clone();
        let read = move || engine.store.read(|conn| queues::restarts(conn, queue));
        spawn_blocking(read).await.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn start(&self, queue: Queue, restarts: i64, workers: &mut JoinSet<()>) -> Shift {
        let count = self.engine.queue_settings(queue).workers;
        let is_retired = Arc::new(AtomicBool::new(false));
        for number in 1..=count {
            let worker = Worker {
                queue,
                name: format!("{queue}-{number}"),
                engine: self.engine.clone(),
                bells: self.bells.clone(),
                busy: self.busy.clone(),
                is_retired: is_retired.clone(),
                lost: self.lost.clone(),
                grace: self.grace,
                stop: self.stop.clone(),
            };
            workers.spawn(worker.work());
        }
        let engine = self.engine.clone();
        let note = move || engine.store.write_relaxed(|tx| queues::set_workers(tx, queue, count));
        if !matches!(spawn_blocking(note).await, Ok(Ok(()))) {
            log::warn!("the workers of {queue} are not on record");
        }
        Shift { is_retired, restarts }
    }

    /// Gives every queue that was restarted since its workers began new ones. The old ones end
    /// with what they are doing.
    async fn replace(&self, shifts: &mut BTreeMap<Queue, Shift>, workers: &mut JoinSet<()>) {
        for (&queue, shift) in shifts.iter_mut() {
            let restarts = self.restarts(queue).await;
            if restarts == shift.restarts {
                continue;
            }
            let (engine, reload) = (self.engine.clone(), self.reload.clone());
            let read = move || engine.reconfigure(queue, &reload()?);
            match spawn_blocking(read).await {
                Ok(Ok(())) => log::info!("the workers of {queue} start afresh"),
                Ok(Err(error)) => {
                    log::error!("{queue} keeps its settings, the new ones are wrong: {error:#}");
                }
                Err(panic) => log::error!("reading the settings of {queue} panicked: {panic}"),
            }
            shift.is_retired.store(true, SeqCst);
            self.bells[&queue].notify_waiters();
            *shift = self.start(queue, restarts, workers).await;
        }
    }
}

/// Brings relaxed writes to the disk a second after the first of them, and empties the log when
/// all has been quiet for a while. Without a write it sleeps, and no timer runs.
async fn keep_house(engine: Arc<Engine>, written: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let house = async {
        written.notified().await;
        loop {
            tokio::time::sleep(SETTLE_AFTER).await;
            tidy(&engine, Store::settle).await;
            if tokio::time::timeout(REST_AFTER, written.notified()).await.is_err() {
                tidy(&engine, Store::rest).await;
                written.notified().await;
            }
        }
    };
    tokio::select! {
        () = house => {}
        _ = stop.wait_for(|it| *it) => {}
    }
}

async fn tidy(engine: &Arc<Engine>, task: fn(&Store) -> store::Result<()>) {
    let engine = engine.clone();
    if let Ok(Err(error)) = spawn_blocking(move || task(&engine.store)).await {
        log::warn!("the database could not be tidied: {error}");
    }
}

async fn keep_time(
    engine: Arc<Engine>,
    schedules: &'static [Schedule],
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        let engine = engine.clone();
        let until_next = match spawn_blocking(move || engine.owe_scheduled(schedules)).await {
            Ok(Ok(Some(until_next))) => until_next,
            Ok(Ok(None)) => return,
            other => {
                log::error!("recurring jobs could not be owed: {other:?}");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            () = tokio::time::sleep(until_next) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn listen(socket: UnixDatagram, engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    let mut byte = [0];
    while !*stop.borrow() {
        tokio::select! {
            received = socket.recv(&mut byte) => match received {
                Ok(_) => {
                    let restart = if byte == [0] { Queues::default() } else { Queues::RESTART };
                    engine.store.ring(Queues::ALL.union(Queues::NEWS).union(restart));
                }
                Err(error) => {
                    log::warn!("other processes cannot wake this one any more: {error}");
                    return;
                }
            },
            _ = stop.changed() => return,
        }
    }
}
