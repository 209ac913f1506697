//! Runs that end after their claim was taken back: they change neither tables nor breakers.

use super::{Bench, Step};
use mlango::domain::queue::Queue;
use mlango::engine::Next;
use mlango::job::Fate;
use mlango::store::orphans;
use mlango::store::outbox::Claim;

fn claim(bench: &Bench) -> Option<Claim> {
    match bench.engine.claim_next(Queue::Provisioning, "here").unwrap() {
        Next::Run(claim) => Some(*claim),
        Next::Nothing(_) => None,
    }
}

/// A run of a job of `router:1` that somebody took back, and that goes on all the same.
fn lost(bench: &Bench) -> Claim {
    let claim = claim(bench).expect("a job to be lost");
    bench.store.write(orphans::release_at_stop).unwrap();
    claim
}

fn end(bench: &Bench, claim: &Claim, step: Step) {
    bench.tell(step);
    bench.engine.run(claim).unwrap();
}

#[test]
fn late_failures_do_not_shut_a_key() {
    let bench = Bench::start();
    bench.add(&bench.parking("a", &[Step::Succeed], "router:1"));
    for _ in 0..4 {
        let late = lost(&bench);
        end(&bench, &late, Step::Fail);
    }
    assert_eq!(bench.fates(), [] as [Fate; 0], "it has not failed");
    assert!(claim(&bench).is_some(), "nobody who counts has found the router off");
}

#[test]
fn a_late_success_does_not_open_a_key() {
    let bench = Bench::start();
    bench.add(&bench.parking("a", &[Step::Fail], "router:1"));
    let late = lost(&bench);
    for seconds in [0, 6, 17] {
        bench.pass(seconds);
    }
    assert_eq!(bench.fates(), [Fate::Retried; 3]);
    bench.add(&bench.parking("b", &[Step::Succeed], "router:1"));
    assert!(claim(&bench).is_none(), "the router is left alone for a while");
    end(&bench, &late, Step::Succeed);
    assert!(claim(&bench).is_none(), "that was long ago");
    assert_eq!(bench.list("SELECT detail FROM audit"), [""; 0]);
}

#[test]
fn a_late_success_of_what_must_not_act_twice_is_no_failure() {
    let bench = Bench::start();
    bench.add(&bench.once("a", &[Step::Hang]));
    let Next::Run(late) = bench.engine.claim_next(Queue::HotspotSms, "here").unwrap() else {
        panic!("it is due");
    };
    std::thread::scope(|scope| {
        let run = scope.spawn(|| bench.engine.run(&late));
        super::pool::wait_until("it has begun", || !bench.ran().is_empty());
        bench.store.write(orphans::release_at_stop).unwrap();
        bench.let_go();
        run.join().unwrap().unwrap();
    });
    assert_eq!(bench.jobs(), ["once ready"]);
    assert_eq!(bench.fates(), [] as [Fate; 0]);
}
