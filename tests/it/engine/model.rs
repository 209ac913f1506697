//! What the engine ought to do, said a second time and more simply: lists in memory, one thread.
//! `simulation.rs` compares the two.

use super::model_store::{Batch, Failed, Job, Kind, State};
use std::collections::BTreeMap;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Succeed,
    Fail,
    GiveUp,
    Snooze(u64),
    Panic,
}

#[derive(Default)]
struct Breaker {
    failures: u32,
    shut: Option<(i64, i64)>,
}

/// All that outlives a step.
#[derive(Default)]
pub struct Model {
    pub now: i64,
    pub jobs: Vec<Job>,
    pub failed: Vec<Failed>,
    pub batches: Vec<Batch>,
    pub done: u64,
    pub paused: Vec<Kind>,
    born: u64,
    breakers: BTreeMap<String, Breaker>,
    starts: Vec<i64>,
}

const MINUTE: i64 = 60_000;

impl Model {
    pub fn at(now: i64) -> Model {
        Model { now, ..Model::default() }
    }

    /// False if a live job has its unique key, and nothing depends on this one.
    pub fn add(&mut self, mut job: Job, delay: i64) -> bool {
        if self.has_live_twin(&job) {
            if !job.leads_on() {
                return false;
            }
            job.unique = None;
        }
        self.born += 1;
        job.born = self.born;
        job.run_at = self.now + delay;
        self.jobs.push(job);
        true
    }

    fn has_live_twin(&self, job: &Job) -> bool {
        self.jobs.iter().any(|it| it.unique.is_some() && it.twin() == job.twin())
    }

    pub fn add_batch(&mut self, batch: Batch, jobs: Vec<Job>) {
        self.batches.push(batch);
        let at = self.batches.len() - 1;
        for job in jobs {
            self.add(Job { batch: Some(at), ..job }, 0);
        }
    }

    /// The name of the job that a worker of this queue takes.
    pub fn claim(&mut self, queue: Kind) -> Option<String> {
        let (now, is_ours) = (self.now, |it: &Job| it.kind.queue() == queue.queue());
        if self.paused.iter().any(|it| it.queue() == queue.queue()) {
            return None;
        }
        for job in self.jobs.iter_mut().filter(|it| is_ours(it) && it.run_at <= now) {
            if job.state == State::Waiting {
                job.state = State::Ready;
            }
        }
        let free = |it: &&Job| it.serial.as_ref().is_none_or(|key| self.is_free(key));
        let is_limited = 2 <= self.starts.iter().filter(|it| now < **it + MINUTE).count();
        let name = self
            .jobs
            .iter()
            .filter(|it| is_ours(it) && it.state == State::Ready && it.run_at <= now)
            .filter(free)
            .filter(|it| !(it.kind == Kind::Limited && is_limited))
            .min_by_key(|it| (it.priority, it.run_at, it.born))?
            .name
            .clone();
        let job = self.jobs.iter_mut().find(|it| it.name == name)?;
        job.state = State::Running;
        job.runs += 1;
        if job.kind == Kind::Limited {
            self.starts.push(now);
        }
        let breaker = job.serial.as_ref().and_then(|key| self.breakers.get_mut(key));
        if let Some(Breaker { shut: Some((until, pause)), .. }) = breaker {
            *until = now + *pause;
        }
        Some(name)
    }

    fn is_free(&self, key: &str) -> bool {
        let is_busy = |it: &Job| it.state == State::Running && it.serial.as_deref() == Some(key);
        let breaker = self.breakers.get(key).and_then(|it| it.shut);
        !self.jobs.iter().any(is_busy) && breaker.is_none_or(|(until, _)| until <= self.now)
    }

    /// The run of a claim ends; if the claim is not its own any more, nothing comes of it.
    pub fn finish(&mut self, name: &str, run: u32, end: End) {
        let is_ours = |it: &Job| it.name == name && it.runs == run && it.state == State::Running;
        let Some(at) = self.jobs.iter().position(is_ours) else { return };
        let now = self.now;
        if let (Some(key), End::Fail | End::Panic) = (self.jobs[at].serial.clone(), end) {
            self.fail_key(&key);
        }
        let job = &mut self.jobs[at];
        match end {
            End::Succeed => {
                let job = self.jobs.remove(at);
                self.succeed(job);
            }
            End::GiveUp => self.bury(at, "error"),
            End::Snooze(seconds) => {
                job.snoozes += 1;
                job.rest(now + i64::try_from(seconds).unwrap() * 1_000);
            }
            End::Fail | End::Panic => {
                job.failures += 1;
                job.exceptions += 1;
                let tries = job.kind.tries();
                if job.failures < tries && job.exceptions < tries {
                    job.rest(now + job.kind.pause_after(job.failures));
                    job.is_jittered = true;
                } else if job.kind == Kind::Parking {
                    job.rest(now + 5 * MINUTE);
                    job.state = State::Waiting;
                } else {
                    self.bury(at, "error");
                }
            }
        }
    }

