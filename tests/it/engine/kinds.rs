//! Jobs that do as a test tells them, and remember what they did.

use super::schedule;
use mlango::domain::queue::Queue;
use mlango::job::{Cx, Done, Failure, Fate, Job, JobError, JobKind, World};
use mlango::store::{self, Tx};
use serde::{Deserialize, Serialize};
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
    PanicInWriting,
    /// Takes no notice of its deadline or of being cut, until the test lets it go.
    Hang,
}

/// What one process's jobs did. Tests run side by side, so each has its own, found by its number.
#[derive(Default)]
pub(super) struct Diary {
    pub(super) ran: Vec<String>,
    pub(super) failures: Vec<(String, Fate)>,
    pub(super) cuts: Vec<String>,
    /// What the next run does, whatever its args say.
    pub(super) next: Option<Step>,
    /// Whether those that hang may go.
    pub(super) is_over: bool,
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

pub(super) type Shared = (Mutex<Diary>, Condvar);

pub(super) static DIARIES: Mutex<Vec<Arc<Shared>>> = Mutex::new(Vec::new());

pub(super) fn diary(number: usize) -> Arc<Shared> {
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
                    Step::PanicInWriting => {
                        Ok(Done::writing(|_| panic!("it panics late, as it was told")))
                    }
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
                assert!(self.name != "hook panics", "as it was told");
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
test_job!(Brief, "brief", Default { const TRIES: Option<u32> = Some(1); });
test_job!(Once, "once", HotspotSms { const AT_MOST_ONCE: bool = true; });

pub const KINDS: &[JobKind] = &[
    JobKind::of::<Plain>(),
    JobKind::of::<Parking>(),
    JobKind::of::<Limited>(),
    JobKind::of::<Once>(),
    JobKind::of::<Brief>(),
    JobKind::of::<Beating>(),
    JobKind::of::<Ticking>(),
    JobKind::of::<schedule::Tick>(),
];
