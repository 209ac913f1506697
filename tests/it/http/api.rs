//! `/api/payments` and `/api/status`: who may ask, what is refused, and the exact shape of answers.

use super::desk::{Desk, header, json, keys, text};
use crate::harness::Appliance;
use crate::sale::{PHONE, c2b, stk};
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::router::Access;
use mlango::domain::secret::Secret;
use mlango::http::Listener;
use serde_json::json as value;
use std::collections::BTreeSet;

const ASK: &str = r#"{"phone":"0712345678","package":"1h","checkout_request_id":"ws_CO_1"}"#;

fn desk() -> Desk {
    Desk::of(Appliance::with_router(Access::Both))
}

#[test]
fn every_route_wants_a_token() {
    let desk = desk();
    assert_eq!(desk.portal().post("/api/payments", ASK).status, 201);
    let routes = [
        ("POST", "/api/payments"),
        ("PATCH", "/api/payments/1"),
        ("GET", "/api/payments/1"),
        ("GET", "/api/status"),
    ];
    let wrong = Secret::new("0".repeat(64));
    for (method, path) in routes {
        for listener in [Listener::Strangers, Listener::Admin] {
            let nobody = desk.at(listener);
            let refused = if path == "/api/status" && listener == Listener::Strangers {
                404 // Strangers have no such door.
            } else {
                401
            };
            assert_eq!(nobody.ask(method, path, ASK).status, refused, "{method} {path}");
            let guess = nobody.bearer(&wrong);
            assert_eq!(guess.ask(method, path, ASK).status, refused, "{method} {path}");
        }
        let portal = desk.at(Listener::Admin).bearer(&desk.doors.portal_token);
        assert_eq!(portal.ask(method, path, ASK).status, 401, "the portal at {method} {path}");
    }
    assert_eq!(desk.box_.list("SELECT id FROM payments").len(), 1);
}

#[test]
fn the_portal_asks_and_the_callback_settles() {
    let desk = desk();
    let body = r#"{"phone":"0712 345 678","package":"1H","router":"main","mac":"aa-bb-cc-00-11-22",
                   "checkout_request_id":"ws_CO_1"}"#;
    let reply = desk.portal().post("/api/payments", body);
    assert_eq!((reply.status, reply.content_type), (201, "application/json"));
    let asked = json(&reply);
    assert_eq!(asked["money"]["state"], "pending");
    assert_eq!(asked["money"]["amount_cents"], 2000);
    assert_eq!(asked["customer"]["phone"], "254712345678");
    assert!(asked["entitlement"].is_null() && asked["money"]["received_at"].is_null());
    assert_eq!(desk.box_.one("SELECT mac FROM payments"), "AA:BB:CC:00:11:22");

    let again = desk.portal().post("/api/payments", body);
    assert_eq!((again.status, &json(&again)["id"]), (200, &asked["id"]));

    // Somebody else pays; the customer is who was named.
    desk.box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", "254722000000"));
    desk.box_.settle();
    let paid = json(&desk.portal().get("/api/payments/1"));
    assert_eq!(
        (&paid["money"]["state"], &paid["money"]["payer"]),
        (&value!("received"), &value!("254722000000"))
    );
    assert_eq!(paid["customer"]["phone"], "254712345678");
    assert_eq!(paid["entitlement"]["state"], "active");
    let targets: Vec<_> = paid["deliveries"].as_array().unwrap().iter().collect();
    let targets: Vec<_> = targets.iter().map(|it| it["target"].as_str().unwrap()).collect();
    assert_eq!(targets, ["router:Main", "radius", "sms"]);
    let audit = desk.box_.list("SELECT who || ' ' || what || ' ' || about FROM audit");
    assert_eq!(audit, ["portal payment ask payment:1"]);
}

