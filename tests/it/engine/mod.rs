//! What comes of jobs, whatever they are: the engine with kinds of the tests' own.

mod admission;
mod batches;
mod claims;
mod clock;
mod comparison;
mod durability;
mod ephemeral;
mod invariants;
mod late;
mod model;
mod model_store;
mod orphans;
mod outcomes;
mod pool;
mod schedule;
mod simulation;
mod timeouts;

use crate::fakes::{self, FakeRouters, FakeSms, TestClock};
use mlango::config::Config;
use mlango::domain::queue::Queue;
use mlango::engine::{Engine, Ran};
use mlango::job::{Cx, Done, Failure, Fate, Job, JobError, JobKind, World};
use mlango::store::outbox::Claimant;
use mlango::store::{self, Boot, Store, Tx};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How a test's job behaves, by its args: they say it for each run, the last one for all after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step {
    Succeed,
    /// Succeeds, and has nothing to write.
    Quiet,
    Fail,
    GiveUp,
    Snooze(u64),
    Panic,
    /// Takes no notice of its deadline or of being cut, until the test lets it go.
    Hang,
}

/// What one process's jobs did. Tests run side by side, so each has its own, found by its number.
#[derive(Default)]
struct Diary {
    ran: Vec<String>,
    failures: Vec<(String, Fate)>,
    cuts: Vec<String>,
    /// What the next run does, whatever its args say.
    next: Option<Step>,
    /// Whether those that hang may go.
    is_over: bool,
}

impl Diary {
    /// Notes a run, and says how it is to go.
    fn begin(&mut self, name: &str, steps: &[Step], cut_off: u32) -> Step {
        self.ran.push(format!("{name} cut_off={cut_off}"));
        if let Some(step) = self.next.take() {
            return step;
        }
        let of_this = format!("{name} cut_off=");
        let runs = self.ran.iter().filter(|it| it.starts_with(&of_this)).count();
        steps.get(runs - 1).or(steps.last()).cloned().unwrap_or(Step::Succeed)
    }
}

type Shared = (Mutex<Diary>, Condvar);

static DIARIES: Mutex<Vec<Arc<Shared>>> = Mutex::new(Vec::new());

fn diary(number: usize) -> Arc<Shared> {
    DIARIES.lock().unwrap()[number].clone()
}

/// Hangs until the test is over.
fn hang(diary: &Shared) {
    drop(diary.1.wait_while(diary.0.lock().unwrap(), |it| !it.is_over).unwrap());
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
                let diary = diary(self.diary);
                let step = diary.0.lock().unwrap().begin(&self.name, &self.steps, cx.cut_off);
                if matches!(step, Step::Hang) {
                    hang(&diary);
                }
                match step {
                    Step::Succeed | Step::Hang => {
                        let detail = self.name.clone();
                        Ok(Done::writing(move |tx| {
                            store::audit::insert(tx, "test", "done", None, &detail)
                        }))
                    }
                    Step::Quiet => Ok(Done::nothing()),
                    Step::Fail => Err(JobError::Retry(anyhow::anyhow!("{} failed", self.name))),
                    Step::GiveUp => Err(JobError::GiveUp(anyhow::anyhow!("never"))),
                    Step::Snooze(seconds) => Err(JobError::Snooze(Duration::from_secs(seconds))),
                    Step::Panic => panic!("{} panics, as it was told", self.name),
                }
            }

            fn cut(&self, _world: &World) {
                diary(self.diary).0.lock().unwrap().cuts.push(self.name.clone());
            }

            fn unsuccessful(
                &self,
                _tx: &Tx<'_>,
                _world: &World,
                failure: &Failure<'_>,
            ) -> store::Result<()> {
                let diary = diary(self.diary);
                diary.0.lock().unwrap().failures.push((self.name.clone(), failure.fate));
                Ok(())
            }
        }
    };
}

test_job!(Plain, "plain", Default {});
test_job!(Parking, "parking", Provisioning { const PARKS: bool = true; });
test_job!(Limited, "limited", Default {
    const RATE_LIMIT: Option<(usize, Duration)> = Some((2, Duration::from_secs(60)));
});
test_job!(Beating, "beating", RouterData {
    const EPHEMERAL: bool = true;
    const PARKS: bool = true;
});
test_job!(Ticking, "ticking", LogRotation { const EPHEMERAL: bool = true; });
test_job!(Once, "once", HotspotSms { const AT_MOST_ONCE: bool = true; });

pub const KINDS: &[JobKind] = &[
    JobKind::of::<Plain>(),
    JobKind::of::<Parking>(),
    JobKind::of::<Limited>(),
    JobKind::of::<Once>(),
    JobKind::of::<Beating>(),
    JobKind::of::<Ticking>(),
    JobKind::of::<schedule::Tick>(),
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
        logs: fakes::log_files(dir.path()),
    };
    let engine = Engine::start(store.clone(), Arc::new(world), KINDS, boot_id.to_owned()).unwrap();
    (store, engine)
}
