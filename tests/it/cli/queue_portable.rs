//! `mlango queue export` and `import`.

use super::{Shop, settle};
use crate::sale::PHONE;
use mlango::domain::queue::Queue;
use mlango::jobs::by_hand;
use mlango::store::batches::{self, NewBatch};
use mlango::store::outbox::{self, NewJob};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

/// A box with a job that is delayed, one that is due, and one that failed.
fn busy() -> Shop {
    let shop = Shop::new();
    let push = ["queue", "push", "send_credentials_sms", "--args"];
    let job = |id: u32| format!("{{\"subscription_id\":{id}}}");
    shop.done(&[&push[..], &[&job(9)]].concat());
    shop.done(&["queue", "work", "--stop-when-empty", "--tries", "1"]);
    shop.done(&[&push[..], &[&job(7), "--delay", "10m"]].concat());
    shop.done(&[&push[..], &[&job(8)]].concat());
    shop
}

fn lengths(shop: &Shop) -> (i64, i64, i64) {
    let queue = &shop.json(&["queue", "monitor", "hotspot-sms"])[0];
    let number = |key: &str| queue[key].as_i64().unwrap();
    (number("ready"), number("delayed"), number("failed"))
}

fn file(shop: &Shop) -> String {
    shop.dir.path().join("jobs.jsonl").to_str().unwrap().to_owned()
}

#[test]
fn jobs_move_to_another_box_once() {
    let from = busy();
    let path = file(&from);
    let told = from.json(&["queue", "export", &path]);
    assert_eq!((&told["pending"], &told["failed"]), (&json!(2), &json!(1)));
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines.len(), 1 + 3);
    assert_eq!(lines[0], told);
    assert_eq!(lines[1]["args"], json!({"subscription_id": 7}));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let to = Shop::new();
    assert_eq!(to.json(&["queue", "import", &path]), json!({"imported": 3, "known": 0}));
    assert_eq!(lengths(&to), (1, 1, 1));
    assert_eq!(to.json(&["queue", "import", &path]), json!({"imported": 0, "known": 3}));
    assert_eq!(lengths(&to), (1, 1, 1));
    let (one, other) = (&from.json(&["queue", "failed"])[0], &to.json(&["queue", "failed"])[0]);
    for key in ["queue", "kind", "args", "error", "tries", "failed_at", "tags"] {
        assert_eq!(one[key], other[key], "{key}");
    }
    let id = other["id"].to_string();
    to.done(&["queue", "retry", &id]);
    assert_eq!(lengths(&to), (2, 1, 0));
    assert_eq!(to.json(&["queue", "import", &path])["imported"], 0, "it is known still");
}

#[test]
fn jobs_come_back_to_their_own_box_only_where_they_are_gone() {
    let shop = busy();
    let path = file(&shop);
    shop.done(&["queue", "export", &path]);
    assert_eq!(shop.json(&["queue", "import", &path])["imported"], 0);
    shop.done(&["queue", "flush"]);
    assert_eq!(shop.json(&["queue", "import", &path]), json!({"imported": 1, "known": 2}));
    assert_eq!(lengths(&shop), (1, 1, 1));

    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let push = ["queue", "push", "process_payment", "--args", r#"{"callback_id":1}"#];
    shop.done(&push);
    let path = file(&shop);
    shop.done(&["queue", "export", &path, "--state", "pending"]);
    settle(&shop.site(), &[Queue::Payments]);
    let again = shop.json(&["queue", "import", &path]);
    assert_eq!(again["imported"], 0, "what is done is not done again");
}

#[test]
fn half_a_file_is_none() {
    let shop = busy();
    let path = file(&shop);
    let told = shop.json(&["queue", "export", &path, "--state", "failed"]);
    assert_eq!((&told["pending"], &told["failed"]), (&json!(0), &json!(1)));
    let whole = std::fs::read_to_string(&path).unwrap();
    let first = whole.lines().next().unwrap();
    for (broken, word) in [
        (format!("{first}\n"), "export again"),
        (format!("{first}\n{{\"kind\":\"x\"}}\n"), "line 2 of"),
        (whole.replace("\"format\":1", "\"format\":2"), "is of format 2"),
        (String::new(), "is empty"),
        ("receipt,amount\n".to_owned(), "is no file that"),
    ] {
        let to = Shop::new();
        let path = to.put("broken.jsonl", &broken);
        let err = to.refused(&["queue", "import", &path]);
        assert!(err.contains(word), "{word}: {err}");
        assert_eq!(lengths(&to), (0, 0, 0));
    }
    shop.refused(&["queue", "import", "/nowhere"]);
    assert_eq!(shop.run(&["queue", "export", &path, "--state", "lost"]).code, 2);
}

/// What a batch owes goes along, and is owed once all of its jobs are done over there.
#[test]
fn a_batch_goes_on_where_its_jobs_are_taken_in() {
    let from = Shop::new();
    let job = |kind: &str, args: &str| (by_hand::parse_kind(kind).unwrap().check)(args).unwrap();
    let store = from.site().store;
    let sms = |id: u32| job("send_credentials_sms", &format!(r#"{{"subscription_id":{id}}}"#));
    let batch = |jobs: Vec<NewJob>| NewBatch {
        name: "moved",
        jobs,
        then: Some(job("prune_history", "{}")),
        catch: None,
        finally: Some(job("check_expired_sessions", "{}")),
    };
    let pruned = |_| job("prune_history", "{}");
    let jobs = (0..3).map(pruned).chain([sms(8)]).collect();
    store.write(|tx| batches::insert(tx, batch(jobs))).unwrap();
    from.done(&["queue", "work", "--once", "--queue", "default"]);
    from.done(&["queue", "work", "--once", "--queue", "hotspot-sms", "--tries", "1"]);
    let path = file(&from);
    from.done(&["queue", "export", &path]);

    let to = Shop::new();
    // Its numbers are not those of the other box.
    to.site().store.write(|tx| batches::insert(tx, batch(vec![sms(1)]))).unwrap();
    assert_eq!(to.json(&["queue", "import", &path])["imported"], 3);
    assert_eq!(to.json(&["queue", "import", &path])["imported"], 0);
    let counts = || {
        let sql = "SELECT total || ' ' || pending || ' ' || failed FROM job_batches WHERE id = 2";
        to.site().store.read(|conn| Ok(conn.query_row(sql, [], |row| row.get::<_, String>(0))?))
    };
    let owed = |queue: &str| {
        let queue = &to.json(&["queue", "monitor", queue])[0];
        queue["ready"].as_i64().unwrap()
    };
    assert_eq!(counts().unwrap(), "4 2 1");
    settle(&to.site(), &[Queue::Default]);
    assert_eq!((counts().unwrap().as_str(), owed("hotspot-sessions")), ("4 0 1", 1));
    let failed = to.json(&["queue", "failed"]);
    to.done(&["queue", "retry", &failed[0]["id"].to_string()]);
    assert_eq!(counts().unwrap(), "4 1 0");
    assert_eq!(owed("default"), 0, "one of them is still to be done");
    to.site().store.write(|tx| outbox::forget_serial(tx, "sms:8")).unwrap();
    assert_eq!((counts().unwrap().as_str(), owed("default")), ("4 0 0", 1));
}
