//! Work that lives in memory: it runs like any other, and leaves no trace while all is well.

use super::pool::{beside, wait_until};
use super::{Bench, Step};
use mlango::domain::queue::Queue;
use mlango::engine::{Next, Ran};
use mlango::job::{Beat, Fate, Job};
use mlango::store::queues;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Has `jobs` done as often as `every` says; both may be changed.
fn keep_up<J: Job + Clone + Send>(bench: &Bench, jobs: Vec<J>) -> Arc<Mutex<(Vec<J>, Duration)>> {
    let wanted = Arc::new(Mutex::new((jobs, MINUTE)));
    let asked = wanted.clone();
    bench.engine.keep_up(Box::new(move |queue, _, _, _| {
        let (jobs, every) = &*asked.lock().unwrap();
        let here = jobs.iter().filter(|_| queue == J::QUEUE);
        here.map(|job| Beat::of(job, *every)).collect()
    }));
    wanted
}

/// Of the database and its log: one byte more, and it is another.
fn written(bench: &Bench) -> (i64, u64, Vec<i64>) {
    let (bytes, log_bytes, _) = bench.store.sizes().unwrap();
    let version = bench.store.read(|conn| {
        Ok(conn.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0))?)
    });
    (bytes, log_bytes, vec![version.unwrap()])
}

#[test]
fn an_hour_of_runs_writes_not_a_byte() {
    let bench = Bench::start();
    let jobs = ["a", "b"].map(|it| bench.beating(it, &[Step::Quiet], &format!("router:{it}")));
    keep_up(&bench, jobs.to_vec());
    bench.settle();
    let before = written(&bench);
    for _ in 0..60 {
        bench.pass(60);
    }
    assert_eq!(bench.ran().len(), 2 * 61);
    assert_eq!(written(&bench), before);
}

