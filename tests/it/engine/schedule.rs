//! Recurring jobs: owed once for each time they are due, whatever the clocks do.

use super::Bench;
use super::pool::{beside, wait_until};
use mlango::domain::queue::Queue;
use mlango::domain::schedule::{Every, Missed, Schedule};
use mlango::domain::time::Timestamp;
use mlango::job::{Cx, Done, Job, JobError};
use mlango::store;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::watch;

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

const DAILY: &[Schedule] = &[Schedule {
    name: "nightly",
    kind: Tick::KIND,
    every: Every::Daily { hour: 2, minute: 30 },
    missed: Missed::Once,
}];
const INTERVAL: &[Schedule] = &[Schedule {
    name: "often",
    kind: Tick::KIND,
    every: Every::Interval(Duration::from_secs(600)),
    missed: Missed::Once,
}];
/// Half past two at night in Nairobi.
const DUE: Timestamp = Timestamp(20_776 * 86_400_000 + 84_600_000);
const DAY: Duration = Duration::from_secs(86_400);

/// Half an hour before it is due, and looked at once.
fn evening() -> Bench {
    let bench = Bench::start();
    bench.clock.set_wall(Timestamp(DUE.0 - 1_800_000));
    assert_eq!(look(&bench, DAILY), Some(Duration::from_secs(1800)));
    bench
}

/// What the timer does when it wakes, and the workers after it.
fn look(bench: &Bench, schedules: &[Schedule]) -> Option<Duration> {
    let until_next = bench.engine.owe_scheduled(schedules).unwrap();
    bench.settle();
    until_next
}

fn ticks(bench: &Bench) -> usize {
    bench.list("SELECT what FROM audit WHERE what = 'tick'").len()
}

#[test]
fn a_daily_job_runs_at_its_time_across_restarts() {
    let bench = evening();
    let bench = bench.restart("boot-2");
    bench.clock.set_wall(Timestamp(DUE.0 - 1));
    assert_eq!(look(&bench, DAILY), Some(Duration::from_millis(1)));
    assert_eq!(ticks(&bench), 0);
    bench.clock.set_wall(DUE);
    assert_eq!(look(&bench, DAILY), Some(DAY));
    assert_eq!(ticks(&bench), 1);
    let bench = bench.restart("boot-3");
    look(&bench, DAILY);
    assert_eq!(ticks(&bench), 1);
}

#[test]
fn what_was_missed_while_off_is_made_up_for_once() {
    let bench = evening();
    let bench = bench.restart("boot-2");
    bench.clock.set_wall(DUE + 5 * DAY + Duration::from_secs(60));
    look(&bench, DAILY);
    look(&bench, DAILY);
    assert_eq!(ticks(&bench), 1);
}

#[test]
fn a_daily_job_waits_for_a_clock_to_trust() {
    let bench = evening();
    bench.clock.set_trusted(false);
    for day in 0..5 {
        bench.clock.set_wall(DUE + day * DAY);
        let asked_again = look(&bench, DAILY).unwrap();
        assert!(asked_again <= Duration::from_secs(600));
    }
    assert_eq!(ticks(&bench), 0);
    bench.clock.set_trusted(true);
    look(&bench, DAILY);
    look(&bench, DAILY);
    assert_eq!(ticks(&bench), 1);
}

#[test]
fn a_clock_that_steps_to_and_fro_runs_it_once() {
    let bench = evening();
    for step in [-60_000, 0, -60_000, 60_000, -1, 1, -120_000, 0] {
        bench.clock.set_wall(Timestamp(DUE.0 + step));
        look(&bench, DAILY);
    }
    assert_eq!(ticks(&bench), 1);
}

#[test]
fn an_interval_needs_no_clock_to_trust() {
    let bench = Bench::start();
    bench.clock.set_trusted(false);
    look(&bench, INTERVAL);
    for expected in 1..=3 {
        bench.clock.set_wall(Timestamp(0));
        bench.pass(599);
        look(&bench, INTERVAL);
        assert_eq!(ticks(&bench), expected - 1);
        bench.pass(1);
        assert_eq!(look(&bench, INTERVAL), Some(Duration::from_secs(600)));
        assert_eq!(ticks(&bench), expected);
    }
}

#[test]
fn a_slow_job_is_not_piled_up() {
    let bench = Bench::start();
    bench.engine.owe_scheduled(INTERVAL).unwrap();
    for _ in 0..4 {
        bench.clock.advance(Duration::from_secs(600));
        bench.engine.owe_scheduled(INTERVAL).unwrap();
    }
    assert_eq!(bench.jobs(), ["tick ready"]);
}

/// As in the appliance: a timer of its own, beside workers.
#[test]
fn the_pool_owes_what_is_due_without_being_called() {
    const QUICK: &[Schedule] = &[Schedule {
        name: "quick",
        kind: Tick::KIND,
        every: Every::Interval(Duration::from_millis(20)),
        missed: Missed::Once,
    }];
    let bench = Bench::start();
    beside(&bench, Duration::from_secs(5), |bench, runtime, pool| {
        let _inside = runtime.enter();
        let (stop, stopped) = watch::channel(false);
        pool.keep_time(QUICK, &stopped);
        wait_until("it was looked at", || !bench.list("SELECT name FROM schedules").is_empty());
        assert_eq!(ticks(bench), 0, "its time has not come, by the clock of the box");
        for expected in 1..=3 {
            bench.clock.advance(Duration::from_millis(20));
            wait_until("it ran", || ticks(bench) == expected);
        }
        stop.send(true).unwrap();
    });
    assert_eq!(ticks(&bench), 3);
}
