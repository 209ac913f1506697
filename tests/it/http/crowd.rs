//! Pages of a box that has much behind it: 100,000 payments and 10,000 failed jobs. What they take
//! is printed; they are to answer in under 100 ms.

use super::desk::{Desk, text};
use crate::harness::Appliance;
use mlango::domain::router::Access;
use std::time::{Duration, Instant};

const PAYMENTS: u32 = 100_000;
const FAILED: u32 = 10_000;
const PAGES: [&str; 11] = [
    "/",
    "/counter",
    "/payments",
    "/payments?state=received&before=50000",
    "/payments?state=not-let-in",
    "/payments/99999",
    "/customers",
    "/customers/17",
    "/failed",
    "/failed?queue=hotspot-sms&before=5000",
    "/queues",
];

/// A payment every 14 minutes, the last one just now: its customer, what it bought, and whom that
/// was told.
fn fill(desk: &Desk) {
    let store = &desk.box_.store;
    let now = store.now();
    store
        .write(|tx| {
            tx.execute_batch(&format!(
                "CREATE TEMP TABLE nth AS
                   WITH RECURSIVE nth (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM nth
                                              WHERE n < {PAYMENTS}) SELECT n FROM nth;
                 INSERT INTO customers (id, phone, phone_hash, username, password, created_at_ms)
                   SELECT n, '2547' || format('%08d', n), format('%064x', n), 'hs_' || n, 'x',
                          {wall}
                   FROM nth WHERE n <= 5000;
                 INSERT INTO payments (id, state, door, amount_cents, receipt, customer_id,
                                       package_id, is_known, created_at_ms, created_engine_ms,
                                       received_at_ms, received_engine_ms)
                   SELECT n, 'received', 'stk', 2000, format('SKL%07d', n), 1 + n % 5000, 1, 1,
                          {wall} - ({PAYMENTS} - n) * 840000, 0,
                          {wall} - ({PAYMENTS} - n) * 840000, 0
                   FROM nth;
                 INSERT INTO subscriptions (id, customer_id, package_id, state, username, password,
                                            seconds, devices, starts, starts_at_ms,
                                            starts_engine_ms, ends_at_ms, ends_engine_ms,
                                            created_at_ms)
                   SELECT n, 1 + n % 5000, 1, 'expired', 'hs_' || (1 + n % 5000), 'x', 3600, 1,
                          'access', 0, 0, 0, 0, 0
                   FROM nth;
                 INSERT INTO grants (payment_id, subscription_id, seconds, is_by_price,
                                     granted_at_ms)
                   SELECT n, n, 3600, 0, 0 FROM nth;
                 INSERT INTO deliveries (subscription_id, target, state, tries, at_ms)
                   SELECT n, it, 'verified', 1, {wall} - ({PAYMENTS} - n) * 840000
                   FROM nth, (SELECT 'router:1' AS it UNION ALL SELECT 'sms:1');
                 INSERT INTO failed_jobs (id, queue, kind, args, priority, runs, why, error,
                                          fingerprint, failed_at_ms, failed_engine_ms)
                   SELECT n, 'hotspot-sms', 'send_credentials_sms',
                          json_object('subscription_id', n), 3, 3, 'error',
                          'the gateway says no: ' || hex(randomblob(200)),
                          'send_credentials_sms: ' || (n % 40), {wall}, 0
                   FROM nth WHERE n <= {FAILED};
                 INSERT INTO job_history (job_id, queue, kind, run, outcome, wait_ms, run_ms,
                                          ended_at_ms)
                   SELECT n, 'payments', 'process_payment', 1, 'done', 5, 20, {wall} - n * 1000
                   FROM nth;
                 DROP TABLE nth;",
                wall = now.wall.0,
            ))?;
            Ok(())
        })
        .unwrap();
}

#[test]
fn pages_of_a_box_with_much_behind_it_answer_at_once() {
    let desk = Desk::of(Appliance::with_router(Access::Local));
    fill(&desk);
    let browser = desk.browser();
    for path in PAGES {
        let mut took: Vec<Duration> = Vec::new();
        for _ in 0..5 {
            let since = Instant::now();
            let page = browser.get(path);
            took.push(since.elapsed());
            assert_eq!(page.status, 200, "{path}: {}", text(&page));
        }
        took.sort();
        let kib = browser.get(path).body.len() / 1024;
        let (median, worst) = (took[2].as_secs_f64() * 1e3, took[4].as_secs_f64() * 1e3);
        println!("    {path}: {median:.1} ms, at worst {worst:.1} ms, {kib} KiB");
    }
    let status = text(&browser.get("/"));
    assert!(status.contains("250 × send_credentials_sms"), "failures are grouped");
    assert!(text(&browser.get("/failed")).contains("/failed?queue=&amp;before=9976"));
}
