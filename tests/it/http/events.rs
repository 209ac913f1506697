//! What programs and pages hear of, and what of it they may see.

use super::desk::{Asker, Desk};
use crate::harness::Appliance;
use mlango::domain::payment::CallbackDoor;
use mlango::http::{Listener, Reply, STREAM_STATE};
use mlango_sim::daraja::StkSuccess;
use serde_json::Value;

const PHONE: &str = "254712345678";

fn desk() -> Desk {
    Desk::of(Appliance::start())
}

/// A sale, and all that follows.
fn sell(desk: &Desk, receipt: &str) {
    let checkout = &format!("ws_CO_{receipt}");
    let push = StkSuccess { checkout, receipt, amount_cents: 2000, phone: PHONE };
    let body = String::from_utf8(push.body()).unwrap();
    desk.box_.receive(CallbackDoor::Stk, &body);
    desk.box_.settle();
}

fn state(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{:?}", String::from_utf8_lossy(&reply.body));
    assert_eq!(reply.content_type, "text/event-stream");
    reply.headers.iter().find(|it| it.0 == STREAM_STATE).unwrap().1.clone()
}

/// The next page of a stream that stands where `before` did.
fn next(asker: &Asker<'_>, target: &str, before: &Reply) -> Reply {
    asker.clone().with(STREAM_STATE, &state(before)).get(target)
}

struct Frame {
    id: i64,
    name: String,
    data: String,
}

impl Frame {
    fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// Each as the contract has it: number, name, one line of JSON, an empty line.
fn frames(reply: &Reply) -> Vec<Frame> {
    let text = std::str::from_utf8(&reply.body).unwrap();
    text.split_terminator("\n\n")
        .map(|frame| {
            let lines: Vec<&str> = frame.lines().collect();
            let [id, name, data] = lines.as_slice() else { panic!("{frame:?}") };
            Frame {
                id: id.strip_prefix("id: ").unwrap().parse().unwrap(),
                name: name.strip_prefix("event: ").unwrap().to_owned(),
                data: data.strip_prefix("data: ").unwrap().to_owned(),
            }
        })
        .collect()
}

#[test]
fn a_stream_begins_now_or_where_its_reader_left_off() {
    let desk = desk();
    let admin = desk.admin();
    sell(&desk, "QAA1234567");
    let first = admin.get("/api/events");
    assert!(first.body.is_empty(), "nothing has happened since");
    sell(&desk, "QAB1234567");
    let second = next(&admin, "/api/events", &first);
    let names: Vec<_> = frames(&second).into_iter().map(|it| it.name).collect();
    assert!(names.contains(&"payment.processed".to_owned()), "{names:?}");
    let third = next(&admin, "/api/events", &second);
    assert!(third.body.is_empty(), "each is told once");

    let all = frames(&admin.clone().with("Last-Event-ID", "0").get("/api/events"));
    assert!(all.is_sorted_by(|a, b| a.id < b.id));
    let last = all.last().unwrap().id;
    let rest = admin.clone().with("Last-Event-ID", &(last - 1).to_string()).get("/api/events");
    assert_eq!(frames(&rest).iter().map(|it| it.id).collect::<Vec<_>>(), [last]);
    let ahead = admin.clone().with("Last-Event-ID", "999999").get("/api/events");
    assert_eq!(state(&ahead), last.to_string(), "of an older database");
    assert_eq!(admin.clone().with("Last-Event-ID", "x").get("/api/events").status, 400);
}

#[test]
fn amounts_keep_their_decimals_and_passwords_their_stars() {
    let desk = desk();
    sell(&desk, "QAA1234567");
    let all = frames(&desk.browser().with("Last-Event-ID", "0").get("/api/events"));
    let paid = all.iter().find(|it| it.name == "payment.processed").unwrap();
    assert!(paid.data.contains(r#""amount":20.00"#), "{}", paid.data);
    assert_eq!(paid.json()["credentials"]["password"], "********");
    assert_eq!(paid.json()["type"], "payment_processed");
}

#[test]
fn passwords_are_shown_on_demand_from_then_on_and_that_is_audited() {
    let desk = desk();
    sell(&desk, "QAA1234567");
    let target = "/api/events?reveal=1";
    let asker = desk.admin().with("Last-Event-ID", "0");
    let first = asker.get(target);
    let shown = |reply: &Reply| {
        let frames = frames(reply);
        let paid = frames.iter().find(|it| it.name == "payment.processed").unwrap();
        paid.json()["credentials"]["password"].as_str().unwrap().to_owned()
    };
    assert_eq!(shown(&first), "********", "it was before");
    sell(&desk, "QAB1234567");
    let password: String = desk
        .box_
        .store
        .read(
            |conn| Ok(conn.query_row("SELECT password FROM subscriptions", [], |row| row.get(0))?),
        )
        .unwrap();
    assert_eq!(shown(&next(&asker, target, &first)), password);
    let audited: i64 = desk
        .box_
        .store
        .read(|conn| {
            let sql = "SELECT count(*) FROM audit WHERE what = 'events reveal'";
            Ok(conn.query_row(sql, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(audited, 1, "once for the stream");
}

#[test]
fn only_the_operator_listens_and_only_a_token_reveals() {
    let desk = desk();
    assert_eq!(desk.at(Listener::Admin).get("/api/events").status, 401);
    assert_eq!(desk.portal().get("/api/events").status, 404);
    assert_eq!(desk.browser().get("/api/events").status, 200);
    assert_eq!(desk.browser().get("/api/events?reveal=1").status, 403);
}
