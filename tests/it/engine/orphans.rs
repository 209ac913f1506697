//! Runs whose process is gone: taken back at the start, and blamed on the right one.

use super::{Bench, Step, claimant};
use mlango::domain::queue::Queue;
use mlango::job::Fate;
use mlango::store::{orphans, outbox};
use std::time::Duration;

/// Begins a run, and is cut off in it.
fn cut_off_in(bench: Bench, queue: Queue, running_boot: &str, next_boot: &str) -> Bench {
    let claim =
        bench.store.write_relaxed(|tx| outbox::claim(tx, queue, &claimant(running_boot))).unwrap();
    claim.expect("a job to be cut off");
    bench.restart(next_boot)
}

#[test]
fn the_power_is_nobodys_fault() {
    let mut bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    for number in 0..5 {
        let (this, next) = (format!("boot-{number}"), format!("boot-{}", number + 1));
        bench = cut_off_in(bench, Queue::Default, &this, &next);
    }
    assert_eq!(bench.list("SELECT failures || ' ' || power_cuts FROM jobs"), ["0 5"]);
    bench.settle();
    assert_eq!(bench.ran(), ["a cut_off=5"]);
}

#[test]
fn a_job_that_crashes_the_program_is_quarantined_after_three_times() {
    let mut bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    for _ in 0..3 {
        assert_eq!(bench.jobs(), ["plain ready"]);
        bench = cut_off_in(bench, Queue::Default, "boot-1", "boot-1");
    }
    assert_eq!(bench.jobs(), ["plain crash"]);
    assert_eq!(bench.fates(), [Fate::Failed], "its failed hook was called");
    let rows = bench.list("SELECT run || ' ' || outcome || ': ' || error FROM job_history");
    assert_eq!(rows, ["3 failed: 3 crashes and 0 power cuts while it ran"]);
}

#[test]
fn money_that_crashes_the_program_is_parked_instead() {
    let mut bench = Bench::start();
    bench.add(&bench.parking("a", &[Step::Succeed], "router:1"));
    for _ in 0..3 {
        bench = cut_off_in(bench, Queue::Provisioning, "boot-1", "boot-1");
    }
    assert_eq!(bench.jobs(), ["parking waiting"]);
    assert_eq!(bench.fates(), [Fate::Parked]);
    bench.clock.advance(Duration::from_secs(301));
    bench = cut_off_in(bench, Queue::Provisioning, "boot-1", "boot-1");
    assert_eq!(bench.fates(), [Fate::Parked, Fate::StillParked], "it is news only once");
    bench.pass(301);
    assert_eq!(bench.ran().len(), 1);
}

#[test]
fn a_job_that_resets_the_board_is_quarantined_after_ten_times() {
    let mut bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    for number in 0..10 {
        let (this, next) = (format!("boot-{number}"), format!("boot-{}", number + 1));
        bench = cut_off_in(bench, Queue::Default, &this, &next);
    }
    assert_eq!(bench.jobs(), ["plain crash"]);
}

#[test]
fn a_stop_that_cuts_a_job_off_does_not_count() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    let claim = bench
        .store
        .write_relaxed(|tx| outbox::claim(tx, Queue::Default, &claimant("boot-1")))
        .unwrap();
    assert!(claim.is_some());
    assert_eq!(bench.store.write(orphans::release_at_stop).unwrap(), 1);
    let bench = bench.restart("boot-1");
    assert_eq!(bench.list("SELECT (failures + crashes + power_cuts) || '' FROM jobs"), ["0"]);
}

#[test]
fn whoever_must_not_act_twice_is_told_of_a_run_nobody_saw_end() {
    let bench = Bench::start();
    bench.add(&bench.once("a", &[Step::Succeed]));
    let bench = cut_off_in(bench, Queue::HotspotSms, "boot-1", "boot-2");
    bench.settle();
    assert_eq!(bench.ran(), ["a cut_off=1"]);
}
