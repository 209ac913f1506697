//! Every target learns what was bought, and says so itself.

use super::{PHONE, c2b, phone, stk};
use crate::harness::Appliance;
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::router::Access;
use mlango::sms::SmsError;
use std::time::Duration;

const MAIN: RouterId = RouterId(1);

fn deliveries(box_: &Appliance) -> Vec<String> {
    box_.list("SELECT target || ' ' || state FROM deliveries ORDER BY 1")
}

#[test]
fn a_callback_puts_the_customer_on_the_router_and_tells_him_once() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();

    let user = box_.routers.console(MAIN).user("hs_712345678").unwrap();
    assert_eq!(user.profile, "mlango-open-x1");
    assert_eq!(user.comment, "mlango sub=1 rev=1");
    assert_eq!(deliveries(&box_), ["router:1 verified", "sms:1 verified"]);
    let texts = box_.sms.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("hs_712345678") && texts[0].contains(&user.password), "{texts:?}");
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
    let events = box_.list("SELECT name FROM events ORDER BY id");
    assert_eq!(events, ["payment.processed", "user.provisioned"]);
    assert_eq!(box_.list("SELECT 1 FROM radcheck").len(), 0, "a local router asks no RADIUS");

    box_.pass(Duration::from_secs(120)); // The SMS of patience finds nothing to say.
    assert_eq!(box_.sms.texts().len(), 1);
    assert_eq!(box_.jobs(), [""; 0]);
}

#[test]
fn radius_alone_lets_in_with_the_transaction_itself() {
    let box_ = Appliance::with_router(Access::Radius);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(deliveries(&box_), ["radius verified", "sms:1 verified"]);
    let rows = box_.list("SELECT attribute FROM radcheck ORDER BY id");
    assert!(rows.contains(&"Cleartext-Password".to_owned()), "{rows:?}");
    assert!(rows.contains(&"Expiration".to_owned()), "{rows:?}");
    assert_eq!(box_.routers.console(MAIN).commands().len(), 0, "nothing is said to the router");
}

#[test]
fn a_router_that_is_off_parks_the_work_and_the_money_stays() {
    let box_ = Appliance::with_router(Access::Local);
    box_.routers.set_offline(MAIN, true);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    for _ in 0..6 {
        box_.pass(Duration::from_secs(150));
    }
    assert_eq!(box_.jobs(), ["provision_user waiting"]);
    assert_eq!(box_.one("SELECT state FROM payments"), "received");
    assert_eq!(
        deliveries(&box_),
        ["router:1 parked", "sms-waiting:1 verified", "sms:1 queued"],
        "he was asked for patience, once"
    );
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "pending");
    let failures = box_.list("SELECT name FROM events WHERE name = 'provisioning.failed'");
    assert_eq!(failures.len(), 1, "told once, after the last of the fast tries");
    assert_eq!(box_.one("SELECT state FROM routers"), "unreachable");

    box_.routers.set_offline(MAIN, false);
    box_.pass(Duration::from_secs(301));
    assert_eq!(box_.jobs(), [""; 0]);
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
    assert_eq!(box_.one("SELECT state FROM routers"), "up");
    let left = box_.one("SELECT ends_engine_ms - starts_engine_ms FROM subscriptions");
    assert_eq!(left, "3600000", "time starts when access works");
    assert_eq!(box_.sms.texts().len(), 2);
}

#[test]
fn with_both_ways_radius_is_not_kept_waiting_by_a_dead_router() {
    let box_ = Appliance::with_router(Access::Both);
    box_.routers.set_offline(MAIN, true);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(
        deliveries(&box_),
        ["radius verified", "router:1 queued", "sms:1 verified"],
        "told after the first failed try"
    );
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
}

#[test]
fn with_both_ways_nobody_waits_for_a_router_that_is_known_to_be_off() {
    let box_ = Appliance::with_router(Access::Both);
    box_.routers.set_offline(MAIN, true);
    for number in 1..=5 {
        let (push, receipt) = (format!("ws_CO_{number}"), format!("SKL{number:07}"));
        box_.receive(Stk, &stk(&push, &receipt, "20", &format!("25471234500{number}")));
        box_.settle(); // Its breaker is shut before long, and then no job of it begins.
    }
    let active = box_.list("SELECT 1 FROM subscriptions WHERE state = 'active'");
    assert_eq!(active.len(), 5);
    assert_eq!(box_.sms.texts().len(), 5);
    let untried = "SELECT 1 FROM deliveries WHERE target = 'router:1' AND tries = 0";
    assert!(!box_.list(untried).is_empty(), "or this test shows nothing");
}

