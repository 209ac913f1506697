//! `POST /api/queue/…`: what `mlango queue` does.

use super::desk::{Asker, Desk, json};
use super::page::form_token;
use crate::harness::Appliance;
use crate::sale::{PHONE, stk};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::http::Listener;
use mlango::sms::SmsError;
use serde_json::json;

/// A box where an SMS was refused.
fn desk() -> Desk {
    let box_ = Appliance::with_router(Access::Local);
    box_.sms.next_errors.lock().unwrap().push(SmsError::OutOfCredit);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    Desk::of(box_)
}

fn failed(admin: &Asker<'_>) -> Vec<i64> {
    let list = json(&admin.post("/api/queue/failed", ""));
    list.as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

#[test]
fn failed_jobs_are_forgotten_brought_back_and_tried_again() {
    let desk = desk();
    let admin = desk.admin();
    let ids = failed(&admin);
    let [id] = ids[..] else { panic!("{ids:?}") };
    let groups = json(&admin.post("/api/queue/failed", r#"{"group":true}"#));
    assert_eq!((&groups[0]["count"], &groups[0]["id"]), (&json!(1), &json!(id)));
    let one = format!(r#"{{"ids":[{id}]}}"#);
    assert_eq!(json(&admin.post("/api/queue/forget", &one))["forgotten"], json!([id]));
    assert_eq!(admin.post("/api/queue/forget", &one).status, 404);
    assert_eq!(json(&admin.post("/api/queue/undo", ""))["restored"], 1);
    let flush = admin.post("/api/queue/flush", r#"{"queue":"hotspot-sms","hours":0}"#);
    assert_eq!(json(&flush)["forgotten"], json!([id]));
    admin.post("/api/queue/undo", "{}");

    let elsewhere = admin.post("/api/queue/retry", r#"{"ids":"all","queue":"payments"}"#);
    assert_eq!(json(&elsewhere)["retried"], json!([]));
    let done = admin.post("/api/queue/retry", r#"{"ids":"all","since":"1h","range":"1-99"}"#);
    assert_eq!(json(&done), json!({"retried": [id], "missing": [], "quarantined": 0}));
    desk.box_.settle();
    assert_eq!(desk.box_.sms.texts().len(), 1);
    assert_eq!(failed(&admin), [0; 0]);
    let audited = desk.box_.list("SELECT what FROM audit WHERE who = 'api' ORDER BY id");
    let verbs = ["forget", "undo", "flush", "undo", "retry"];
    assert_eq!(audited, verbs.map(|it| format!("queue {it}")));
}

#[test]
fn queues_are_paused_by_programs_and_pages() {
    let desk = desk();
    let paused = "SELECT queue FROM queues WHERE is_paused = 1 ORDER BY 1";
    let done = desk.admin().post("/api/queue/pause", r#"{"queue":"payments"}"#);
    assert_eq!(json(&done), json!({"pause": ["payments"]}));
    assert_eq!(desk.box_.list(paused), ["payments"]);

    let browser = desk.browser();
    let resume = r#"{"queue":"payments"}"#;
    assert_eq!(browser.post("/api/queue/resume", resume).status, 403, "no page of ours asked");
    assert_eq!(desk.box_.list(paused), ["payments"]);
    let token = form_token(&browser.get("/"));
    let done = browser.with("X-Form-Token", &token).post("/api/queue/resume", resume);
    assert_eq!(done.status, 200);
    assert_eq!(desk.box_.list(paused), [""; 0]);
    assert_eq!(
        desk.box_.list("SELECT detail FROM audit WHERE who = 'page' AND what = 'queue resume'"),
        ["payments"]
    );
    assert_eq!(desk.admin().post("/api/queue/restart", "").status, 200);
    assert_eq!(desk.box_.list("SELECT 1 FROM queues WHERE restarts = 1").len(), 10);
}

#[test]
fn others_and_other_words_are_refused() {
    let desk = desk();
    let nobody = desk.at(Listener::Admin);
    assert_eq!(nobody.post("/api/queue/undo", "").status, 401);
    let portal = nobody.bearer(&desk.doors.portal_token);
    assert_eq!(portal.post("/api/queue/undo", "").status, 401);
    let stranger = desk.at(Listener::Strangers).bearer(&desk.doors.admin_token);
    assert_eq!(stranger.post("/api/queue/undo", "").status, 404);
    let admin = desk.admin();
    assert_eq!(admin.post("/api/queue/explode", "").status, 404);
    assert_eq!(admin.get("/api/queue/failed").status, 404);
    for (verb, body) in [
        ("retry", ""),
        ("retry", r#"{"ids":"some"}"#),
        ("retry", r#"{"ids":"all","range":"9-1"}"#),
        ("forget", "{}"),
        ("pause", r#"{"queue":"nonsense"}"#),
        ("flush", r#"{"quue":"payments"}"#),
        ("undo", "no json"),
    ] {
        assert_eq!(admin.post(&format!("/api/queue/{verb}"), body).status, 400, "{verb} {body}");
    }
    assert_eq!(failed(&admin).len(), 1);
}
