//! Failed jobs and queues.

use super::{act, audited, confirm, desk, post, sell, told};
use crate::http::desk::text;
use crate::sale::{PHONE, stk};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::sms::SmsError;
use std::time::Duration;

#[test]
fn failed_jobs_are_retried_and_forgotten_one_alike_and_all() {
    let desk = desk();
    let refusals = [SmsError::OutOfCredit, SmsError::OutOfCredit, SmsError::OutOfCredit];
    desk.box_.sms.next_errors.lock().unwrap().extend(refusals);
    for nth in 1..=3 {
        sell(&desk, nth);
    }
    let ids = desk.box_.list("SELECT id FROM failed_jobs ORDER BY id");
    let [first, second, third] = &ids[..] else { panic!("{ids:?}") };
    let browser = desk.browser();
    let page = text(&browser.get("/failed"));
    assert!(page.contains("3 × send_credentials_sms"), "{page}");
    assert!(text(&browser.get("/")).contains("3 × send_credentials_sms"));
    let detail = text(&browser.get(&format!("/jobs/{first}")));
    assert!(detail.contains("it was given up") && detail.contains("run 1"), "{detail}");

    let forget = format!("/jobs/{first}/forget");
    let page = act(&browser, &forget, "", "/failed");
    assert!(told(&page).starts_with("1 job is forgotten"), "{page}");
    assert!(page.contains("2 × send_credentials_sms") && page.contains("Bring back"));
    let again = act(&browser, &forget, "", "/failed");
    assert!(told(&again).contains("is no failed job any more"));
    assert_eq!(told(&act(&browser, "/failed/undo", "", "/failed")), "1 job brought back.");

    let asked = post(&browser, "/failed/forget-alike", &format!("job={second}"), "/failed");
    assert!(text(&asked).contains("Forget 3 jobs that failed alike?"));
    assert_eq!(desk.box_.list("SELECT 1 FROM failed_jobs WHERE forgotten_at_ms > 0").len(), 0);
    assert!(told(&confirm(&browser, &asked)).starts_with("3 jobs are forgotten"));
    act(&browser, "/failed/undo", "", "/failed");
    let asked = post(&browser, "/failed/flush", "queue=hotspot-sms", "/failed");
    assert!(told(&confirm(&browser, &asked)).starts_with("3 jobs are forgotten"));
    act(&browser, "/failed/undo", "", "/failed");

    let page = act(&browser, &format!("/jobs/{third}/retry"), "", "/failed");
    assert_eq!(told(&page), "1 job runs again.");
    desk.box_.settle();
    assert_eq!(desk.box_.sms.texts().len(), 1);
    let page = act(&browser, "/failed/retry-alike", &format!("job={first}"), "/failed");
    assert_eq!(told(&page), "2 jobs run again.");
    desk.box_.settle();
    assert!(text(&browser.get("/failed")).contains("No job has been given up."));
    assert_eq!(told(&act(&browser, "/failed/retry", "queue=", "/")), "0 jobs run again.");
    let verbs = ["forget", "undo", "forget", "undo", "flush", "undo", "retry", "retry"];
    assert_eq!(audited(&desk), verbs.map(|it| format!("queue {it}")));
}

#[test]
fn queues_are_paused_resumed_and_restarted() {
    let desk = desk();
    let browser = desk.browser();
    let paused = "SELECT queue FROM queues WHERE is_paused = 1";
    let page = act(&browser, "/queues/pause", "queue=dashboard", "/queues");
    assert_eq!(told(&page), "Queue dashboard is paused: what runs ends, nothing new begins.");
    let asked = post(&browser, "/queues/pause", "queue=payments", "/queues");
    assert!(text(&asked).contains("Nobody who pays is let in until it is resumed."));
    assert_eq!(desk.box_.list(paused), ["dashboard"], "money waits for a yes");
    confirm(&browser, &asked);
    assert_eq!(desk.box_.list(paused), ["dashboard", "payments"]);
    act(&browser, "/queues/resume", "queue=payments", "/queues");
    act(&browser, "/queues/restart", "queue=", "/queues");
    assert_eq!(desk.box_.list(paused), ["dashboard"]);
    assert_eq!(desk.box_.list("SELECT 1 FROM queues WHERE restarts = 1").len(), 10);
    let refused = act(&browser, "/queues/pause", "queue=nonsense", "/queues");
    assert!(told(&refused).contains("is not one of"), "{refused}");
    assert_eq!(
        audited(&desk),
        ["pause", "pause", "resume", "restart"].map(|it| "queue ".to_owned() + it)
    );
}

#[test]
fn the_day_and_the_queues_are_drawn() {
    let desk = desk();
    for nth in 1..=3 {
        sell(&desk, nth);
    }
    let page = text(&desk.browser().get("/"));
    assert!(
        page.contains("KES 60 in 3 payments in the last 24 hours; the best hour was"),
        "{page}"
    );
    assert_eq!(page.matches("<rect ").count(), 24 + 60);
    assert!(page.contains("<td>KES 60 in 3 payments</td>"), "a table says the same");
}

#[test]
fn how_deep_a_queue_was_is_known_afterwards() {
    let desk = desk();
    desk.box_.receive(Stk, &stk("ws_CO_9", "SKL0000009", "20", PHONE));
    desk.box_.clock.advance(Duration::from_secs(180));
    let store = &desk.box_.store;
    let depth = || store.read(|conn| mlango::view::depth::last_hour(conn, store.now())).unwrap();
    assert_eq!(depth()[55..], [0, 0, 1, 1, 1], "nobody has taken it up");
    desk.box_.settle();
    desk.box_.clock.advance(Duration::from_secs(120));
    assert_eq!(depth()[53..57], [0, 0, 1, 1], "the run that ended tells of its wait");
}
