//! The engine beside its model: seeded random commands, compared and checked after every step.
//! A failure names its seed and shows all that led to it; fewer steps cannot, as each is checked.
//! `MLANGO_SOAK=1000` multiplies the number of seeds. Short lives see many beginnings, long ones
//! what only builds up slowly.

use super::model::{End, Model};
use super::model_store::{Batch, Job, Kind};
use super::{Bench, Step};
use mlango::domain::ids::JobId;
use mlango::engine::Next;
use mlango::store::batches::{self, NewBatch};
use mlango::store::outbox::{self, Claim, NewJob};
use mlango::store::{failed_jobs, orphans, queues};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A run that has begun. Its thread may be slower than whoever takes its job back.
struct Begun {
    claim: Claim,
    name: String,
}

pub(super) struct World {
    pub(super) bench: Bench,
    boots: u32,
    pub(super) model: Model,
    begun: Vec<Begun>,
    random: u64,
    names: u32,
    pub(super) told: Vec<String>,
}

#[test]
fn the_engine_does_as_its_model_in_a_thousand_short_lives() {
    live(1_000, 60);
}

#[test]
fn the_engine_does_as_its_model_in_a_hundred_long_lives() {
    live(100, 500);
}

fn live(seeds: u64, steps: u64) {
    let more = std::env::var("MLANGO_SOAK").ok().map_or(1, |it| it.parse::<u64>().unwrap());
    std::panic::set_hook(Box::new({
        let usual = std::panic::take_hook();
        move |info| {
            let is_told = info.payload_as_str().is_some_and(|it| it.ends_with("as it was told"));
            if !is_told {
                usual(info);
            }
        }
    }));
    for seed in 1..=seeds * more {
        let mut world = World::new(seed * 1_000 + steps);
        for step in 1..=steps {
            world.step();
            world.compare(seed, step % 20 == 0);
        }
        world.compare(seed, true);
    }
}

impl World {
    fn new(seed: u64) -> World {
        // In memory, where there is such a disk: what a power cut loses is not the question here.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let bench = Bench::start_with("", PathBuf::from(&folder));
        let model = Model::at(bench.store.now().engine.0);
        let (begun, told) = (Vec::new(), Vec::new());
        // Not the step of the generator, or all seeds would tell one story, each a bit later.
        let random = seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ (seed << 47);
        World { bench, boots: 1, model, begun, random, names: 0, told }
    }

