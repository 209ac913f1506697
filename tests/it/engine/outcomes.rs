//! Success, another try, a parking place, or an operator.

use super::{Bench, Brief, Plain, Step};
use mlango::domain::queue::Queue;
use mlango::engine::Ran;
use mlango::job::{Fate, Job as _};
use std::time::Duration;

#[test]
fn a_job_is_done_once_and_leaves_what_it_wrote() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    bench.settle();
    assert_eq!(bench.ran(), ["a cut_off=0"]);
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a"]);
    assert_eq!(bench.list("SELECT kind || ' ' || outcome FROM job_history"), ["plain done"]);
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn a_failure_is_tried_again_after_its_pause_and_then_given_up() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Fail]));
    bench.settle();
    assert_eq!(bench.ran().len(), 1);
    bench.pass(8); // Ten seconds, ten per cent less at most.
    assert_eq!(bench.ran().len(), 1);
    bench.pass(4);
    assert_eq!(bench.ran().len(), 2);
    bench.pass(34);
    assert_eq!(bench.jobs(), ["plain error"]);
    assert_eq!(bench.fates(), [Fate::Retried, Fate::Retried, Fate::Failed]);
    let outcomes = bench.list("SELECT outcome FROM job_history ORDER BY id");
    assert_eq!(outcomes, ["retry", "retry", "failed"]);
    assert_eq!(bench.list("SELECT error FROM failed_jobs"), ["a failed"]);
    let told = "SELECT name || ' ' || (body ->> '$.job.kind') || ': ' || (body ->> '$.error')
                || ' ' || (body ->> '$.job.tries') FROM events";
    assert_eq!(bench.list(told), ["job.failed plain: a failed 3"], "once, at the end");
}

#[test]
fn a_panic_is_a_failure_like_any_other() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Panic, Step::Succeed]));
    bench.settle();
    bench.pass(12);
    assert_eq!(bench.list("SELECT outcome FROM job_history ORDER BY id"), ["retry", "done"]);
}

#[test]
fn what_can_never_work_is_not_tried_again() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::GiveUp]));
    bench.settle();
    assert_eq!(bench.jobs(), ["plain error"]);
    assert_eq!(bench.ran().len(), 1);
}

#[test]
fn too_early_costs_no_try() {
    let bench = Bench::start();
    let snoozes = vec![Step::Snooze(60); 5];
    let steps: Vec<_> =
        snoozes.into_iter().chain([Step::Fail, Step::Fail, Step::Succeed]).collect();
    bench.add(&bench.plain("a", &steps));
    for _ in 0..10 {
        bench.pass(61);
    }
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a"], "{:?}", bench.jobs());
}

#[test]
fn money_is_parked_told_once_and_tried_now_and_then() {
    let bench = Bench::start();
    let job = bench.parking("a", &[Step::Fail], "router:1");
    bench.add(&job);
    for _ in 0..20 {
        bench.pass(130);
    }
    assert_eq!(bench.jobs(), ["parking waiting"]);
    let fates = bench.fates();
    assert_eq!(fates.iter().filter(|it| **it == Fate::Parked).count(), 1, "{fates:?}");
    assert!(fates.iter().filter(|it| **it == Fate::StillParked).count() >= 3, "{fates:?}");
}

#[test]
fn what_is_parked_goes_as_soon_as_its_key_works_again() {
    let bench = Bench::start();
    let mut steps = vec![Step::Fail; 5];
    steps.push(Step::Succeed);
    bench.add(&bench.parking("a", &steps, "router:1"));
    for seconds in [0, 6, 17, 34, 67] {
        bench.pass(seconds);
    }
    assert_eq!(bench.jobs(), ["parking waiting"]);
    bench.add(&bench.parking("other router", &[Step::Succeed], "router:2"));
    bench.settle();
    assert_eq!(bench.jobs(), ["parking waiting"], "that was not its router");
    bench.add(&bench.parking("same router", &[Step::Succeed], "router:1"));
    bench.pass(61); // By then one job has been let through to try the router.
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn args_that_do_not_decode_and_unknown_kinds_go_to_the_operator() {
    let bench = Bench::start();
    for kind in ["plain", "from_the_future"] {
        bench
            .store
            .write(|tx| {
                tx.execute(
                    "INSERT INTO jobs (queue, kind, args, priority, run_at_engine_ms, created_at_ms)
                     VALUES ('default', ?1, '{}', 3, 0, 0)",
                    [kind],
                )?;
                Ok(())
            })
            .unwrap();
    }
    bench.settle();
    assert_eq!(bench.jobs(), ["from_the_future error", "plain error"]);
}

#[test]
fn delayed_work_waits_for_its_time() {
    let bench = Bench::start();
    let job = bench.plain("later", &[Step::Succeed]);
    bench.store.write(|tx| job.enqueue_in(tx, Duration::from_secs(60))).unwrap();
    let ran = bench.engine.run_next(Queue::Default).unwrap();
    assert_eq!(ran, Ran::Nothing(Some(Duration::from_secs(60))));
    bench.pass(59);
    assert_eq!(bench.ran().len(), 0);
    bench.pass(1);
    assert_eq!(bench.ran().len(), 1);
}

#[test]
fn a_kind_has_tries_of_its_own_and_an_operator_the_last_word() {
    for (insisted, runs) in [(None, 1), (Some(2), 2)] {
        let bench = Bench::start();
        if let Some(tries) = insisted {
            bench.engine.insist_on_tries(tries);
        }
        let Plain { diary, name, steps, serial, unique } = bench.plain("a", &[Step::Fail]);
        bench.add(&Brief { diary, name, steps, serial, unique });
        for _ in 0..5 {
            bench.pass(100);
        }
        assert_eq!(bench.jobs(), ["brief error"]);
        assert_eq!(bench.ran().len(), runs);
    }
}

#[test]
fn a_panic_while_its_work_is_written_is_a_failure_of_the_job() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::PanicInWriting, Step::Succeed]));
    bench.settle();
    bench.pass(12);
    assert_eq!(bench.list("SELECT outcome FROM job_history ORDER BY id"), ["retry", "done"]);
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a"]);
}

#[test]
fn a_panic_in_its_failed_hook_keeps_no_job_running() {
    let bench = Bench::start();
    bench.add(&bench.plain("hook panics", &[Step::GiveUp]));
    bench.settle();
    assert_eq!(bench.jobs(), ["plain error"]);
    assert_eq!(bench.list("SELECT outcome FROM job_history"), ["failed"]);
}
