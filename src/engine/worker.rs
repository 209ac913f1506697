//! One worker: takes a job, has a thread run it, and watches the time.

use super::pool::{Bells, PAUSE_AFTER_ERROR};
use super::{Engine, Next};
use crate::domain::queue::Queue;
use crate::store;
use crate::store::outbox::Claim;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// How long a job that was cut off at its socket has to notice.
pub(super) const GRACE: Duration = Duration::from_secs(5);

pub(super) struct Worker {
    pub(super) queue: Queue,
    pub(super) name: String,
    pub(super) engine: Arc<Engine>,
    pub(super) bells: Arc<Bells>,
    pub(super) busy: Arc<AtomicUsize>,
    /// Turns true when another takes its place.
    pub(super) is_retired: Arc<AtomicBool>,
    /// Threads that were given up, and whom to tell.
    pub(super) lost: Arc<Lost>,
    /// What a job that was cut off has to end by itself.
    pub(super) grace: Duration,
    pub(super) stop: watch::Receiver<bool>,
}

/// Threads that were left behind in a job that does not end. A thread cannot be killed.
#[derive(Default)]
pub(super) struct Lost {
    /// The queue of each.
    queues: Mutex<Vec<Queue>>,
    pub(super) is_too_many: Notify,
}

impl Lost {
    const IN_A_QUEUE: usize = 2;
    const IN_ALL: usize = 4;

    pub(super) fn count(&self) -> usize {
        self.queues().len()
    }

    fn queues(&self) -> MutexGuard<'_, Vec<Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, queue: Queue) {
        let mut lost = self.queues();
        lost.push(queue);
        let in_queue = lost.iter().filter(|it| **it == queue).count();
        if Self::IN_A_QUEUE <= in_queue || Self::IN_ALL <= lost.len() {
            self.is_too_many.notify_one();
        }
    }

    /// A thread of that queue has ended after all.
    fn remove(&self, queue: Queue) {
        let mut lost = self.queues();
        if let Some(at) = lost.iter().position(|it| *it == queue) {
            lost.swap_remove(at);
        }
    }
}

impl Worker {
    pub(super) async fn work(mut self) {
        while !*self.stop.borrow() && !self.is_retired.load(SeqCst) {
            // Listening starts here, before the look: what is committed in between still wakes.
            let bells = self.bells.clone();
            let mut woken = std::pin::pin!(bells[&self.queue].notified());
            woken.as_mut().enable();
            let until_due = match self.claim_next().await {
                Some(Next::Run(claim)) => {
                    self.run(*claim).await;
                    continue; // The queue is emptied before the worker rests.
                }
                Some(Next::Nothing(until_due)) => until_due,
                None => Some(PAUSE_AFTER_ERROR),
            };
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(until_due.unwrap_or_default()), if until_due.is_some() => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    /// `None` if the store does not answer, which is logged.
    async fn claim_next(&self) -> Option<Next> {
        let (engine, queue, name) = (self.engine.clone(), self.queue, self.name.clone());
        match spawn_blocking(move || engine.claim_next(queue, &name)).await {
            Ok(Ok(next)) => Some(next),
            Ok(Err(error)) => {
                log::error!("queue {queue} cannot be worked on: {error:?}");
                None
            }
            Err(panic) => {
                log::error!("looking for work in queue {queue} panicked: {panic}");
                None
            }
        }
    }

    async fn run(&self, claim: Claim) {
        self.busy.fetch_add(1, SeqCst);
        let (engine, job) = (self.engine.clone(), claim.clone());
        let mut run = spawn_blocking(move || engine.run(&job));
        let timeout = self.engine.queue_settings(self.queue).timeout;
        match tokio::time::timeout(timeout, &mut run).await {
            Ok(ended) => self.see_settled(claim, ended).await,
            Err(_) => self.overrun(claim, timeout, run).await,
        }
        self.busy.fetch_sub(1, SeqCst);
    }

    /// What came of a run has to be written, or its row would say that it runs for ever. While the
    /// database takes no writes, this worker does nothing else.
    async fn see_settled(&self, claim: Claim, ended: Result<store::Result<()>, JoinError>) {
        let mut error = match ended {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic.to_string(),
        };
        loop {
            log::error!("what came of {} is not written yet: {error} job={}", claim.kind, claim.id);
            let mut stop = self.stop.clone();
            tokio::select! {
                () = tokio::time::sleep(PAUSE_AFTER_ERROR) => {}
                _ = stop.wait_for(|it| *it) => return, // The next start takes it back.
            }
            let (engine, taken) = (self.engine.clone(), claim.clone());
            match spawn_blocking(move || engine.take_back_unwritten(&taken)).await {
                Ok(Ok(())) => return,
                Ok(Err(again)) => error = again.to_string(),
                Err(panic) => error = panic.to_string(),
            }
        }
    }

    /// The time is over. Its socket is shut under the job; if it does not end by that, the claim is
    /// taken back and its thread left behind: what it may still write, the fence undoes.
    async fn overrun(
        &self,
        claim: Claim,
        timeout: Duration,
        mut run: JoinHandle<store::Result<()>>,
    ) {
        log::warn!("{} is not done after {timeout:?}, and is cut off job={}", claim.kind, claim.id);
        let engine = self.engine.clone();
        let cut = claim.clone();
        let _ = spawn_blocking(move || engine.cut(&cut)).await;
        if let Ok(ended) = tokio::time::timeout(self.grace, &mut run).await {
            return self.see_settled(claim, ended).await;
        }
        let engine = self.engine.clone();
        let taken = spawn_blocking(move || engine.take_back(&claim, timeout)).await;
        if !matches!(taken, Ok(Ok(()))) {
            log::error!("a job that hangs could not be taken back: {taken:?}");
        }
        self.lost.add(self.queue);
        let (lost, queue) = (self.lost.clone(), self.queue);
        tokio::spawn(async move {
            let _ = run.await;
            lost.remove(queue);
        });
    }
}