    /// A number below `limit` (splitmix64).
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.random;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (it ^ (it >> 31)) % limit
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let at = self.below(of.len() as u64);
        of[usize::try_from(at).unwrap()].clone()
    }

    fn step(&mut self) {
        match self.below(100) {
            0..=19 => self.add(),
            20..=24 => self.add_batch(),
            25..=49 => self.begin(),
            50..=76 => self.finish(),
            77..=86 => self.pass(),
            87..=89 => self.pause_or_resume(),
            90 => self.retry(),
            91 => self.forget(),
            92 => self.undo(),
            93 => self.purge(),
            94..=96 => self.take_back(),
            _ => self.restart(),
        }
    }

    fn job(&mut self) -> Job {
        self.names += 1;
        let kind = self.pick(&[Kind::Plain, Kind::Plain, Kind::Parking, Kind::Limited]);
        let mut job = Job::new(&format!("job-{}", self.names), kind);
        if kind == Kind::Parking || self.below(4) == 0 {
            job.serial = Some(format!("router:{}", self.below(3)));
        }
        job
    }

    fn chain(&mut self) -> Vec<Job> {
        (0..=self.below(2)).map(|_| self.job()).collect()
    }

    fn add(&mut self) {
        let mut job = self.job();
        match self.below(4) {
            0 => job.unique = Some(format!("key-{}", self.below(3))),
            1 => job.chain = self.chain(),
            2 => {
                job.unique = Some(format!("key-{}", self.below(3)));
                job.chain = self.chain();
            }
            _ => {}
        }
        job.priority = self.pick(&[1, 3, 3, 5]);
        let delay = self.pick(&[0, 0, 0, 30]);
        self.told.push(format!("add {job:?} in {delay} s"));
        let new = NewJob { delay: Duration::from_secs(delay), ..self.new_job(&job) };
        let added = self.bench.store.write(|tx| outbox::insert(tx, &new)).unwrap().is_some();
        let expected = self.model.add(job, i64::try_from(delay).unwrap() * 1_000);
        assert_eq!(added, expected, "{:#?}", self.told);
    }

    fn add_batch(&mut self) {
        let mut jobs: Vec<_> = (0..=self.below(3)).map(|_| self.job()).collect();
        if self.below(3) == 0 {
            jobs[0].unique = Some(format!("key-{}", self.below(3)));
        }
        if self.below(3) == 0 {
            jobs[0].chain = self.chain();
        }
        let [mut then, catch, finally] = [0; 3].map(|_| (self.below(3) != 0).then(|| self.job()));
        if let Some(then) = then.as_mut().filter(|_| self.below(3) == 0) {
            then.chain = self.chain();
        }
        let total = u32::try_from(jobs.len()).unwrap();
        let batch = Batch { total, pending: total, failed: 0, then, catch, finally };
        self.told.push(format!("add {batch:?} of {jobs:?}"));
        let owed = |it: &Option<Job>| it.as_ref().map(|it| self.new_job(it));
        let new = NewBatch {
            name: "simulated",
            jobs: jobs.iter().map(|it| self.new_job(it)).collect(),
            then: owed(&batch.then),
            catch: owed(&batch.catch),
            finally: owed(&batch.finally),
        };
        self.bench.store.write(|tx| batches::insert(tx, new)).unwrap();
        self.model.add_batch(batch, jobs);
    }

    fn begin(&mut self) {
        let kind = self.pick(&[Kind::Plain, Kind::Parking]);
        let next = self.bench.engine.claim_next(kind.queue(), "here").unwrap();
        let claimed = match next {
            Next::Run(claim) => {
                let args: serde_json::Value = serde_json::from_str(&claim.args).unwrap();
                let name = args["name"].as_str().unwrap().to_owned();
                self.begun.push(Begun { claim: *claim, name: name.clone() });
                Some(name)
            }
            Next::Nothing(_) => None,
        };
        self.told.push(format!("begin in {} -> {claimed:?}", kind.queue()));
        assert_eq!(claimed, self.model.claim(kind), "{:#?}", self.told);
    }

    fn finish(&mut self) {
        if self.begun.is_empty() {
            return;
        }
        let at = usize::try_from(self.below(self.begun.len() as u64)).unwrap();
        let Begun { claim, name } = self.begun.remove(at);
        let end = match self.below(20) {
            0..=8 => End::Succeed,
            9..=13 => End::Fail,
            14..=15 => End::GiveUp,
            16..=17 => End::Snooze(20),
            _ => End::Panic,
        };
        self.told.push(format!("{name} run {} ends: {end:?}", claim.run));
        self.bench.tell(match end {
            End::Succeed => Step::Succeed,
            End::Fail => Step::Fail,
            End::GiveUp => Step::GiveUp,
            End::Snooze(seconds) => Step::Snooze(seconds),
            End::Panic => Step::Panic,
        });
        self.bench.engine.run(&claim).unwrap();
        self.model.finish(&name, claim.run, end);
    }

    fn pass(&mut self) {
        let seconds = self.pick(&[1, 5, 12, 16, 35, 70, 301, 301, 90_000]);
        self.told.push(format!("{seconds} s pass"));
        self.bench.clock.advance(Duration::from_secs(seconds));
        self.model.now += i64::try_from(seconds).unwrap() * 1_000;
    }

    fn pause_or_resume(&mut self) {
        let kind = self.pick(&[Kind::Plain, Kind::Parking]);
        let is_paused = self.model.paused.contains(&kind);
        if !is_paused && self.below(3) != 0 {
            return; // Most of the time, work goes on.
        }
        self.told.push(format!("paused={} {kind:?}", !is_paused));
        let change = if is_paused { queues::resume } else { queues::pause };
        self.bench.store.write(|tx| change(tx, kind.queue())).unwrap();
        self.model.paused.retain(|it| *it != kind);
        if !is_paused {
            self.model.paused.push(kind);
        }
    }

    /// The name and id of a failed job, if there is one.
    fn some_failed(&mut self) -> Option<(String, JobId)> {
        let names: Vec<_> = self.model.failed.iter().map(|it| it.job.name.clone()).collect();
        let name = (!names.is_empty()).then(|| self.pick(&names))?;
        let sql = format!("SELECT id || '' FROM failed_jobs WHERE args ->> 'name' = '{name}'");
        let id = self.bench.list(&sql)[0].parse().unwrap();
        Some((name, JobId(id)))
    }

    fn retry(&mut self) {
        let Some((name, id)) = self.some_failed() else { return };
        self.told.push(format!("retry {name}"));
        self.bench.store.write(|tx| failed_jobs::retry(tx, id)).unwrap();
        self.model.retry(&name);
    }

    fn forget(&mut self) {
        let Some((name, id)) = self.some_failed() else { return };
        self.told.push(format!("forget {name}"));
        self.bench.store.write(|tx| failed_jobs::forget(tx, id)).unwrap();
        let now = self.model.now;
        let meant = self.model.failed.iter_mut().filter(|it| it.job.name == name);
        meant.for_each(|it| it.forgotten = it.forgotten.or(Some(now)));
    }

    fn undo(&mut self) {
        self.told.push("undo".to_owned());
        self.bench.store.write(failed_jobs::undo).unwrap();
        let yesterday = self.model.now - 86_400_000;
        for failed in &mut self.model.failed {
            failed.forgotten = failed.forgotten.filter(|at| *at < yesterday);
        }
    }

    fn purge(&mut self) {
        self.told.push("purge".to_owned());
        self.bench.store.write(failed_jobs::purge).unwrap();
        let yesterday = self.model.now - 86_400_000;
        self.model.failed.retain(|it| it.forgotten.is_none_or(|at| yesterday <= at));
    }

    /// As at a stop; the threads that ran them run on, and end too late.
    fn take_back(&mut self) {
        self.told.push("take back".to_owned());
        self.bench.store.write(orphans::release_at_stop).unwrap();
        self.model.take_back();
    }

    fn restart(&mut self) {
        let is_same_boot = self.below(3) == 0;
        self.boots += u32::from(!is_same_boot);
        self.told.push(format!("restart, same boot: {is_same_boot}"));
        let boot_id = self.boot_id();
        self.bench.start_anew(&boot_id);
        self.model.restart(is_same_boot);
    }

    pub(super) fn boot_id(&self) -> String {
        format!("boot-{}", self.boots)
    }
}
