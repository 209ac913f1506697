//! Single jobs: pushed by hand, and looked at.

use super::{Shop, settle};
use crate::sale::{PHONE, stk};
use mlango::domain::payment::CallbackDoor;
use mlango::domain::queue::Queue;
use mlango::store::callbacks::{self, Callback};
use serde_json::json;
use std::os::unix::net::UnixDatagram;

const SMS: [&str; 5] =
    ["queue", "push", "send_credentials_sms", "--args", r#"{"subscription_id":7}"#];

fn why(shop: &Shop, id: &str) -> (String, String) {
    let shown = shop.json(&["queue", "show", id]);
    let word = |key: &str| shown[key].as_str().unwrap().to_owned();
    (word("state"), word("why"))
}

#[test]
fn a_pushed_callback_is_understood() {
    let shop = Shop::stocked();
    let body = stk("ws_CO_1", "UKM1AAAAAA", "20", PHONE).into_bytes();
    let callback = Callback { door: CallbackDoor::Stk, body, is_signed: false };
    shop.site().store.write(|tx| callbacks::insert(tx, &callback)).unwrap();
    let push = ["queue", "push", "process_payment", "--args", r#"{"callback_id":1}"#];
    assert_eq!(shop.json(&push)["id"], 1);
    assert_eq!(shop.json(&push)["id"], 2, "beside one that does the same");
    settle(&shop.site(), &[Queue::Payments]);
    assert_eq!(shop.json(&["payment", "list"]).as_array().unwrap().len(), 1, "granted once");
    let (state, why) = why(&shop, "1");
    assert_eq!(state, "done");
    assert!(why.starts_with("it was done at "), "{why}");
}

#[test]
fn a_push_is_checked() {
    let shop = Shop::new();
    for args in ["{}", r#"{"callback_id":"x"}"#, r#"{"callback_id":1,"more":2}"#, "no json"] {
        let err = shop.refused(&["queue", "push", "process_payment", "--args", args]);
        assert!(err.contains("process_payment"), "{err}");
    }
    for wrong in [
        &["queue", "push", "make_coffee"][..],
        &[&SMS[..], &["--delay", "10m", "--at", "2099-01-01 10:00"]].concat(),
        &[&SMS[..], &["--at", "tomorrow"]].concat(),
        &[&SMS[..], &["--queue", "nonsense"]].concat(),
    ] {
        assert_eq!(shop.run(wrong).code, 2, "{wrong:?}");
    }
    let err = shop.refused(&["queue", "show", "1"]);
    assert!(err.contains("nobody remembers a job 1"), "{err}");
}

#[test]
fn show_says_why_a_job_does_not_run() {
    let shop = Shop::new();
    shop.done(&[&SMS[..], &["--delay", "10m"]].concat());
    let (state, text) = why(&shop, "1");
    assert_eq!(state, "delayed");
    assert!(text.contains("no server runs") && text.contains("it is delayed until"), "{text}");

    let _server = UnixDatagram::bind(shop.data_dir().join("wake.sock")).unwrap();
    shop.done(&[&SMS[..], &["--queue", "default"]].concat());
    let (state, text) = why(&shop, "2");
    assert_eq!((state.as_str(), text.contains("it is due and next")), ("ready", true), "{text}");
    shop.done(&["queue", "pause", "default"]);
    let (_, text) = why(&shop, "2");
    assert!(text.contains("queue default is paused"), "{text}");
    shop.done(&["queue", "resume"]);

    let claimant = mlango::store::outbox::Claimant {
        boot_id: "b",
        worker: "default-1",
        shut_keys: "[]",
        limited_kinds: "[]",
    };
    let claim = |queue| {
        shop.site().store.write(|tx| mlango::store::outbox::claim(tx, queue, &claimant)).unwrap()
    };
    let second = claim(Queue::Default).unwrap();
    assert_eq!(why(&shop, "2"), ("running".to_owned(), "it runs now, by default-1".to_owned()));
    shop.done(&SMS);
    let (_, text) = why(&shop, "3");
    assert_eq!(text, "sms:7 is busy with job 2; one at a time");

    let parked = shop.site().store.write(|tx| {
        use mlango::store::outbox::{Back, Tally, give_back};
        let tally = Tally { failures: 1, exceptions: 1, snoozes: 0 };
        let pause = std::time::Duration::from_secs(300);
        give_back(tx, &second, Back::Parked(pause), tally, Some("no signal"))
    });
    parked.unwrap();
    let (state, text) = why(&shop, "2");
    assert_eq!(state, "waiting");
    let told = "it is parked and waits on sms:7";
    assert!(text.starts_with(told) && text.ends_with("after: no signal"), "{text}");

    let third = claim(Queue::HotspotSms).unwrap();
    let buried = shop.site().store.write(|tx| {
        use mlango::store::failed_jobs::{Why, bury};
        bury(tx, &third, Why::Error, "no credit")
    });
    buried.unwrap();
    let shown = shop.json(&["queue", "show", "3"]);
    assert_eq!(shown["state"], "failed");
    assert_eq!(shown["args"], json!({"subscription_id": 7}));
    assert!(shown["why"].as_str().unwrap().contains("`mlango queue retry 3`"), "{shown}");
    let told = shop.done(&["queue", "show", "3"]);
    assert!(told.lines().all(|it| it.chars().count() <= 80), "{told}");
}

#[test]
fn a_moment_waits_for_the_clock_and_says_so() {
    let at = [&SMS[..], &["--at", "2099-01-01 10:00"]].concat();
    for (trust, is_set) in [("untrusted", false), ("trusted", true)] {
        let shop = Shop::configured(&format!("clock.trust = {trust:?}"));
        shop.done(&at);
        let (state, text) = why(&shop, "1");
        assert_eq!(state, "waiting");
        assert!(text.contains("it waits for the clock to show 1 Jan 10:00"), "{text}");
        assert_eq!(text.contains("nobody has set the clock"), !is_set, "{text}");
        settle(&shop.site(), &[Queue::HotspotSms]);
        assert_eq!(why(&shop, "1").0, "waiting");
        shop.done(&[&SMS[..], &["--at", "2026-01-01 10:00"]].concat());
        settle(&shop.site(), &[Queue::HotspotSms]);
        let is_over = why(&shop, "2").0 != "waiting";
        assert_eq!(is_over, is_set, "what is over is over once the clock is right");
    }
}
