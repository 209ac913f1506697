//! `mlango queue failed` and what is done about them.

use super::Shop;
use crate::harness::Appliance;
use crate::sale::{PHONE, stk};
use mlango::domain::ids::JobId;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::queue::Queue;
use mlango::domain::router::Access;
use mlango::jobs::by_hand::{self, Chosen, Narrowed};
use mlango::sms::SmsError;
use mlango::store::failed_jobs::{self, Why};
use mlango::store::outbox::{self, Claimant, NewJob};
use serde_json::json;
use std::borrow::Cow;
use std::time::Duration;

/// A job of that queue is begun and given up.
pub(super) fn fail(shop: &Shop, queue: Queue, why: Why, error: &str) -> JobId {
    let claimant = Claimant { boot_id: "b", worker: "w-1", shut_keys: "[]", limited_kinds: "[]" };
    let failed = shop.site().store.write(|tx| {
        let job = NewJob {
            queue,
            kind: Cow::Borrowed("check_something"),
            args: r#"{"router_id":1}"#.to_owned(),
            priority: 1,
            delay: Duration::ZERO,
            not_before: None,
            serial_key: None,
            unique_key: None,
            about: None,
            tags: vec!["router:1".to_owned()],
            batch_id: None,
            chain: Vec::new(),
        };
        outbox::insert(tx, &job)?;
        let claim = outbox::claim(tx, queue, &claimant)?.unwrap();
        failed_jobs::bury(tx, &claim, why, error)?;
        Ok(claim.id)
    });
    failed.unwrap()
}

pub(super) fn ids(shop: &Shop) -> Vec<i64> {
    let list = shop.json(&["queue", "failed"]);
    list.as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

#[test]
fn failed_jobs_are_listed_and_grouped() {
    let shop = Shop::new();
    assert_eq!(shop.done(&["queue", "failed"]), "no job has failed\n");
    fail(&shop, Queue::RouterData, Why::Error, "router 3 is away");
    fail(&shop, Queue::RouterData, Why::Timeout, "router 14 is away");
    fail(&shop, Queue::Default, Why::Error, "the disk is full");
    assert_eq!(ids(&shop), [3, 2, 1], "the newest first");
    let one = &shop.json(&["queue", "failed", "--queue", "default"])[0];
    let at = one["failed_at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.len() == 20, "{at}");
    let rest = json!({
        "id": 3, "queue": "default", "kind": "check_something", "args": {"router_id": 1},
        "error": "the disk is full", "tries": 1, "failed_at": at, "tags": ["router:1"],
    });
    assert_eq!(*one, rest);
    let groups = shop.json(&["queue", "failed", "--group"]);
    assert_eq!(groups.as_array().unwrap().len(), 2, "{groups}");
    assert_eq!((&groups[0]["count"], &groups[0]["id"]), (&json!(2), &json!(2)));
    let table = shop.done(&["queue", "failed"]);
    assert!(table.contains("router 14 is away") || table.contains('…'), "{table}");
    assert!(table.lines().all(|it| it.chars().count() <= 80), "{table}");
    assert_eq!(shop.run(&["queue", "failed", "--queue", "nonsense"]).code, 2);
}

#[test]
fn failed_jobs_are_tried_again_by_number_and_all_at_once() {
    let shop = Shop::new();
    for _ in 0..3 {
        fail(&shop, Queue::RouterData, Why::Error, "away");
    }
    fail(&shop, Queue::Default, Why::Error, "full");
    fail(&shop, Queue::Default, Why::Crash, "3 crashes");
    assert_eq!(shop.json(&["queue", "retry", "1"])["retried"], json!([1]));
    let err = shop.refused(&["queue", "retry", "1"]);
    assert!(err.contains("job 1 is not among the failed"), "{err}");
    shop.done(&["queue", "retry", "all", "--range", "1-2"]);
    assert_eq!(ids(&shop), [5, 4, 3]);
    shop.done(&["queue", "retry", "all", "--queue", "router-data", "--since", "1h"]);
    assert_eq!(ids(&shop), [5, 4]);
    let out = shop.done(&["queue", "retry", "all"]);
    assert!(
        out.contains("1 job to be tried again; left in quarantine for crashing the box: 1 job"),
        "{out}"
    );
    assert_eq!(ids(&shop), [5], "it crashed the box");
    shop.done(&["queue", "retry", "5"]);
    assert_eq!(ids(&shop), [0; 0]);
    let site = shop.site();
    let ready: i64 = site
        .store
        .read(|conn| {
            let sql = "SELECT count(*) FROM jobs WHERE state = 'ready'";
            Ok(conn.query_row(sql, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(ready, 5);
    let audited: i64 = site
        .store
        .read(|conn| {
            let sql = "SELECT count(*) FROM audit WHERE who = 'cli' AND what = 'queue retry'";
            Ok(conn.query_row(sql, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(audited, 5, "what changed nothing is not noted");
    for wrong in [&["queue", "retry"][..], &["queue", "retry", "some"]] {
        assert_eq!(shop.run(wrong).code, 2);
    }
}

#[test]
fn what_was_taken_away_comes_back() {
    let shop = Shop::new();
    for _ in 0..3 {
        fail(&shop, Queue::Default, Why::Error, "full");
    }
    fail(&shop, Queue::Dashboard, Why::Error, "full");
    assert_eq!(shop.json(&["queue", "forget", "2"])["forgotten"], json!([2]));
    assert_eq!(ids(&shop), [4, 3, 1]);
    shop.refused(&["queue", "forget", "2"]);
    assert_eq!(shop.json(&["queue", "flush", "--hours", "1"])["forgotten"], json!([]));
    shop.done(&["queue", "flush", "--queue", "default"]);
    assert_eq!(ids(&shop), [4]);
    assert_eq!(shop.json(&["queue", "undo"])["restored"], 3);
    assert_eq!(ids(&shop), [4, 3, 2, 1]);
    assert_eq!(shop.json(&["queue", "prune-failed", "--hours", "1"])["pruned"], 0);
    assert_eq!(shop.json(&["queue", "prune-failed", "--hours", "0"])["pruned"], 4);
    assert_eq!(shop.json(&["queue", "undo"])["restored"], 0, "for good");
}

#[test]
fn an_sms_that_failed_is_sent_when_it_is_tried_again() {
    let box_ = Appliance::with_router(Access::Local);
    let refusal = SmsError::Refused("no credit".to_owned());
    box_.sms.next_errors.lock().unwrap().push(refusal);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(box_.list("SELECT kind FROM failed_jobs"), ["send_credentials_sms"]);
    assert_eq!(box_.one("SELECT state FROM deliveries WHERE target = 'sms:1'"), "failed");
    let retried = box_
        .store
        .write(|tx| by_hand::retry(tx, "cli", &Chosen::All, &Narrowed::default()))
        .unwrap();
    assert_eq!(retried.retried.len(), 1);
    assert_eq!(box_.one("SELECT state FROM deliveries WHERE target = 'sms:1'"), "queued");
    box_.settle();
    assert_eq!(box_.sms.texts().len(), 1);
    assert_eq!(box_.one("SELECT state FROM deliveries WHERE target = 'sms:1'"), "verified");
    assert_eq!(box_.list("SELECT kind FROM failed_jobs"), [""; 0]);
}