#[test]
fn devices_are_counted_over_all_routers_that_ask() {
    let rows = |routers: &[&str]| {
        let box_ = Appliance::start();
        for name in routers {
            box_.add_router(name, Access::Radius);
        }
        box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
        box_.settle();
        box_.list("SELECT value FROM radcheck WHERE attribute = 'Simultaneous-Use'")
    };
    assert_eq!(rows(&["Main"]), [""; 0], "a router counts its own");
    assert_eq!(rows(&["Main", "Branch"]), ["1"]);
}

#[test]
fn what_is_parked_goes_when_its_router_answers_another() {
    let box_ = Appliance::with_router(Access::Local);
    box_.routers.set_offline(MAIN, true);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    for _ in 0..6 {
        box_.pass(Duration::from_secs(150));
    }
    box_.routers.set_offline(MAIN, false);
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", "254799000111"));
    box_.pass(Duration::from_secs(61)); // Nobody waits five minutes.
    assert_eq!(box_.jobs(), ["send_credentials_sms ready"], "{:?}", deliveries(&box_));
    assert!(box_.routers.console(MAIN).user("hs_712345678").is_some());
    assert!(box_.routers.console(MAIN).user("hs_799000111").is_some());
}

#[test]
fn an_operators_own_user_of_that_name_is_not_touched() {
    let box_ = Appliance::with_router(Access::Local);
    let console = box_.routers.console(MAIN);
    console.run("/ip hotspot user add name=hs_712345678 password=mine comment=\"the boss\"");
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    let user = console.user("hs_712345678").unwrap();
    assert_eq!((user.password.as_str(), user.comment.as_str()), ("mine", "the boss"));
    let error = box_.one("SELECT error FROM deliveries WHERE target = 'router:1'");
    assert!(error.contains("hs_712345678") || error.contains("not ours"), "{error}");
}

#[test]
fn an_sms_whose_fate_is_unknown_is_never_sent_again() {
    let box_ = Appliance::with_router(Access::Local);
    box_.sms.next_errors.lock().unwrap().push(SmsError::Unknown("it hung up".to_owned()));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    box_.pass(Duration::from_secs(3600));
    assert_eq!(box_.sms.texts(), [""; 0]);
    assert_eq!(deliveries(&box_), ["router:1 verified", "sms:1 failed"]);
    assert_eq!(box_.jobs(), ["send_credentials_sms failed"]);
}

#[test]
fn an_sms_that_did_not_go_out_is_tried_again() {
    let box_ = Appliance::with_router(Access::Local);
    box_.sms.next_errors.lock().unwrap().push(SmsError::NotSent("no route".to_owned()));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(box_.sms.texts().len(), 0);
    box_.pass(Duration::from_secs(12));
    assert_eq!(box_.sms.texts().len(), 1);
    assert_eq!(deliveries(&box_), ["router:1 verified", "sms:1 verified"]);
}

#[test]
fn without_a_phone_the_sms_has_failed_and_time_waits_for_the_login() {
    let box_ = Appliance::with_router(Access::Local);
    let hash = phone(PHONE).hash();
    box_.receive(Confirmation, &c2b("SKL0000001", "20.00", hash.as_str(), ""));
    box_.settle();
    assert_eq!(deliveries(&box_), ["router:1 verified", "sms:1 failed"]);
    assert_eq!(box_.one("SELECT error FROM deliveries WHERE target = 'sms:1'"), "no phone");
    assert_eq!(box_.one("SELECT username FROM subscriptions"), "hs_skl0000001");
    assert_eq!(box_.one("SELECT ends_engine_ms FROM subscriptions"), "null");
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
}

#[test]
fn while_the_clock_is_not_believed_everything_works_but_no_date_is_written() {
    let box_ = Appliance::with_router(Access::Both);
    box_.clock.set_trusted(false);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    let rows = box_.list("SELECT attribute FROM radcheck UNION ALL SELECT attribute FROM radreply");
    assert!(!rows.contains(&"Expiration".to_owned()), "{rows:?}");
    assert!(rows.contains(&"Session-Timeout".to_owned()), "{rows:?}");
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
    assert!(box_.sms.texts()[0].contains("1h from now"), "{:?}", box_.sms.texts());
}