    fn fail_key(&mut self, key: &str) {
        let breaker = self.breakers.entry(key.to_owned()).or_default();
        breaker.failures += 1;
        if 3 <= breaker.failures {
            let pause = breaker.shut.map_or(15_000, |(_, last)| (2 * last).min(MINUTE));
            breaker.shut = Some((self.now + pause, pause));
        }
    }

    fn succeed(&mut self, job: Job) {
        self.done += 1;
        if let Some(key) = &job.serial {
            self.breakers.remove(key);
            let same =
                |it: &&mut Job| it.state == State::Waiting && it.serial.as_ref() == Some(key);
            for waiting in self.jobs.iter_mut().filter(same) {
                waiting.rest(self.now);
            }
        }
        let mut links = job.chain.into_iter();
        if let Some(next) = links.next() {
            let chain = next.chain.into_iter().chain(links).collect();
            self.add(Job { chain, batch: job.batch, ..next }, 0);
        } else if let Some(at) = job.batch {
            self.batches[at].pending -= 1;
            self.end_batch(at);
        }
    }

    fn bury(&mut self, at: usize, why: &'static str) {
        let job = self.jobs.remove(at);
        if let Some(at) = job.batch {
            self.batches[at].pending -= 1;
            self.batches[at].failed += 1;
            if let Some(catch) = self.batches[at].catch.take() {
                self.add(catch, 0);
            }
            self.end_batch(at);
        }
        self.failed.push(Failed { job, why, forgotten: None });
    }

    fn end_batch(&mut self, at: usize) {
        let batch = &mut self.batches[at];
        if 0 < batch.pending {
            return;
        }
        let then = if batch.failed == 0 { batch.then.take() } else { None };
        let owed = [then, batch.finally.take()];
        for job in owed.into_iter().flatten() {
            self.add(job, 0);
        }
    }

    /// The process ended with the power or, in the same boot, by itself.
    pub fn restart(&mut self, is_same_boot: bool) {
        (self.breakers, self.starts) = Default::default();
        let names: Vec<_> = self.running().into_iter().map(|it| it.name.clone()).collect();
        for name in names {
            let Some(at) = self.jobs.iter().position(|it| it.name == name) else { continue };
            let (now, job) = (self.now, &mut self.jobs[at]);
            job.crashes += u32::from(is_same_boot);
            job.failures += u32::from(is_same_boot);
            job.power_cuts += u32::from(!is_same_boot);
            if job.crashes < 3 && job.power_cuts < 10 {
                job.rest(now);
            } else if job.kind == Kind::Parking {
                job.rest(now + 5 * MINUTE);
                job.state = State::Waiting;
            } else {
                self.bury(at, "crash");
            }
        }
    }

    /// What runs is given back, and nobody is to blame.
    pub fn take_back(&mut self) {
        for job in self.jobs.iter_mut().filter(|it| it.state == State::Running) {
            job.state = State::Ready;
        }
    }

    pub fn running(&self) -> Vec<&Job> {
        self.jobs.iter().filter(|it| it.state == State::Running).collect()
    }

    pub fn retry(&mut self, name: &str) {
        let is_meant = |it: &Failed| it.job.name == name && it.forgotten.is_none();
        let Some(at) = self.failed.iter().position(is_meant) else { return };
        let job = self.failed.remove(at).job.afresh(self.now);
        if let Some(at) = job.batch {
            self.batches[at].pending += 1;
            self.batches[at].failed -= 1;
        }
        match (self.has_live_twin(&job), job.leads_on()) {
            (false, _) => self.jobs.push(job),
            (true, true) => self.jobs.push(Job { unique: None, ..job }),
            (true, false) => {}
        }
    }
}
