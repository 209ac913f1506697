//! What comes of jobs, whatever they are: the engine with kinds of the tests' own.

mod claims;
mod orphans;
mod outcomes;
mod pool;
mod schedule;

use crate::fakes::{FakeRouters, FakeSms, TestClock};
use mlango::config::Config;
use mlango::domain::queue::Queue;
use mlango::engine::{Engine, Ran};
use mlango::job::{Cx, Done, Failure, Fate, Job, JobError, JobKind, World};
use mlango::store::outbox::Claimant;
use mlango::store::{self, Boot, Store, Tx};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a test's job behaves, by its args: they say it for each run, the last one for all after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step {
    Succeed,
    Fail,
    GiveUp,
    Snooze(u64),
    Panic,
}

/// What one process's jobs did. Tests run side by side, so each has its own, found by its number.
#[derive(Default)]
struct Diary {
    ran: Vec<String>,
    failures: Vec<(String, Fate)>,
}

static DIARIES: Mutex<Vec<Arc<Mutex<Diary>>>> = Mutex::new(Vec::new());

fn diary(number: usize) -> Arc<Mutex<Diary>> {
    DIARIES.lock().unwrap()[number].clone()
}

macro_rules! test_job {
    ($name:ident, $kind:literal, $queue:ident { $($extra:item)* }) => {
        #[derive(Clone, Serialize, Deserialize)]
        pub struct $name {
            pub diary: usize,
            pub name: String,
            pub steps: Vec<Step>,
            pub serial: Option<String>,
            pub unique: Option<String>,
        }

        impl Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = Queue::$queue;
            $($extra)*

            fn serial_key(&self) -> Option<String> {
                self.serial.clone()
            }

            fn unique_key(&self) -> Option<String> {
                self.unique.clone()
            }

            fn run(&self, cx: &Cx) -> Result<Done, JobError> {
                let runs = {
                    let diary = diary(self.diary);
                    let mut diary = diary.lock().unwrap();
                    diary.ran.push(format!("{} cut_off={}", self.name, cx.cut_off));
                    diary.ran.iter().filter(|it| it.starts_with(&format!("{} ", self.name))).count()
                };
                let step = self.steps.get(runs - 1).or(self.steps.last());
                match step.unwrap_or(&Step::Succeed) {
                    Step::Succeed => {
                        let detail = self.name.clone();
                        Ok(Done::writing(move |tx| {
                            store::audit::insert(tx, "test", "done", None, &detail)
                        }))
                    }
                    Step::Fail => Err(JobError::Retry(anyhow::anyhow!("{} failed", self.name))),
                    Step::GiveUp => Err(JobError::GiveUp(anyhow::anyhow!("never"))),
                    Step::Snooze(seconds) => Err(JobError::Snooze(Duration::from_secs(*seconds))),
                    Step::Panic => panic!("{} panics, as it was told", self.name),
                }
            }

            fn unsuccessful(
                &self,
                _tx: &Tx<'_>,
                _world: &World,
                failure: &Failure<'_>,
            ) -> store::Result<()> {
                let diary = diary(self.diary);
                diary.lock().unwrap().failures.push((self.name.clone(), failure.fate));
                Ok(())
            }
        }
    };
}

test_job!(Plain, "plain", Default {});
test_job!(Parking, "parking", Provisioning { const PARKS: bool = true; });
test_job!(Once, "once", HotspotSms { const AT_MOST_ONCE: bool = true; });

/// A recurring job of the tests.
#[derive(Serialize, Deserialize)]
pub struct Tick {}

impl Job for Tick {
    const KIND: &'static str = "tick";
    const QUEUE: Queue = Queue::Default;

    fn run(&self, _cx: &Cx) -> Result<Done, JobError> {
        Ok(Done::writing(|tx| store::audit::insert(tx, "test", "tick", None, "")))
    }
}

const KINDS: &[JobKind] = &[
    JobKind::of::<Plain>(),
    JobKind::of::<Parking>(),
    JobKind::of::<Once>(),
    JobKind::of::<Tick>(),
];

/// Somebody who may claim anything.
pub fn claimant(boot_id: &str) -> Claimant<'_> {
    Claimant { boot_id, worker: "test-1", shut_keys: "[]", limited_kinds: "[]" }
}

/// An engine with the tests' kinds, on a throw-away disk.
pub struct Bench {
    pub store: Arc<Store>,
    pub engine: Arc<Engine>,
    pub clock: Arc<TestClock>,
    diary: usize,
    dir: tempfile::TempDir,
}

impl Bench {
    pub fn start() -> Bench {
        let diary = {
            let mut diaries = DIARIES.lock().unwrap();
            diaries.push(Arc::default());
            diaries.len() - 1
        };
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(TestClock::default()));
        Bench::on(dir, clock, diary, "boot-1")
    }

    /// The process ends where it stands, and another begins on the same disk.
    pub fn restart(self, boot_id: &str) -> Bench {
        let Bench { clock, diary, dir, store, engine } = self;
        drop((store, engine));
        Bench::on(dir, clock, diary, boot_id)
    }

    fn on(dir: tempfile::TempDir, clock: Arc<TestClock>, diary: usize, boot_id: &str) -> Bench {
        let boot = Boot { id: boot_id.to_owned(), uptime_ms: 0 };
        let path = dir.path().join("mlango.db");
        let store = Arc::new(Store::open(&path, &boot, |_| clock.clone()).unwrap());
        let config = Config::parse("[mpesa]\nshortcodes = [\"600638\"]", "test.toml").unwrap();
        let world = World {
            config: Arc::new(config),
            routers: Arc::<FakeRouters>::default(),
            sms: Arc::<FakeSms>::default(),
        };
        let engine =
            Engine::start(store.clone(), Arc::new(world), KINDS, boot_id.to_owned()).unwrap();
        Bench { store, engine, clock, diary, dir }
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
        diary(self.diary).lock().unwrap().ran.clone()
    }

    pub fn fates(&self) -> Vec<Fate> {
        diary(self.diary).lock().unwrap().failures.iter().map(|it| it.1).collect()
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
