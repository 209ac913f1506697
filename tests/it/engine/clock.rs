//! Jobs that wait for a moment by the wall clock, which may not be set yet, or be set later.

use super::{Bench, Step};
use mlango::domain::queue::Queue;
use mlango::domain::time::Timestamp;
use mlango::engine::Ran;
use mlango::job::Job as _;
use mlango::store::outbox::{self, NewJob};
use std::time::Duration;

/// The moment the jobs here wait for.
const MOMENT: Timestamp = Timestamp(1_800_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);

fn before(span: Duration) -> Timestamp {
    Timestamp(MOMENT.0 - i64::try_from(span.as_millis()).unwrap())
}

fn add(bench: &Bench) {
    let job = bench.plain("a", &[Step::Succeed]).to_new_job().unwrap();
    let job = NewJob { not_before: Some(MOMENT), ..job };
    bench.store.write(|tx| outbox::insert(tx, &job)).unwrap().unwrap();
}

/// When the queue is to be looked at again.
fn look(bench: &Bench) -> Duration {
    match bench.engine.run_next(Queue::Default).unwrap() {
        Ran::Nothing(Some(again)) => again,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_runs_when_a_trusted_clock_shows_the_moment() {
    let bench = Bench::start();
    bench.clock.set_wall(before(HOUR));
    add(&bench);
    assert_eq!(bench.jobs(), ["plain waiting"]);
    for _ in 0..5 {
        assert!(look(&bench) <= HOUR / 6, "the clock may be set meanwhile");
        bench.pass(600);
    }
    bench.pass(599);
    assert_eq!(bench.ran().len(), 0);
    assert_eq!(look(&bench), Duration::from_secs(1));
    bench.pass(1);
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn no_time_is_enough_while_the_clock_is_not_set() {
    let bench = Bench::start();
    bench.clock.set_trusted(false);
    bench.clock.set_wall(before(HOUR));
    add(&bench);
    let bench = bench.restart("boot-2");
    for _ in 0..30 {
        assert!(look(&bench) <= HOUR / 6);
        bench.pass(600);
    }
    assert_eq!(bench.jobs(), ["plain waiting"]);
    bench.clock.set_wall(before(Duration::from_secs(90)));
    bench.clock.set_trusted(true);
    bench.pass(600);
    assert_eq!(bench.jobs(), [""; 0], "set, and past the moment");
}

#[test]
fn a_clock_set_back_has_it_wait_and_set_forward_brings_it_near() {
    let bench = Bench::start();
    bench.clock.set_wall(before(Duration::from_secs(60)));
    add(&bench);
    bench.clock.set_wall(before(3 * HOUR));
    bench.pass(60);
    assert_eq!(bench.jobs(), ["plain waiting"]);
    bench.clock.set_wall(before(Duration::from_secs(601)));
    bench.pass(600);
    assert_eq!(look(&bench), Duration::from_secs(1));
    bench.pass(1);
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn a_moment_that_is_over_is_now() {
    let bench = Bench::start();
    bench.clock.set_wall(MOMENT);
    add(&bench);
    bench.settle();
    assert_eq!(bench.jobs(), [""; 0]);
}
