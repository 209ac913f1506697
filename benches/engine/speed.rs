//! How fast jobs are owed, found, begun and done.

use super::rig::{BEGAN, RAN, Rig, print, rate, tick};
use mlango::domain::queue::Queue;
use mlango::engine::Next;
use mlango::job::Job as _;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// Each job in a durable write of its own.
pub(crate) fn enqueue(producers: usize) {
    let (rig, each) = (Rig::new(1), 4_000 / producers);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..producers {
            scope.spawn(|| {
                for _ in 0..each {
                    rig.store.write(|tx| tick().enqueue(tx)).unwrap();
                }
            });
        }
    });
    let rate = rate(each * producers, start);
    println!("enqueue, durable, {producers} producers: {rate:.0}/s");
}

/// Eighteen workers, each job's end a durable write.
pub(crate) fn drain() {
    let (rig, count) = (Rig::new(18), 10_000);
    rig.fill(count, Duration::ZERO);
    RAN.store(0, SeqCst);
    let start = Instant::now();
    let rate = rig.beside_pool(|| {
        while RAN.load(SeqCst) < count {
            std::thread::sleep(Duration::from_millis(1));
        }
        rate(count, start)
    });
    println!("drain, durable, 18 workers: {rate:.0}/s");
}

/// On an idle box: from the commit that owes a job to its first line.
pub(crate) fn pick_up() {
    let rig = Rig::new(2);
    let mut from_commit = Vec::new();
    let mut in_all = Vec::new();
    rig.beside_pool(|| {
        for _ in 0..300 {
            std::thread::sleep(Duration::from_millis(20)); // All workers rest again.
            RAN.store(0, SeqCst);
            let start = Instant::now();
            rig.store.write(|tx| tick().enqueue(tx)).unwrap();
            let committed = Instant::now();
            while RAN.load(SeqCst) == 0 {
                std::thread::yield_now();
            }
            let began = BEGAN.lock().unwrap().unwrap();
            from_commit.push(began.saturating_duration_since(committed));
            in_all.push(began - start);
        }
    });
    print("pick-up from commit to first line (p50 < 0.5 ms, p99 < 3 ms)", from_commit);
    print("pick-up with the commit itself", in_all);
}

/// Finds, claims and ends jobs one by one, with so many waiting, half of them not yet due.
pub(crate) fn fetch(waiting: usize) -> f64 {
    let (rig, count) = (Rig::new(1), 400);
    rig.fill(waiting / 2, Duration::from_secs(3_600));
    rig.fill(waiting - waiting / 2, Duration::ZERO);
    rig.store.rest().unwrap();
    let mut claims = Vec::new();
    let start = Instant::now();
    for _ in 0..count {
        let begun = Instant::now();
        let Next::Run(claim) = rig.engine.claim_next(Queue::Default, "bench").unwrap() else {
            panic!("nothing is due");
        };
        claims.push(begun.elapsed());
        rig.engine.run(&claim).unwrap();
    }
    let rate = rate(count, start);
    println!("drain by one, {waiting} waiting: {rate:.0}/s");
    print("  of which a claim", claims);
    rate
}
