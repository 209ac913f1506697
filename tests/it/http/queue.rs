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
    assert_eq!(json(&admin.post("/api/queue/prune-failed", r#"{"hours":48}"#))["pruned"], 0);
    admin.post("/api/queue/undo", "{}");
    let shown = admin.post("/api/queue/show", &format!(r#"{{"id":{id}}}"#));
    assert_eq!(json(&shown)["state"], "failed");
    assert_eq!(admin.post("/api/queue/show", r#"{"id":99}"#).status, 404);
    assert_eq!(json(&admin.post("/api/queue/workers", "")), json!([]), "no pool was started");

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
fn jobs_are_pushed_and_queues_judged() {
    let desk = desk();
    let admin = desk.admin();
    let sms = r#""kind":"send_credentials_sms","args":{"subscription_id":7}"#;
    let later = admin.post("/api/queue/push", &format!(r#"{{{sms},"delay":"10m"}}"#));
    assert_eq!(later.status, 201);
    let id = json(&later)["id"].as_i64().unwrap();
    let pushed = json!({"id": id, "queue": "hotspot-sms", "kind": "send_credentials_sms"});
    assert_eq!(json(&later), pushed);
    let at = admin.post(
        "/api/queue/push",
        &format!(r#"{{{sms},"queue":"default","at":"2099-01-01T10:00:00Z"}}"#),
    );
    let shown = admin.post("/api/queue/show", &format!(r#"{{"id":{}}}"#, json(&at)["id"]));
    assert_eq!(json(&shown)["state"], "waiting");
    assert_eq!(admin.post("/api/queue/push", r#"{"kind":"prune_history"}"#).status, 201);
    let pushes = "SELECT about FROM audit WHERE who = 'api' AND what = 'queue push'";
    assert_eq!(desk.box_.list(pushes).len(), 3);

    let all = json(&admin.post("/api/queue/monitor", ""));
    assert_eq!(all.as_array().unwrap().len(), 10);
    let two = r#"{"queues":["default","dashboard"],"max":1}"#;
    let two = json(&admin.post("/api/queue/monitor", two));
    let [default, dashboard] = &two.as_array().unwrap()[..] else { panic!("{two}") };
    let numbers = [&default["ready"], &default["waiting"], &default["status"]];
    assert_eq!(numbers, [&json!(1), &json!(1), &json!("ALERT")]);
    assert_eq!(dashboard["status"], "OK");
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
        ("push", "{}"),
        ("push", r#"{"kind":"make_coffee"}"#),
        ("push", r#"{"kind":"process_payment","args":{}}"#),
        ("push", r#"{"kind":"prune_history","delay":"1m","at":"2099-01-01 10:00"}"#),
        ("push", r#"{"kind":"prune_history","at":"tomorrow"}"#),
        ("monitor", r#"{"queues":["nonsense"]}"#),
    ] {
        assert_eq!(admin.post(&format!("/api/queue/{verb}"), body).status, 400, "{verb} {body}");
    }
    assert_eq!(failed(&admin).len(), 1);
}
