//! Jobs that do not end: cut off, taken back, left behind, and in the end too many.

use super::pool::{beside, wait_until};
use super::{Bench, Step};
use std::time::Duration;

/// The shortest timeout there is.
const SHORT: &str = "[queue.default]\ntimeout = \"1s\"\n";
const GRACE: Duration = Duration::from_millis(20);

fn bench() -> Bench {
    Bench::start_with(SHORT, std::env::temp_dir())
}

#[test]
fn a_job_that_hangs_is_cut_taken_back_and_run_by_another() {
    let bench = bench();
    bench.add(&bench.plain("a", &[Step::Hang, Step::Succeed]));
    beside(&bench, GRACE, |bench, _, _| {
        let failures =
            || bench.list("SELECT failures || ' ' || exceptions || ' ' || state FROM jobs");
        wait_until("it was taken back", || failures() == ["1 0 ready"]);
        assert_eq!(bench.cuts(), ["a"], "it had its chance to end by itself");
        bench.clock.advance(Duration::from_secs(12));
        bench.add(&bench.plain("wakes-a-worker", &[Step::Succeed]));
        wait_until("another run did it", || bench.jobs().is_empty());
        assert_eq!(bench.ran()[..2], ["a cut_off=0", "a cut_off=0"]);
        bench.let_go();
    });
    // The runtime is gone, and so are its threads: the first run has ended, too late.
    assert_eq!(bench.list("SELECT detail FROM audit WHERE detail = 'a'"), ["a"]);
    let outcomes = "SELECT run || ' ' || outcome FROM job_history WHERE job_id = 1 ORDER BY id";
    assert_eq!(bench.list(outcomes), ["1 retry", "2 done"]);
}

#[test]
fn a_job_that_ends_when_it_is_cut_is_not_taken_back() {
    let bench = bench();
    bench.add(&bench.plain("a", &[Step::Hang]));
    beside(&bench, Duration::from_secs(60), |bench, _, _| {
        wait_until("it is cut", || bench.cuts() == ["a"]);
        bench.let_go();
        wait_until("it is done", || bench.jobs().is_empty());
    });
    assert_eq!(bench.list("SELECT outcome FROM job_history"), ["done"]);
}

#[test]
fn a_job_that_always_hangs_is_given_up_for_its_time() {
    let bench = Bench::start_with(&format!("{SHORT}tries = 1\n"), std::env::temp_dir());
    bench.add(&bench.plain("a", &[Step::Hang]));
    beside(&bench, GRACE, |bench, _, _| {
        wait_until("it is given up", || bench.jobs() == ["plain timeout"]);
        bench.let_go();
    });
    assert_eq!(bench.jobs(), ["plain timeout"], "its late end changes nothing");
    assert_eq!(bench.list("SELECT detail FROM audit"), [""; 0]);
}

#[test]
fn a_thread_that_ends_after_all_is_lost_no_more() {
    let bench = bench();
    bench.add(&bench.plain("a", &[Step::Hang, Step::Succeed]));
    beside(&bench, GRACE, |bench, _, pool| {
        wait_until("it is left behind", || pool.lost() == 1);
        bench.let_go();
        wait_until("it has ended", || pool.lost() == 0);
    });
}

#[test]
fn two_threads_lost_in_a_queue_wear_the_program_out() {
    let bench = bench();
    for name in ["a", "b"] {
        bench.add(&bench.plain(name, &[Step::Hang]));
    }
    beside(&bench, GRACE, |bench, runtime, pool| {
        let worn_out =
            async { tokio::time::timeout(Duration::from_secs(30), pool.worn_out()).await };
        runtime.block_on(worn_out).expect("nobody said that two threads are lost");
        assert_eq!(bench.cuts(), ["a", "b"]);
        bench.let_go();
    });
    assert_eq!(bench.list("SELECT detail FROM audit"), [""; 0]);
}
