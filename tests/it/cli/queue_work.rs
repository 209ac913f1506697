//! `mlango queue work`, where no server runs.

use super::Shop;
use crate::sale::{PHONE, stk};
use mlango::domain::payment::CallbackDoor;
use mlango::store::callbacks::{self, Callback};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const SMS: [&str; 5] =
    ["queue", "push", "send_credentials_sms", "--args", r#"{"subscription_id":7}"#];

/// A callback that is understood by `process_payment`, pushed so often.
fn owe_payments(shop: &Shop, count: usize) {
    let body = stk("ws_CO_1", "UKM1AAAAAA", "20", PHONE).into_bytes();
    let callback = Callback { door: CallbackDoor::Stk, body, is_signed: false };
    shop.site().store.write(|tx| callbacks::insert(tx, &callback)).unwrap();
    for _ in 0..count {
        shop.done(&["queue", "push", "process_payment", "--args", r#"{"callback_id":1}"#]);
    }
}

fn ready(shop: &Shop, queue: &str) -> i64 {
    shop.json(&["queue", "monitor", queue])[0]["ready"].as_i64().unwrap()
}

#[test]
fn it_does_what_is_due_and_ends_when_told() {
    let shop = Shop::stocked();
    owe_payments(&shop, 6);
    shop.done(&[
        "queue",
        "push",
        "process_payment",
        "--args",
        r#"{"callback_id":1}"#,
        "--delay=1h",
    ]);
    assert_eq!(shop.run(&["queue", "work", "--once", "--queue", "dashboard,default"]).code, 0);
    assert_eq!(ready(&shop, "payments"), 6, "those were other queues");
    shop.done(&["queue", "work", "--once"]);
    assert_eq!(ready(&shop, "payments"), 5);
    shop.done(&["queue", "work", "--max-jobs", "2", "--queue", "payments"]);
    assert_eq!(ready(&shop, "payments"), 3);
    shop.done(&["queue", "work", "--memory", "1", "--queue", "payments"]);
    assert_eq!(ready(&shop, "payments"), 2, "it ends after a job, not before");
    shop.done(&["queue", "work", "--memory", "4000", "--stop-when-empty", "--queue", "payments"]);
    assert_eq!(ready(&shop, "payments"), 0, "and does not wait for what is due later");
    shop.done(&["queue", "work", "--max-time", "1"]);
    assert_eq!(shop.json(&["payment", "list"])[0]["entitlement"]["package"], "1h");
    for wrong in [["--queue", "nonsense"], ["--max-jobs", "0"], ["--timeout", "0"]] {
        assert_eq!(shop.run(&[&["queue", "work"][..], &wrong].concat()).code, 2);
    }
}

#[test]
fn a_queue_waits_until_those_before_it_have_nothing_due() {
    let shop = Shop::stocked();
    owe_payments(&shop, 1);
    shop.done(&SMS);
    shop.done(&["queue", "work", "--once", "--queue", "hotspot-sms,payments"]);
    assert_eq!((ready(&shop, "hotspot-sms"), ready(&shop, "payments")), (0, 1));
}

#[test]
fn tries_can_be_fewer() {
    let shop = Shop::new();
    shop.done(&["queue", "pause", "payments"]);
    shop.done(&SMS); // There is no subscription 7, which a try finds out.
    shop.done(&["queue", "work", "--stop-when-empty", "--tries", "1"]);
    let failed = shop.json(&["queue", "failed"]);
    assert_eq!((failed[0]["tries"].as_i64(), failed[0]["id"].as_i64()), (Some(1), Some(1)));
}

#[expect(clippy::disallowed_methods, reason = "tests start the program")]
fn start(shop: &Shop, args: &[&str]) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlango"))
        .args(args)
        .env("MLANGO_CONFIG", shop.dir.path().join("mlango.toml"))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    (child, lines)
}

#[test]
fn it_is_woken_by_other_commands_and_stops_at_a_signal() {
    let shop = Shop::stocked();
    let (mut child, mut lines) = start(&shop, &["queue", "work"]);
    lines.find(|it| it.contains("works in the foreground")).expect("it says that it works");
    let err = shop.refused(&["queue", "work", "--once"]);
    assert!(err.contains("is running") && err.contains("already"), "{err}");
    let workers = shop.json(&["queue", "workers"]);
    assert_eq!(workers.as_array().unwrap().len(), 1, "{workers}");

    owe_payments(&shop, 1);
    lines.find(|it| it.contains("callback 1 is success")).expect("it was woken");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(shop.json(&["queue", "workers"]), serde_json::json!([]));
    assert_eq!(shop.json(&["payment", "list"])[0]["money"]["state"], "received");
}

#[test]
fn a_restart_ends_it() {
    let shop = Shop::new();
    let (mut child, mut lines) = start(&shop, &["queue", "work", "--queue", "payments"]);
    lines.find(|it| it.contains("works in the foreground")).expect("it says that it works");
    shop.done(&["queue", "restart", "dashboard"]);
    shop.done(&["queue", "restart", "payments"]);
    assert!(child.wait().unwrap().success());
}
