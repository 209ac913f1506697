//! `mlango diagnose`: each thing is broken, and found.

use super::Shop;
use super::queue_failed::{fail, ids};
use super::serving::Serving;
use mlango::domain::queue::Queue;
use mlango::store::failed_jobs::Why;
use serde_json::Value;

const SECTIONS: [&str; 9] = [
    "1. prerequisites",
    "2. workers",
    "3. queues",
    "4. failed jobs",
    "5. performance and stuck jobs",
    "6. database",
    "7. logs",
    "8. issues",
    "9. auto-fix",
];

/// With nothing that the status page would warn of, where that can be.
fn shop() -> Shop {
    let shop = Shop::configured(
        "clock.trust = \"trusted\"\nbackup.copy_to = [\"/mnt/usb\"]\n\
         mpesa.hmac_secret_file = \"hmac.secret\"",
    );
    std::fs::create_dir_all(shop.data_dir()).unwrap();
    let secret = shop.data_dir().join("hmac.secret");
    std::fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(secret, private).unwrap();
    shop
}

/// The findings of a section that are not as they should be: what, what it means, what to do.
fn wrong(shop: &Shop, section: &str) -> Vec<(String, String, String)> {
    let ended = shop.run(&["diagnose", "--json"]);
    let all: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.err));
    let findings = all["findings"].as_array().unwrap().iter();
    let word = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    findings
        .filter(|it| it["section"] == section && !it["severity"].is_null())
        .map(|it| (word(it, "text"), word(it, "impact"), word(it, "advice")))
        .inspect(|it| assert!(!it.1.is_empty() && !it.2.is_empty(), "{it:?}"))
        .collect()
}

fn assert_finds(shop: &Shop, section: &str, text: &str, advice: &str) {
    let found = wrong(shop, section);
    let is_it = |it: &&(String, String, String)| it.0.contains(text) && it.2.contains(advice);
    assert!(found.iter().any(|it| is_it(&it)), "{text:?} with {advice:?} is not in {found:#?}");
}

#[test]
fn a_box_that_serves_is_well() {
    let shop = shop();
    let server = Serving::start(&shop);
    // Each queue notes its workers once they have begun.
    while shop.json(&["queue", "workers"]).as_array().unwrap().len() < 18 {}
    let ended = shop.run(&["diagnose", "--detailed"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    let headings: Vec<_> =
        ended.out.lines().filter(|it| it.starts_with(|at: char| at.is_ascii_digit())).collect();
    assert_eq!(headings, SECTIONS);
    assert!(ended.out.lines().all(|it| it.chars().count() <= 80), "{}", ended.out);
    assert!(ended.out.contains("18 workers") && !ended.out.contains(" ! "), "{}", ended.out);
    let brief = shop.done(&["diagnose"]);
    assert!(brief.len() < ended.out.len());
    server.end();
}

#[test]
fn without_a_server_nobody_works() {
    let shop = shop();
    let ended = shop.run(&["diagnose"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("1 thing is urgent"), "{}", ended.err);
    assert!(ended.out.contains("!! no server runs"), "{}", ended.out);
    assert!(ended.out.contains("means: Payments are not taken in"), "{}", ended.out);
    assert_finds(&shop, "workers", "no server runs", "systemctl start mlango");
}

#[test]
fn what_does_not_get_on_is_found() {
    let shop = shop();
    shop.done(&["queue", "pause", "payments"]);
    shop.done(&["queue", "push", "prune_history"]);
    shop.done(&["queue", "push", "process_payment", "--args", r#"{"callback_id":1}"#]);
    let hour_ago = "UPDATE jobs SET run_at_engine_ms = run_at_engine_ms - 3600000";
    shop.site().store.write(|tx| Ok(tx.execute(hour_ago, [])?)).unwrap();
    assert_finds(&shop, "queues", "payments is paused", "queue resume payments");
    assert_finds(&shop, "queues", "a job of default has been due for 60 min", "queue workers");
    assert_finds(&shop, "issues", "payments is paused", "queue resume payments");
    let late = wrong(&shop, "queues").into_iter().filter(|it| it.0.contains("payments has"));
    assert_eq!(late.count(), 0, "it is paused, so it waits");
    let stuck = "UPDATE jobs SET state = 'running', boot_id = 'b', worker = 'default-1', runs = 1,
                                 started_engine_ms = run_at_engine_ms WHERE queue = 'default'";
    shop.site().store.write(|tx| Ok(tx.execute(stuck, [])?)).unwrap();
    let section = "performance and stuck jobs";
    assert_finds(&shop, section, "(prune_history) has been running for 60 min", "restart mlango");
}

#[test]
fn failures_are_grouped_and_told_by_who_waits() {
    let shop = shop();
    for number in 0..12 {
        fail(&shop, Queue::LogRotation, Why::Error, &format!("file {number}: not permitted"));
    }
    fail(&shop, Queue::Provisioning, Why::Crash, "3 crashes");
    let found = wrong(&shop, "failed jobs");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_finds(&shop, "failed jobs", "12 × check_something, again and again", "log-rotation");
    let waits = found.iter().filter(|it| it.1.contains("A customer waits")).count();
    assert_eq!(waits, 1, "{found:#?}");
}

#[test]
fn what_nobody_waits_for_is_forgotten_and_workers_start_afresh() {
    let shop = shop();
    let harmless = fail(&shop, Queue::LogRotation, Why::Error, "not permitted").0;
    let critical = fail(&shop, Queue::Provisioning, Why::Crash, "3 crashes").0;
    let server = Serving::start(&shop);
    let ended = shop.run(&["diagnose", "--fix-failed"]);
    assert!(ended.out.contains("1 failed job was forgotten"), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("every queue has new workers"), "{}", ended.out);
    assert_eq!(ended.code, 1, "a customer waits for the other");
    assert_eq!(ids(&shop), [critical]);
    shop.done(&["queue", "undo"]);
    assert_eq!(ids(&shop), [critical, harmless]);
    server.end();
}

#[test]
fn errors_in_the_logs_are_shown() {
    let shop = shop();
    let logs = shop.data_dir().join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    let line = "2026-11-22T11:05:09Z ERROR the gateway has no credit left job=7\n";
    std::fs::write(logs.join("hotspot-sms-queue.log"), line.repeat(3)).unwrap();
    assert_finds(&shop, "logs", "3 errors at the end of hotspot-sms-queue.log", "--logs");
    let shown = shop.run(&["diagnose", "--logs"]).out;
    assert_eq!(shown.matches("\n  2026-11-22T11:05:09Z ERROR the gateway").count(), 3, "{shown}");
}

#[test]
fn a_damaged_database_is_found() {
    use std::os::unix::fs::FileExt as _;
    let shop = shop();
    let damage = |index: &str| {
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        let site = shop.site();
        let read = site.store.read(|conn| Ok(conn.query_row(root, [index], |row| row.get(0))?));
        let page: u32 = read.unwrap();
        site.store.rest().unwrap();
        drop(site);
        let file = std::fs::File::options().write(true).open(shop.data_dir().join("mlango.db"));
        file.unwrap().write_all_at(&[0xff; 64], u64::from(page - 1) * 4096).unwrap();
    };
    damage("audit_about");
    assert_finds(&shop, "database", "it is damaged", "restore the last backup");
    damage("job_history_queue");
    assert_finds(&shop, "database", "it cannot be read", "restore the last backup");
}
