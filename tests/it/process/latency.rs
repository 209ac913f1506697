//! How long a customer waits, from the callback to a user that the router was seen to have. The
//! figures are printed and judged by people: a machine that is busy must not fail a test.

use super::kiosk::{Kiosk, ROUTER_LATENCY, Trust};
use super::producers::Producer;
use super::server::eventually;
use mlango_sim::{Dialect, Router};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const ONE_BY_ONE: u64 = 100;
const AT_ONCE: u64 = 20;

#[test]
fn customers_are_let_in_and_the_time_it_takes_is_printed() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], "");
    let router = &kiosk.routers[0];
    let server = kiosk.start(Trust::Token);
    let mut producer = Producer::new(&kiosk, 0);

    let first = wait_for_access(&kiosk, &mut producer, 0);
    let (commands, connections) = (router.commands().len(), router.connections());
    let waits: Vec<_> = (1..=ONE_BY_ONE)
        .map(|nth| wait_for_access(&kiosk, &mut producer, nth * Producer::WAYS))
        .collect();
    let each = (router.commands().len() - commands) as u64 / ONE_BY_ONE;
    super::say(&format!("callback to access, {ROUTER_LATENCY:?} a command: first {first:.0?}"));
    super::say(&format!(
        "  {ONE_BY_ONE} one by one: {}, {each} commands each, {} new connections",
        spread(waits),
        router.connections() - connections
    ));

    let barrier = Barrier::new(usize::try_from(AT_ONCE).unwrap());
    let producers: Vec<_> = (1..=AT_ONCE).map(|it| Producer::new(&kiosk, it)).collect();
    let waits = thread::scope(|scope| {
        let (barrier, kiosk) = (&barrier, &kiosk);
        let wait = |mut producer: Producer| {
            scope.spawn(move || {
                barrier.wait();
                wait_for_access(kiosk, &mut producer, 0)
            })
        };
        let threads: Vec<_> = producers.into_iter().map(wait).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    super::say(&format!("  {AT_ONCE} at once: {}", spread(waits)));
    say_where_it_went(&kiosk);
    assert_eq!(router.users().len() as u64, 1 + ONE_BY_ONE + AT_ONCE);
    assert!(server.terminate().status.success());
}

/// One sale, until the box has read the user back from the router.
fn wait_for_access(kiosk: &Kiosk, producer: &mut Producer, nth: u64) -> Duration {
    let facts = kiosk.facts();
    let since = Instant::now();
    let username = producer.sell_now(nth);
    let sql = "SELECT count(*) FROM deliveries JOIN subscriptions ON id = subscription_id
               WHERE username = ?1 AND target LIKE 'router:%' AND deliveries.state = 'verified'";
    eventually("the customer is let in", || facts.count_with(sql, [&username]) == 1);
    let took = since.elapsed();
    assert!(has_user(&kiosk.routers[0], &username));
    took
}

fn has_user(router: &Router, name: &str) -> bool {
    router.user(name).is_some_and(|it| it.limit_uptime.is_some())
}

fn spread(mut waits: Vec<Duration>) -> String {
    waits.sort_unstable();
    let at = |percent: usize| waits[(waits.len() * percent / 100).min(waits.len() - 1)];
    let at = |percent| at(percent).as_millis();
    format!("p50 {}, p95 {}, max {} ms", at(50), at(95), at(100))
}

fn say_where_it_went(kiosk: &Kiosk) {
    let sql = "SELECT kind, count(*), avg(wait_ms), avg(run_ms) FROM job_history
               WHERE outcome = 'done' GROUP BY kind ORDER BY min(id)";
    type Row = (String, i64, f64, f64);
    let rows: Vec<Row> = kiosk.facts().rows(sql, |row| row.try_into());
    for (kind, count, wait, run) in rows {
        super::say(&format!("  {kind}: {count} runs, waited {wait:.1} ms, ran {run:.1} ms"));
    }
}
