//! Jobs that belong together, in a batch or in a row, whatever is cut off on the way.

use super::{Bench, KINDS, Plain, Step, invariants};
use mlango::domain::ids::JobId;
use mlango::domain::queue::Queue;
use mlango::engine::Next;
use mlango::job::Job as _;
use mlango::store::batches::{self, NewBatch};
use mlango::store::failed_jobs;
use mlango::store::outbox::{self, NewJob};
use std::time::Duration;

fn owed(job: &Plain) -> NewJob {
    job.to_new_job().unwrap()
}

/// A batch of jobs, with all three callbacks.
fn add_batch(bench: &Bench, jobs: &[Plain]) {
    let callback = |name| Some(owed(&bench.plain(name, &[Step::Succeed])));
    let batch = NewBatch {
        name: "test",
        jobs: jobs.iter().map(owed).collect(),
        then: callback("then"),
        catch: callback("catch"),
        finally: callback("finally"),
    };
    bench.store.write(|tx| batches::insert(tx, batch)).unwrap().unwrap();
}

fn done(bench: &Bench) -> Vec<String> {
    bench.list("SELECT detail FROM audit ORDER BY id")
}

fn check(bench: &Bench, boot_id: &str) {
    let settings = bench.engine.settings();
    bench
        .store
        .read(|conn| {
            invariants::check(conn, boot_id, KINDS, &settings);
            Ok(())
        })
        .unwrap();
}

fn retry(bench: &Bench, id: i64) {
    assert!(bench.store.write(|tx| failed_jobs::retry(tx, JobId(id))).unwrap());
}

#[test]
fn when_all_are_done_then_and_finally_are_owed_once() {
    let bench = Bench::start();
    add_batch(&bench, &["a", "b", "c"].map(|it| bench.plain(it, &[Step::Succeed])));
    for count in 1..=3 {
        bench.engine.run_next(Queue::Default).unwrap();
        assert_eq!(done(&bench).len(), count);
        check(&bench, "boot-1");
    }
    bench.settle();
    assert_eq!(done(&bench), ["a", "b", "c", "then", "finally"]);
}

#[test]
fn the_first_failure_is_caught_and_a_retry_leads_to_then() {
    let bench = Bench::start();
    let fails_once = [Step::GiveUp, Step::Succeed];
    let jobs = [("a", &fails_once[..]), ("b", &fails_once), ("c", &fails_once[1..])];
    add_batch(&bench, &jobs.map(|(name, steps)| bench.plain(name, steps)));
    bench.settle();
    assert_eq!(done(&bench), ["c", "catch", "finally"], "one catch for two failures");
    check(&bench, "boot-1");
    retry(&bench, 1);
    bench.settle();
    assert_eq!(done(&bench), ["c", "catch", "finally", "a"], "one has failed still");
    retry(&bench, 2);
    bench.settle();
    assert_eq!(done(&bench), ["c", "catch", "finally", "a", "b", "then"]);
    check(&bench, "boot-1");
}

#[test]
fn whatever_is_cut_off_each_is_owed_exactly_once() {
    for (next_boot, is_failing) in [("boot-1", false), ("boot-1", true), ("boot-2", true)] {
        let mut bench = Bench::start();
        let first = if is_failing { Step::GiveUp } else { Step::Succeed };
        let jobs = [bench.plain("a", &[first]), bench.plain("b", &[Step::Succeed])];
        add_batch(&bench, &jobs);
        let mut boot = "boot-1";
        // Each run is cut off once before it acts, callbacks too, and then goes to its end.
        while let Next::Run(_) = bench.engine.claim_next(Queue::Default, "here").unwrap() {
            bench = bench.restart(next_boot);
            boot = next_boot;
            check(&bench, boot);
            bench.engine.run_next(Queue::Default).unwrap();
        }
        let expected: &[&str] =
            if is_failing { &["b", "catch", "finally"] } else { &["a", "b", "finally", "then"] };
        let mut done = done(&bench);
        done.sort();
        assert_eq!(done, expected);
        check(&bench, boot);
    }
}

#[test]
fn a_job_that_crashes_the_program_fails_its_batch() {
    let mut bench = Bench::start();
    add_batch(&bench, &[bench.plain("a", &[Step::Succeed])]);
    for _ in 0..3 {
        let claimed = bench.engine.claim_next(Queue::Default, "here").unwrap();
        assert!(matches!(claimed, Next::Run(_)));
        bench = bench.restart("boot-1");
        check(&bench, "boot-1");
    }
    bench.settle();
    assert_eq!(done(&bench), ["catch", "finally"]);
}

fn unique(bench: &Bench, name: &str, steps: &[Step]) -> Plain {
    Plain { unique: Some("x".to_owned()), ..bench.plain(name, steps) }
}

#[test]
fn a_live_twin_keeps_no_job_out_of_its_batch() {
    let bench = Bench::start();
    bench.add(&unique(&bench, "twin", &[Step::Snooze(60), Step::Succeed]));
    bench.settle();
    add_batch(&bench, &[unique(&bench, "a", &[Step::Succeed])]);
    check(&bench, "boot-1");
    bench.settle();
    assert_eq!(done(&bench), ["a", "then", "finally"], "its own work is done, so it is over");
    bench.pass(60);
    assert_eq!(done(&bench), ["a", "then", "finally", "twin"]);
}