#[test]
fn the_portal_learns_no_credentials_and_nothing_of_others() {
    let desk = desk();
    desk.portal().post("/api/payments", ASK);
    assert_eq!(desk.admin().post("/api/payments", &ASK.replace("_1", "_2")).status, 201);
    desk.box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    desk.box_.receive(Confirmation, &c2b("SKL0000009", "20", "254722000000", "x"));
    desk.box_.settle();
    let password = desk.box_.one("SELECT password FROM customers WHERE id = 1");
    let own = text(&desk.portal().get("/api/payments/1"));
    assert!(!own.contains(&password) && !own.contains("hs_712345678"), "{own}");
    assert!(!own.contains("timeline"));
    for path in ["/api/payments/2", "/api/payments/3", "/api/payments/4", "/api/payments/x"] {
        assert_eq!(desk.portal().get(path).status, 404, "{path}");
    }
    let other = r#"{"checkout_request_id":"ws_CO_3"}"#;
    assert_eq!(desk.portal().ask("PATCH", "/api/payments/3", other).status, 404);
    let guessed = desk.portal().post("/api/payments", &ASK.replace("_1", "_2"));
    assert_eq!(guessed.status, 409, "naming another's push opens nothing");
    let all = text(&desk.admin().get("/api/payments/1"));
    assert!(all.contains("hs_712345678") && !all.contains(&password), "{all}");
    assert_eq!(desk.admin().get("/api/payments/3").status, 200);
    assert_eq!(desk.admin().get("/api/payments/4").status, 404);
}

#[test]
fn a_callback_that_came_first_is_taken_over() {
    let desk = desk();
    desk.box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", "254722000000"));
    desk.box_.settle();
    assert_eq!(desk.portal().get("/api/payments/1").status, 404);
    let reply = desk.portal().post("/api/payments", ASK);
    assert_eq!(reply.status, 200);
    desk.box_.settle();
    let view = json(&desk.portal().get("/api/payments/1"));
    assert_eq!((&view["customer"]["phone"], &view["id"]), (&value!("254712345678"), &value!(1)));
    assert_eq!(view["entitlement"]["state"], "active");
}

