//! Where the engine waits. Here alone its code is asynchronous, and here it does no work.

use super::{Engine, Ran};
use crate::domain::queue::{Queue, Queues};
use crate::store::{self, Store, orphans};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinSet, spawn_blocking};

const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
/// Relaxed writes reach the disk after so long.
const SETTLE_AFTER: Duration = Duration::from_secs(1);
/// The log is emptied when nothing was written for so long.
const REST_AFTER: Duration = Duration::from_secs(5);
/// How long a stop waits for running jobs.
pub const STOP_WITHIN: Duration = Duration::from_secs(15);

/// The workers of a running engine.
pub struct Pool {
    engine: Arc<Engine>,
    workers: JoinSet<()>,
    bells: Arc<Bells>,
    busy: Arc<AtomicUsize>,
}

/// What each queue's workers sleep by.
type Bells = BTreeMap<Queue, Notify>;

fn ring(bells: &Bells, queues: Queues) {
    for (_, bell) in bells.iter().filter(|(queue, _)| queues.has(**queue)) {
        bell.notify_waiters();
    }
}

impl Pool {
    /// Starts the workers of every queue. They take nothing new once `stop` turns true. Must be
    /// called within a tokio runtime.
    pub fn start(engine: &Arc<Engine>, stop: &watch::Receiver<bool>) -> Pool {
        let bells: Bells = engine.queues.keys().map(|&it| (it, Notify::new())).collect();
        let (bells, written) = (Arc::new(bells), Arc::new(Notify::new()));
        let (to_wake, to_tidy) = (bells.clone(), written.clone());
        engine.store.on_commit(move |queues| {
            ring(&to_wake, queues);
            to_tidy.notify_one();
        });
        let busy = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        let mut queues: Vec<_> = engine.queues.iter().collect();
        queues.sort_by_key(|(_, settings)| settings.priority);
        for (&queue, settings) in queues {
            for _ in 0..settings.workers {
                let worker = Worker {
                    queue,
                    engine: engine.clone(),
                    bells: bells.clone(),
                    busy: busy.clone(),
                    stop: stop.clone(),
                };
                workers.spawn(worker.work());
            }
        }
        workers.spawn(keep_house(engine.clone(), written, stop.clone()));
        Pool { engine: engine.clone(), workers, bells, busy }
    }

    /// Lets another process wake the workers: each datagram does.
    pub fn listen(&mut self, socket: UnixDatagram, stop: &watch::Receiver<bool>) {
        self.workers.spawn(listen(socket, self.bells.clone(), stop.clone()));
    }

    /// How many jobs run now.
    pub fn busy(&self) -> usize {
        self.busy.load(SeqCst)
    }

    /// Waits for running jobs to end, but not longer than [`STOP_WITHIN`]: what runs on is taken
    /// back, so that the next start finds it due and nobody to blame.
    pub async fn stopped(mut self) {
        let all = async { while self.workers.join_next().await.is_some() {} };
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

struct Worker {
    queue: Queue,
    engine: Arc<Engine>,
    bells: Arc<Bells>,
    busy: Arc<AtomicUsize>,
    stop: watch::Receiver<bool>,
}

impl Worker {
    async fn work(mut self) {
        while !*self.stop.borrow() {
            // Listening starts here, before the look: what is committed in between still wakes.
            let bells = self.bells.clone();
            let mut woken = std::pin::pin!(bells[&self.queue].notified());
            woken.as_mut().enable();
            let until_due = match self.run_next().await {
                Ok(Ran::One) => continue, // The queue is emptied before the worker rests.
                Ok(Ran::Nothing(until_due)) => until_due,
                Err(error) => {
                    log::error!("queue {} cannot be worked on: {error:?}", self.queue);
                    Some(PAUSE_AFTER_ERROR)
                }
            };
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(until_due.unwrap_or_default()), if until_due.is_some() => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    async fn run_next(&self) -> store::Result<Ran> {
        let (engine, queue, busy) = (self.engine.clone(), self.queue, self.busy.clone());
        let run = spawn_blocking(move || {
            busy.fetch_add(1, SeqCst);
            let ran = engine.run_next(queue);
            busy.fetch_sub(1, SeqCst);
            ran
        });
        // A job's own panic is caught further down; this one is ours.
        run.await.unwrap_or_else(|panic| {
            Err(store::Error::Inconsistent(format!("the engine panicked: {panic}")))
        })
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

async fn listen(socket: UnixDatagram, bells: Arc<Bells>, mut stop: watch::Receiver<bool>) {
    let mut byte = [0];
    while !*stop.borrow() {
        tokio::select! {
            received = socket.recv(&mut byte) => match received {
                Ok(_) => ring(&bells, Queues::ALL),
                Err(error) => {
                    log::warn!("other processes cannot wake this one any more: {error}");
                    return;
                }
            },
            _ = stop.changed() => return,
        }
    }
}