#[test]
fn a_live_twin_takes_no_chain_away() {
    let bench = Bench::start();
    bench.add(&unique(&bench, "twin", &[Step::Succeed]));
    let chain = vec![owed(&bench.plain("b", &[Step::Succeed]))];
    let chained = NewJob { chain, ..owed(&unique(&bench, "a", &[Step::Succeed])) };
    assert!(bench.store.write(|tx| outbox::insert(tx, &chained)).unwrap().is_some());
    check(&bench, "boot-1");
    bench.settle();
    assert_eq!(done(&bench), ["twin", "a", "b"]);
}

#[test]
fn a_retry_beside_a_live_twin_keeps_chain_and_batch() {
    let bench = Bench::start();
    let fails_once = [Step::GiveUp, Step::Succeed];
    let chain = vec![owed(&bench.plain("after", &[Step::Succeed]))];
    let chained = NewJob { chain, ..owed(&unique(&bench, "chained", &fails_once)) };
    bench.store.write(|tx| outbox::insert(tx, &chained)).unwrap().unwrap();
    bench.settle();
    add_batch(&bench, &[unique(&bench, "member", &fails_once)]);
    bench.settle();
    assert_eq!(done(&bench), ["catch", "finally"]);

    bench.add(&unique(&bench, "twin", &[Step::Succeed]));
    retry(&bench, 1);
    retry(&bench, 2);
    check(&bench, "boot-1");
    bench.settle();
    let mut done = done(&bench);
    done.sort();
    let expected = ["after", "catch", "chained", "finally", "member", "then", "twin"];
    assert_eq!(done, expected);
}

#[test]
fn a_batch_waits_for_the_chains_of_its_jobs_and_its_callbacks_have_their_own() {
    let bench = Bench::start();
    let chain = |name: &str, steps: &[Step]| vec![owed(&bench.plain(name, steps))];
    let [a, b, then] = ["a", "b", "then"].map(|it| owed(&bench.plain(it, &[Step::Succeed])));
    let late = NewJob { delay: Duration::from_secs(60), ..then.clone() };
    let batch = NewBatch {
        name: "test",
        jobs: vec![a, NewJob { chain: chain("b2", &[Step::GiveUp, Step::Succeed]), ..b }],
        then: Some(NewJob { chain: chain("then2", &[Step::Succeed]), ..late }),
        catch: None,
        finally: None,
    };
    bench.store.write(|tx| batches::insert(tx, batch)).unwrap().unwrap();
    bench.settle();
    assert_eq!(done(&bench), ["a", "b"], "the last link of a chain has failed");
    check(&bench, "boot-1");
    retry(&bench, 3);
    bench.settle();
    bench.pass(59);
    assert_eq!(done(&bench), ["a", "b", "b2"], "what is owed later is not owed yet");
    bench.pass(1);
    assert_eq!(done(&bench), ["a", "b", "b2", "then", "then2"]);
    check(&bench, "boot-1");
}

#[test]
fn what_a_gone_key_takes_along_is_followed_by_what_was_chained() {
    let bench = Bench::start();
    let chain = vec![owed(&bench.plain("after", &[Step::Succeed]))];
    let job = bench.parking("a", &[Step::Succeed], "router:1").to_new_job().unwrap();
    bench.store.write(|tx| outbox::insert(tx, &NewJob { chain, ..job })).unwrap().unwrap();
    bench.store.write(|tx| outbox::forget_serial(tx, "router:1")).unwrap();
    bench.settle();
    assert_eq!(done(&bench), ["after"]);
}

/// Three jobs, each owed when the one before is done.
fn add_chain(bench: &Bench, second: &[Step]) {
    let links = [bench.plain("b", second), bench.plain("c", &[Step::Succeed])];
    let chain = links.iter().map(owed).collect();
    let first = NewJob { chain, ..owed(&bench.plain("a", &[Step::Succeed])) };
    bench.store.write(|tx| outbox::insert(tx, &first)).unwrap().unwrap();
}

#[test]
fn a_chain_goes_link_by_link_over_crashes() {
    let mut bench = Bench::start();
    add_chain(&bench, &[Step::Succeed]);
    for expected in [&["a"][..], &["a", "b"], &["a", "b", "c"]] {
        let claimed = bench.engine.claim_next(Queue::Default, "here").unwrap();
        assert!(matches!(claimed, Next::Run(_)));
        bench = bench.restart("boot-1");
        assert_eq!(bench.jobs(), ["plain ready"], "never two links at once");
        bench.engine.run_next(Queue::Default).unwrap();
        assert_eq!(done(&bench), expected);
        check(&bench, "boot-1");
    }
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn a_link_that_failed_holds_up_the_rest_until_it_is_retried() {
    let bench = Bench::start();
    add_chain(&bench, &[Step::GiveUp, Step::Succeed]);
    bench.settle();
    assert_eq!(done(&bench), ["a"]);
    let bench = bench.restart("boot-2");
    assert_eq!(bench.jobs(), ["plain error"]);
    retry(&bench, 2);
    bench.settle();
    assert_eq!(done(&bench), ["a", "b", "c"]);
    check(&bench, "boot-2");
}
