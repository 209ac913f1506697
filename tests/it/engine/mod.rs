//! What comes of jobs, whatever they are: the engine with kinds of the tests' own.

mod admission;
mod batches;
mod claims;
mod clock;
mod comparison;
mod durability;
mod ephemeral;
mod invariants;
mod kinds;
mod late;
mod model;
mod model_store;
mod orphans;
mod outcomes;
mod pool;
mod schedule;
mod simulation;
mod timeouts;

pub use kinds::{Beating, Brief, KINDS, Limited, Once, Parking, Plain, Step, Ticking};

use crate::fakes::{self, FakeRouters, FakeSms, TestClock};
use kinds::{DIARIES, diary};
use mlango::config::Config;
use mlango::domain::queue::Queue;
use mlango::engine::{Engine, Ran};
use mlango::job::{Fate, Job, World};
use mlango::store::outbox::Claimant;
use mlango::store::{Boot, Store};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Somebody who may claim anything.
pub fn claimant(boot_id: &str) -> Claimant<'_> {
    Claimant { boot_id, worker: "test-1", shut_keys: "[]", limited_kinds: "[]" }
}

/// An engine with the tests' kinds, on a throw-away disk.
pub struct Bench {
    pub store: Arc<Store>,
    pub engine: Arc<Engine>,
    pub clock: Arc<TestClock>,
    config: String,
    diary: usize,
    dir: tempfile::TempDir,
}

const CONFIG: &str = "[mpesa]\nshortcodes = [\"600638\"]\n";

impl Bench {
    pub fn start() -> Bench {
        Bench::start_with("", std::env::temp_dir())
    }

    /// With more configuration, and its disk in a folder of the caller's choice.
    pub fn start_with(config: &str, folder: PathBuf) -> Bench {
        let diary = {
            let mut diaries = DIARIES.lock().unwrap();
            diaries.push(Arc::default());
            diaries.len() - 1
        };
        let (dir, clock) = (tempfile::tempdir_in(folder).unwrap(), Arc::new(TestClock::default()));
        let config = format!("{CONFIG}{config}");
        let (store, engine) = open(&dir, &clock, &config, "boot-1");
        Bench { store, engine, clock, config, diary, dir }
    }

    /// The process ends where it stands, and another begins on the same disk.
    pub fn restart(mut self, boot_id: &str) -> Bench {
        self.start_anew(boot_id);
        self
    }

    pub fn start_anew(&mut self, boot_id: &str) {
        (self.store, self.engine) = open(&self.dir, &self.clock, &self.config, boot_id);
    }

    pub fn plain(&self, name: &str, steps: &[Step]) -> Plain {
        let (name, steps) = (name.to_owned(), steps.to_vec());
        Plain { diary: self.diary, name, steps, serial: None, unique: None }
    }

    pub fn parking(&self, name: &str, steps: &[Step], serial: &str) -> Parking {
        let (name, steps, serial) = (name.to_owned(), steps.to_vec(), Some(serial.to_owned()));
        Parking { diary: self.diary, name, steps, serial, unique: None }
    }

    pub fn once(&self, name: &str, steps: &[Step]) -> Once {
        let (name, steps) = (name.to_owned(), steps.to_vec());
        Once { diary: self.diary, name, steps, serial: None, unique: None }
    }

    pub fn beating(&self, name: &str, steps: &[Step], serial: &str) -> Beating {
        let (name, steps, serial) = (name.to_owned(), steps.to_vec(), Some(serial.to_owned()));
        Beating { diary: self.diary, name, steps, serial, unique: None }
    }

    pub fn ticking(&self, name: &str, steps: &[Step]) -> Ticking {
        let (name, steps) = (name.to_owned(), steps.to_vec());
        Ticking { diary: self.diary, name, steps, serial: None, unique: None }
    }

    pub fn limited(&self, name: &str) -> Limited {
        let (name, steps) = (name.to_owned(), vec![Step::Succeed]);
        Limited { diary: self.diary, name, steps, serial: None, unique: None }
    }

    /// Says how the next run goes.
    pub fn tell(&self, step: Step) {
        diary(self.diary).0.lock().unwrap().next = Some(step);
    }

    /// Lets those go that hang.
    pub fn let_go(&self) {
        let diary = diary(self.diary);
        diary.0.lock().unwrap().is_over = true;
        diary.1.notify_all();
    }

    pub fn cuts(&self) -> Vec<String> {
        diary(self.diary).0.lock().unwrap().cuts.clone()
    }

    pub fn add(&self, job: &impl Job) -> Option<i64> {
        self.store.write(|tx| job.enqueue(tx)).unwrap().map(|it| it.0)
    }

    pub fn settle(&self) {
        while Queue::ALL.iter().any(|&it| self.engine.run_next(it).unwrap() == Ran::One) {}
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.settle();
    }

    pub fn ran(&self) -> Vec<String> {
        diary(self.diary).0.lock().unwrap().ran.clone()
    }

    pub fn fates(&self) -> Vec<Fate> {
        diary(self.diary).0.lock().unwrap().failures.iter().map(|it| it.1).collect()
    }

    pub fn list(&self, sql: &str) -> Vec<String> {
        self.store
            .read(|conn| {
                let mut statement = conn.prepare(sql)?;
                let rows = statement.query_map([], |row| row.get(0))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
            .unwrap()
    }

    /// What is in the tables of jobs, such as `plain ready`.
    pub fn jobs(&self) -> Vec<String> {
        self.list(
            "SELECT kind || ' ' || state FROM jobs
             UNION ALL SELECT kind || ' ' || why FROM failed_jobs ORDER BY 1",
        )
    }
}

fn open(
    dir: &tempfile::TempDir,
    clock: &Arc<TestClock>,
    toml: &str,
    boot_id: &str,
) -> (Arc<Store>, Arc<Engine>) {
    let boot = Boot { id: boot_id.to_owned(), uptime_ms: 0 };
    let path = dir.path().join("mlango.db");
    let store = Arc::new(Store::open(&path, &boot, |_| clock.clone()).unwrap());
    let world = World {
        config: Arc::new(Config::parse(toml, "test.toml").unwrap()),
        routers: Arc::<FakeRouters>::default(),
        sms: Arc::<FakeSms>::default(),
        radius: Arc::new(mlango::radius::client::UdpLink),
        vault: fakes::vault(),
        logs: fakes::log_files(dir.path()),
        live: Arc::default(),
    };
    let engine = Engine::start(store.clone(), Arc::new(world), KINDS, boot_id.to_owned()).unwrap();
    (store, engine)
}
