//! What is done to whole queues, and what is seen of them.

use super::Shop;
use mlango::domain::queue::Queue;
use mlango::domain::time::EngineTime;
use mlango::store::queues;
use serde_json::{Value, json};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

fn codes(status: &Value) -> Vec<&str> {
    status["issues"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

fn queue<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["queues"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap()
}

#[test]
fn a_paused_queue_is_seen_and_goes_on_again() {
    let shop = Shop::new();
    assert_eq!(shop.json(&["queue", "pause", "payments"]), json!({"pause": ["payments"]}));
    let status = shop.json(&["status"]);
    assert_eq!(queue(&status, "payments")["paused"], true);
    assert_eq!(queue(&status, "dashboard")["paused"], false);
    assert!(codes(&status).contains(&"queue_paused"), "{status}");
    shop.done(&["queue", "pause", "dashboard"]);
    shop.done(&["queue", "resume", "payments"]);
    let status = shop.json(&["status"]);
    assert_eq!(queue(&status, "payments")["paused"], false);
    assert!(!codes(&status).contains(&"queue_paused"), "no money waits in that one: {status}");
    assert_eq!(shop.json(&["queue", "pause"])["pause"].as_array().unwrap().len(), 10);
    shop.done(&["queue", "resume"]);
    assert_eq!(queue(&shop.json(&["status"]), "dashboard")["paused"], false);
    assert_eq!(shop.run(&["queue", "pause", "nonsense"]).code, 2);
}

#[test]
fn a_restart_reaches_the_server() {
    let shop = Shop::new();
    shop.done(&["queue", "restart", "payments"]); // Without one, it is for the next.
    let server = UnixDatagram::bind(shop.data_dir().join("wake.sock")).unwrap();
    server.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let out = shop.done(&["queue", "restart"]);
    assert!(out.contains("every queue gets new workers"), "{out}");
    let mut byte = [0];
    server.recv(&mut byte).unwrap();
    assert_eq!(byte, [1], "it is told of more than work");
    let restarts = |queue| shop.site().store.read(|conn| queues::restarts(conn, queue)).unwrap();
    assert_eq!((restarts(Queue::Payments), restarts(Queue::Default)), (2, 1));
}

#[test]
fn workers_are_named_with_what_they_do() {
    let shop = Shop::new();
    let out = shop.done(&["queue", "workers"]);
    assert!(out.contains("no server runs"), "{out}");
    assert_eq!(shop.json(&["queue", "workers"]), json!([]));

    shop.done(&["queue", "push", "send_credentials_sms", "--args", r#"{"subscription_id":7}"#]);
    let site = shop.site();
    let claimant = mlango::store::outbox::Claimant {
        boot_id: "b",
        worker: "hotspot-sms-2",
        shut_keys: "[]",
        limited_kinds: "[]",
    };
    let began = site.store.write(|tx| {
        queues::set_workers(tx, Queue::HotspotSms, 2)?;
        queues::set_workers(tx, Queue::Payments, 1)?;
        mlango::store::outbox::claim(tx, Queue::HotspotSms, &claimant)
    });
    assert!(began.unwrap().is_some_and(|it| EngineTime(0) < it.started));
    let _server = UnixDatagram::bind(shop.data_dir().join("wake.sock")).unwrap();
    let list = shop.json(&["queue", "workers"]);
    let names: Vec<_> = list.as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["payments-1", "hotspot-sms-1", "hotspot-sms-2"]);
    let uptime = list[2]["uptime_seconds"].as_u64();
    assert_eq!(
        list[2],
        json!({"name": "hotspot-sms-2", "queue": "hotspot-sms", "state": "busy",
               "uptime_seconds": uptime.unwrap(), "job_id": 1})
    );
    assert_eq!((&list[1]["state"], &list[1]["job_id"]), (&json!("idle"), &Value::Null));
    let table = shop.done(&["queue", "workers"]);
    assert!(table.contains("1 send_credentials_sms"), "{table}");
}

#[test]
fn a_long_queue_is_an_alert() {
    let shop = Shop::new();
    let all = shop.json(&["queue", "monitor"]);
    assert_eq!(all.as_array().unwrap().len(), 10);
    assert_eq!((&all[0]["name"], &all[0]["status"]), (&json!("default"), &json!("OK")));
    for key in ["workers", "busy", "paused", "ready", "oldest_ready_seconds", "p95_ms"] {
        assert!(all[0].get(key).is_some(), "{key}");
    }
    for delay in ["0s", "10m"] {
        let args = r#"{"subscription_id":7}"#;
        shop.done(&["queue", "push", "send_credentials_sms", "--args", args, "--delay", delay]);
    }
    let two = shop.json(&["queue", "monitor", "hotspot-sms,payments", "--max", "2"]);
    let names: Vec<_> = two.as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["payments", "hotspot-sms"]);
    assert_eq!((&two[1]["ready"], &two[1]["delayed"]), (&json!(1), &json!(1)));
    let ended = shop.run(&["queue", "monitor", "--max", "1", "--json"]);
    assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{}", ended.err);
    assert!(ended.err.contains("more than 1 jobs wait in hotspot-sms"), "{}", ended.err);
    assert!(ended.out.contains("ALERT"), "{}", ended.out);
    assert_eq!(shop.run(&["queue", "monitor", "payments", "--max", "1"]).code, 0);
}