#[test]
fn what_a_run_hands_back_is_written_and_no_history() {
    let bench = Bench::start();
    keep_up(&bench, vec![bench.beating("a", &[Step::Succeed], "router:1")]);
    bench.settle();
    bench.pass(60);
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a", "a"]);
    assert_eq!(bench.list("SELECT outcome FROM job_history"), [""; 0]);
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn a_look_says_when_the_next_run_is_due_and_hurries_when_it_is_wanted_more_often() {
    let bench = Bench::start();
    let wanted = keep_up(&bench, vec![bench.beating("a", &[Step::Quiet], "router:1")]);
    let look = || bench.engine.run_next(Queue::RouterData).unwrap();
    assert_eq!(look(), Ran::One);
    assert_eq!(look(), Ran::Nothing(Some(MINUTE)));
    bench.clock.advance(Duration::from_secs(10));
    wanted.lock().unwrap().1 = Duration::from_secs(2);
    assert_eq!(look(), Ran::One);
    assert_eq!(look(), Ran::Nothing(Some(Duration::from_secs(2))));
    wanted.lock().unwrap().0.clear();
    assert_eq!(look(), Ran::Nothing(None), "nothing is wanted, and nobody wakes for it");
}

#[test]
fn one_serial_key_is_had_by_a_row_or_by_a_run_in_memory() {
    let bench = Bench::start();
    keep_up(&bench, vec![bench.beating("beat", &[Step::Quiet], "router:1")]);
    let Next::Run(beat) = bench.engine.claim_next(Queue::RouterData, "w").unwrap() else {
        panic!("it is due");
    };
    bench.add(&bench.parking("row", &[Step::Succeed], "router:1"));
    assert_eq!(bench.engine.run_next(Queue::Provisioning).unwrap(), Ran::Nothing(None));
    bench.engine.run(&beat).unwrap();
    let Next::Run(row) = bench.engine.claim_next(Queue::Provisioning, "w").unwrap() else {
        panic!("the key is free");
    };
    bench.clock.advance(MINUTE);
    let soon = Duration::from_secs(2);
    assert_eq!(bench.engine.run_next(Queue::RouterData).unwrap(), Ran::Nothing(Some(soon)));
    bench.engine.run(&row).unwrap();
    bench.clock.advance(soon);
    assert_eq!(bench.engine.run_next(Queue::RouterData).unwrap(), Ran::One);
}

#[test]
fn a_run_that_succeeds_lets_parked_work_go() {
    let bench = Bench::start();
    bench.add(&bench.parking("row", &[Step::Fail], "router:1"));
    for _ in 0..5 {
        bench.pass(125);
    }
    assert_eq!(bench.jobs(), ["parking waiting"]);
    bench.clock.advance(Duration::from_secs(61)); // Its key may be tried.
    keep_up(&bench, vec![bench.beating("beat", &[Step::Quiet], "router:1")]);
    assert_eq!(bench.engine.run_next(Queue::RouterData).unwrap(), Ran::One);
    assert_eq!(bench.jobs(), ["parking ready"]);
}

#[test]
fn what_is_parked_for_a_reason_of_its_own_is_not_woken_by_each_look() {
    let bench = Bench::start();
    let wanted = keep_up(&bench, vec![bench.beating("beat", &[Step::Quiet], "router:1")]);
    wanted.lock().unwrap().1 = Duration::from_secs(2); // Somebody is watching.
    bench.settle();
    bench.add(&bench.parking("row", &[Step::Fail], "router:1"));
    for _ in 0..20 {
        bench.pass(10);
    }
    assert_eq!(bench.jobs(), ["parking waiting"]);
    let runs = "SELECT kind FROM job_history WHERE kind = 'parking'";
    let before = bench.list(runs).len();
    for _ in 0..360 {
        bench.pass(10);
    }
    let runs = bench.list(runs).len() - before;
    assert!((10..=13).contains(&runs), "every five minutes, not {runs} times an hour");
}

#[test]
fn what_keeps_failing_is_told_once_by_the_kind_that_parks() {
    let bench = Bench::start();
    keep_up(&bench, vec![bench.beating("a", &[Step::Fail], "router:1")]);
    for _ in 0..2 {
        bench.pass(30);
        assert_eq!(bench.fates(), [], "it may be a passing trouble");
    }
    bench.pass(30);
    assert_eq!(bench.fates(), [Fate::Parked]);
    let before = written(&bench);
    for _ in 0..30 {
        bench.pass(60);
    }
    assert_eq!((bench.fates(), written(&bench)), (vec![Fate::Parked], before));
    assert!(10 < bench.ran().len(), "it is tried on: {}", bench.ran().len());
    bench.tell(Step::Quiet);
    bench.pass(120);
    for _ in 0..5 {
        bench.pass(120);
    }
    assert_eq!(bench.fates(), [Fate::Parked, Fate::Parked], "it worked in between");
}

#[test]
fn what_keeps_failing_and_does_not_park_becomes_one_failed_job() {
    let bench = Bench::start();
    keep_up(&bench, vec![bench.ticking("a", &[Step::Fail])]);
    bench.settle();
    for _ in 0..30 {
        bench.pass(60);
    }
    assert_eq!(bench.jobs(), ["ticking error"]);
    assert_eq!(bench.ran().len(), 32, "every minute, and once as an ordinary job");
}

#[test]
fn a_run_that_hangs_is_taken_back_and_changes_nothing_afterwards() {
    let bench = Bench::start();
    keep_up(&bench, vec![bench.beating("a", &[Step::Succeed], "router:1")]);
    let Next::Run(claim) = bench.engine.claim_next(Queue::RouterData, "w").unwrap() else {
        panic!("it is due");
    };
    bench.engine.take_back(&claim, MINUTE).unwrap();
    bench.engine.run(&claim).unwrap();
    assert_eq!(bench.list("SELECT detail FROM audit"), [""; 0]);
    bench.pass(10);
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a"], "the try after it");
}

#[test]
fn a_paused_queue_rests_in_memory_too_and_a_pushed_one_is_a_row() {
    let bench = Bench::start();
    keep_up(&bench, vec![bench.beating("a", &[Step::Quiet], "router:1")]);
    bench.store.write(|tx| queues::pause(tx, Queue::RouterData)).unwrap();
    assert_eq!(bench.engine.run_next(Queue::RouterData).unwrap(), Ran::Nothing(None));
    bench.add(&bench.beating("pushed", &[Step::Quiet], "router:1"));
    bench.store.write(|tx| queues::resume(tx, Queue::RouterData)).unwrap();
    bench.settle();
    assert_eq!(bench.ran(), ["pushed cut_off=0", "a cut_off=0"]);
    assert_eq!(bench.list("SELECT kind FROM job_history"), ["beating"], "the row's");
}

#[test]
fn workers_wake_for_it_and_one_that_hangs_holds_up_no_other() {
    let bench = Bench::start();
    let mut jobs = vec![bench.beating("hangs", &[Step::Hang], "router:0")];
    jobs.extend(
        (1..10).map(|it| {
            bench.beating(&format!("quick {it}"), &[Step::Quiet], &format!("router:{it}"))
        }),
    );
    let wanted = keep_up(&bench, jobs);
    wanted.lock().unwrap().1 = Duration::from_millis(1);
    beside(&bench, Duration::from_secs(5), |bench, _, _| {
        let times = |name: &str| bench.ran().iter().filter(|it| it.starts_with(name)).count();
        wait_until("all others ran again and again", || {
            bench.clock.advance(Duration::from_millis(1));
            (1..10).all(|it| 3 <= times(&format!("quick {it}")))
        });
        assert_eq!(times("hangs"), 1);
        bench.let_go();
    });
}
