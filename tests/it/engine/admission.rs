//! What is not even claimed: a refusal costs no try, no run and no write.

use super::{Bench, Step};
use mlango::domain::queue::Queue;
use mlango::engine::Ran;
use mlango::store::queues;
use std::time::Duration;

/// All that a claim would change.
fn traces(bench: &Bench) -> Vec<String> {
    bench.list(
        "SELECT json_array(id, state, runs, failures, exceptions, snoozes, run_at_engine_ms)
         FROM jobs UNION ALL SELECT 'ended ' || count(*) FROM job_history ORDER BY 1",
    )
}

#[test]
fn a_key_that_fails_is_left_alone_and_others_are_not() {
    let bench = Bench::start();
    bench.add(&bench.parking("a", &[Step::Fail], "router:1"));
    for seconds in [0, 6, 17] {
        bench.pass(seconds);
    }
    assert_eq!(bench.ran().len(), 3, "three failures in a row");
    bench.add(&bench.parking("b", &[Step::Succeed], "router:1"));
    let before = traces(&bench);
    let refused = bench.engine.run_next(Queue::Provisioning).unwrap();
    assert_eq!(refused, Ran::Nothing(Some(Duration::from_secs(15))), "until the next probe");
    assert_eq!(traces(&bench), before);
    bench.add(&bench.parking("c", &[Step::Succeed], "router:2"));
    bench.settle();
    assert_eq!(bench.list("SELECT detail FROM audit"), ["c"], "another router's job may go");
    bench.pass(15);
    assert_eq!(bench.list("SELECT detail FROM audit"), ["c", "b"], "the probe");
}

#[test]
fn a_limited_kind_waits_for_its_turn_and_others_pass_it() {
    let bench = Bench::start();
    for name in ["a", "b", "c"] {
        bench.add(&bench.limited(name));
    }
    bench.settle();
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a", "b"], "two in a minute");
    bench.pass(40);
    let before = traces(&bench);
    let refused = bench.engine.run_next(Queue::Default).unwrap();
    assert_eq!(refused, Ran::Nothing(Some(Duration::from_secs(20))));
    assert_eq!(traces(&bench), before);
    bench.add(&bench.plain("d", &[Step::Succeed]));
    bench.settle();
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a", "b", "d"]);
    bench.pass(20);
    assert_eq!(bench.list("SELECT detail FROM audit"), ["a", "b", "d", "c"]);
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn a_paused_queue_is_left_alone_until_it_goes_on() {
    let bench = Bench::start();
    bench.add(&bench.plain("a", &[Step::Succeed]));
    bench.store.write(|tx| queues::pause(tx, Queue::Default)).unwrap();
    let before = traces(&bench);
    assert_eq!(bench.engine.run_next(Queue::Default).unwrap(), Ran::Nothing(None));
    assert_eq!(traces(&bench), before);
    let bench = bench.restart("boot-2");
    assert_eq!(bench.engine.run_next(Queue::Default).unwrap(), Ran::Nothing(None), "still paused");
    bench.store.write(|tx| queues::resume(tx, Queue::Default)).unwrap();
    assert_eq!(bench.engine.run_next(Queue::Default).unwrap(), Ran::One);
}
