//! The one worker of `mlango queue work`: a job at a time, on a thread of its own.

use super::Site;
use crate::cli::Work;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::engine::pool::STOP_WITHIN;
use crate::engine::{Engine, Next};
use crate::store::outbox::Claim;
use crate::store::{self, orphans, queues};
use anyhow::{Context as _, ensure};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// How long a job that was cut off at its socket has to notice.
const GRACE: Duration = Duration::from_secs(5);
/// The database may take writes again by then.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
/// Threads that hang in jobs cannot be ended, only left behind; with so many it is time to end.
const LOST_MAX: usize = 2;

/// What it is told, from outside or by a thread of its own.
pub(super) enum Word {
    /// Something was written that may be work, or asks for a restart.
    Look,
    Stop,
    /// That run has ended.
    Ended(Run, store::Result<()>),
}

/// A job, and the number of its run.
pub(super) type Run = (JobId, u32);

/// The one who works.
pub(super) struct Hand<'a> {
    pub(super) site: &'a Site,
    pub(super) engine: Arc<Engine>,
    pub(super) options: &'a Work,
    pub(super) queues: Vec<Queue>,
    pub(super) name: String,
    pub(super) restarts: Vec<i64>,
    pub(super) tell: Sender<Word>,
    pub(super) told: Receiver<Word>,
    /// Runs whose threads were left behind, and hang still.
    pub(super) lost: BTreeSet<Run>,
    /// Whether it was told to stop.
    pub(super) is_over: bool,
}

impl Hand<'_> {
    pub(super) fn work(&mut self) -> anyhow::Result<()> {
        let end = self.options.max_time.map(|it| Instant::now() + it);
        let mut done = 0;
        loop {
            self.heed_what_was_said()?;
            if self.is_over || end.is_some_and(|it| it <= Instant::now()) {
                return Ok(());
            }
            match self.claim_next()? {
                Next::Run(claim) => {
                    self.run(*claim)?;
                    done += 1;
                    if self.has_done_enough(done)? {
                        return Ok(());
                    }
                }
                Next::Nothing(_) if self.options.once || self.options.stop_when_empty => {
                    return Ok(());
                }
                Next::Nothing(until_due) => {
                    let until_end = end.map(|it| it.saturating_duration_since(Instant::now()));
                    self.site.store.settle()?;
                    self.listen_for([until_due, until_end].into_iter().flatten().min())?;
                }
            }
        }
    }

    /// The first queue that has something due is served.
    fn claim_next(&self) -> anyhow::Result<Next> {
        let mut first = None;
        for &queue in &self.queues {
            match self.engine.claim_next(queue, &self.name)? {
                Next::Run(claim) => return Ok(Next::Run(claim)),
                Next::Nothing(until) => first = [first, until].into_iter().flatten().min(),
            }
        }
        Ok(Next::Nothing(first))
    }

    fn run(&mut self, claim: Claim) -> anyhow::Result<()> {
        let (engine, tell, job) = (self.engine.clone(), self.tell.clone(), claim.clone());
        let thread = std::thread::Builder::new().name(self.name.clone());
        thread.spawn(move || {
            let outcome = engine.run(&job);
            let _ = tell.send(Word::Ended((job.id, job.run), outcome)); // The worker may be gone.
        })?;
        let timeout = self.site.config.queue(claim.queue).timeout;
        if let Some(outcome) = self.wait_for_end(&claim, timeout)? {
            return self.see_settled(&claim, outcome);
        }
        if self.is_over {
            let count = self.site.store.write(orphans::release_at_stop)?;
            log::warn!("{count} jobs were cut off by the stop");
            return Ok(());
        }
        log::warn!("{} is not done after {timeout:?}, and is cut off job={}", claim.kind, claim.id);
        self.engine.cut(&claim);
        if let Some(outcome) = self.wait_for_end(&claim, GRACE)? {
            return self.see_settled(&claim, outcome);
        }
        self.engine.take_back(&claim, timeout)?;
        self.lost.insert((claim.id, claim.run));
        ensure!(
            self.lost.len() < LOST_MAX,
            "too many threads hang in jobs; start the program again"
        );
        Ok(())
    }

    /// `None` if it goes on for longer than that or, once a stop is asked for, than a stop waits.
    fn wait_for_end(
        &mut self,
        claim: &Claim,
        longest: Duration,
    ) -> anyhow::Result<Option<store::Result<()>>> {
        let mut end = Instant::now() + longest;
        loop {
            let was_over = self.is_over;
            match self.told.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Word::Ended(run, outcome)) if run == (claim.id, claim.run) => {
                    return Ok(Some(outcome));
                }
                Ok(word) => self.heed(word)?,
                Err(_) => return Ok(None),
            }
            if self.is_over && !was_over {
                end = end.min(Instant::now() + STOP_WITHIN);
            }
        }
    }

    /// What came of a run has to be written, or the next start would blame the job.
    fn see_settled(&mut self, claim: &Claim, mut written: store::Result<()>) -> anyhow::Result<()> {
        while let Err(error) = written {
            log::error!("what came of {} is not written yet: {error} job={}", claim.kind, claim.id);
            if self.is_over {
                return Err(error.into());
            }
            self.listen_for(Some(PAUSE_AFTER_ERROR))?;
            written = self.engine.take_back_unwritten(claim);
        }
        Ok(())
    }

    fn has_done_enough(&self, done: u32) -> anyhow::Result<bool> {
        let options = self.options;
        if options.once || options.max_jobs.is_some_and(|it| it <= done) {
            return Ok(true);
        }
        let Some(most) = options.memory else { return Ok(false) };
        let megabytes = resident_bytes()? >> 20;
        if most < megabytes {
            log::info!("stopping: {megabytes} MB are in use, more than {most}");
        }
        Ok(most < megabytes)
    }

    /// Waits for something to be said, but no longer than that.
    fn listen_for(&mut self, longest: Option<Duration>) -> anyhow::Result<()> {
        let word = match longest {
            Some(span) => self.told.recv_timeout(span).ok(),
            None => self.told.recv().ok(),
        };
        word.map_or(Ok(()), |it| self.heed(it))
    }

    fn heed_what_was_said(&mut self) -> anyhow::Result<()> {
        while let Ok(word) = self.told.try_recv() {
            self.heed(word)?;
        }
        Ok(())
    }

    /// A worker in the foreground that is to start afresh ends: whoever started it starts another.
    fn heed(&mut self, word: Word) -> anyhow::Result<()> {
        let stops = match word {
            Word::Stop => true,
            Word::Look => restarts(self.site, &self.queues)? != self.restarts,
            Word::Ended(run, _) => {
                self.lost.remove(&run);
                false
            }
        };
        if stops && !self.is_over {
            log::info!("{} was told to stop", self.name);
        }
        self.is_over |= stops;
        Ok(())
    }
}

/// How often each of the queues was restarted.
pub(super) fn restarts(site: &Site, queues: &[Queue]) -> anyhow::Result<Vec<i64>> {
    let read = |&queue: &Queue| site.store.read(|conn| queues::restarts(conn, queue));
    Ok(queues.iter().map(read).collect::<Result<_, _>>()?)
}

/// What the program takes of the box's memory.
fn resident_bytes() -> anyhow::Result<u64> {
    let path = "/proc/self/status";
    let status = std::fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()).and_then(|it| it.parse().ok());
    let kilobytes: u64 = kilobytes.with_context(|| format!("{path} has no VmRSS"))?;
    Ok(kilobytes << 10)
}