#[test]
fn the_push_may_be_named_later() {
    let desk = desk();
    let reply = desk.portal().post("/api/payments", r#"{"phone":"0712345678","package":"1h"}"#);
    assert!(json(&reply)["money"]["checkout_request_id"].is_null());
    let name = |checkout: &str| {
        let body = format!(r#"{{"checkout_request_id":"{checkout}"}}"#);
        desk.portal().ask("PATCH", "/api/payments/1", &body)
    };
    let named = name("ws_CO_7");
    assert_eq!(
        (named.status, &json(&named)["money"]["checkout_request_id"]),
        (200, &value!("ws_CO_7"))
    );
    assert_eq!(name("ws_CO_7").status, 200);
    assert_eq!(name("ws_CO_8").status, 409);
    assert_eq!(name("").status, 400);
    let extra = r#"{"checkout_request_id":"ws_CO_7","state":"received"}"#;
    assert_eq!(desk.portal().ask("PATCH", "/api/payments/1", extra).status, 400);
}

#[test]
fn bad_bodies_are_refused_in_words_and_change_nothing() {
    let desk = desk();
    let check = |body: &str, words: &str| {
        let reply = desk.portal().post("/api/payments", body);
        assert_eq!(reply.status, 400, "{body}");
        assert!(text(&reply).contains(words), "{body}: {}", text(&reply));
    };
    check("", "the body is not what is expected");
    check("[]", "the body is not what is expected");
    check("{\"phone\":\"0712345678\"}", "package");
    check(r#"{"phone":"0712345678","package":"1h","amount":1}"#, "unknown field `amount`");
    check(r#"{"phone":"0712345678","phone":"0712345679","package":"1h"}"#, "duplicate field");
    check(r#"{"phone":712345678,"package":"1h"}"#, "expected a string");
    check(r#"{"phone":"12","package":"1h"}"#, "phone: not a Kenyan mobile number");
    check(r#"{"phone":"0712345678","package":"a b"}"#, "package: not a package code");
    check(r#"{"phone":"0712345678","package":"9h"}"#, "no package 9h is for sale");
    check(r#"{"phone":"0712345678","package":"1h","router":"Nowhere"}"#, "no router \"Nowhere\"");
    check(r#"{"phone":"0712345678","package":"1h","mac":"x"}"#, "mac:");
    check(
        r#"{"phone":"0712345678","package":"1h","checkout_request_id":"a b"}"#,
        "checkout_request_id:",
    );
    check(r#"{"phone":"0712345678","package":"1h"} x"#, "trailing");
    assert!(desk.box_.list("SELECT id FROM payments").is_empty());
    assert!(desk.box_.list("SELECT id FROM customers").is_empty());
    assert!(desk.box_.list("SELECT id FROM audit").is_empty());
}

/// The contract's own example, so that the keys are compared with nothing else.
#[test]
fn status_has_the_keys_of_the_contract_and_no_other() {
    let example = value!({
        "version": "", "started_at": "", "clock": {"trusted": true, "source": ""},
        "payments": {"today": {"count": 0, "amount_cents": 0}, "unfulfilled": 0, "held": 0,
                     "last_at": ""},
        "subscriptions": {"active": 0, "expiring_next_hour": 0}, "sessions": {"online": 0},
        "routers": [{"id": 0, "name": "", "address": "", "state": "", "since": "", "version": "",
                     "cpu_load": 0, "free_memory": 0, "active_users": 0, "parked": 0,
                     "error": null}],
        "queues": [{"name": "", "workers": 0, "busy": 0, "paused": false, "ready": 0, "delayed": 0,
                    "waiting": 0, "running": 0, "failed": 0, "oldest_ready_seconds": null,
                    "done_last_hour": 0, "failed_last_hour": 0, "avg_ms": 0, "p95_ms": 0}],
        "database": {"bytes": 0, "wal_bytes": 0, "free_bytes": 0},
        "backup": {"last_at": null, "verified": false},
        "sms": {"sent_today": 0, "failed_today": 0},
        "issues": [{"code": "", "severity": "", "text": "", "advice": ""}]
    });
    let desk = desk();
    desk.box_.routers.set_offline(RouterId(1), true);
    desk.box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    desk.box_.settle();
    let reply = desk.admin().get("/api/status");
    assert_eq!((reply.status, header(&reply, "Cache-Control")), (200, "no-store"));
    let status = json(&reply);
    assert_eq!(keys(&status), keys(&example));
    assert_eq!(status["started_at"], "2026-11-18T11:06:40Z");
    assert_eq!(status["payments"]["today"], value!({"count": 1, "amount_cents": 2000}));
    let names: Vec<_> = status["queues"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!((names.len(), names[0]), (10, &value!("default")));
    assert_eq!(status["routers"][0]["state"], "unreachable");
    assert_eq!(desk.browser().get("/api/status").status, 200);
}

#[test]
fn a_payment_has_the_keys_of_the_contract_and_no_other() {
    let example = value!({
        "id": 0,
        "money": {"state": "", "amount_cents": 0, "receipt": "", "checkout_request_id": "",
                  "payer": "", "door": "", "shortcode": null, "received_at": ""},
        "customer": {"id": 0, "phone": ""},
        "entitlement": {"subscription_id": 0, "state": "", "package": "", "username": "",
                        "starts_at": "", "ends_at": "", "bytes_left": null},
        "deliveries": [{"target": "", "state": "", "tries": 0, "error": null, "at": ""}],
        "session": {"state": ""},
        "timeline": [{"at": "", "what": "", "detail": ""}]
    });
    let desk = desk();
    desk.box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    desk.box_.settle();
    let view = json(&desk.admin().get("/api/payments/1"));
    assert_eq!(keys(&view), keys(&example));
    assert_eq!(view["session"]["state"], "none");
    assert_eq!(view["entitlement"]["ends_at"], "2026-11-18T12:06:40Z");

    desk.portal().post("/api/payments", &ASK.replace("_1", "_2"));
    let seen = keys(&json(&desk.portal().get("/api/payments/2")));
    let pending: BTreeSet<String> = keys(&example)
        .into_iter()
        .filter(|it| {
            !["entitlement.", "deliveries[].", "timeline"].iter().any(|at| it.starts_with(at))
        })
        .collect();
    assert_eq!(seen, pending);
}
