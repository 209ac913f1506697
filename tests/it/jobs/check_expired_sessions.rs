//! Time runs out: for who it is over, for who it is not, and what comes next.

use super::reconcile::compare_on;
use crate::harness::{Appliance, package};
use crate::sale::{PHONE, stk};
use mlango::domain::ids::RouterId;
use mlango::domain::package::{Again, Package};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::domain::time::{Clock as _, Timestamp};
use mlango::jobs::reconcile;
use mlango::view::{self, IssueCode, Surroundings};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);
const MAIN: RouterId = RouterId(1);
const USER: &str = "hs_712345678";

fn pay(box_: &Appliance, number: u32, amount: &str, phone: &str) {
    box_.receive(Stk, &stk(&format!("ws_CO_{number}"), &format!("SKL{number:07}"), amount, phone));
}

fn states(box_: &Appliance) -> Vec<String> {
    box_.list("SELECT state FROM subscriptions ORDER BY id")
}

/// What FreeRADIUS is to know of the customer.
fn may_log_in(box_: &Appliance) -> bool {
    !box_.list("SELECT 1 FROM radcheck WHERE attribute = 'Cleartext-Password'").is_empty()
}

#[test]
fn the_user_is_gone_when_the_time_is_over() {
    for access in [Access::Local, Access::Radius, Access::Both] {
        let box_ = Appliance::with_router(access);
        pay(&box_, 1, "20", PHONE);
        box_.settle();
        box_.pass(HOUR - SECOND);
        assert_eq!(states(&box_), ["active"], "{access}");
        assert_eq!(may_log_in(&box_), access.is_over_radius(), "{access}");
        let is_on_router = || box_.routers.console(MAIN).user(USER).is_some();
        assert_eq!(is_on_router(), access.is_over_ssh(), "{access}");
        box_.pass(SECOND);
        assert_eq!(states(&box_), ["expired"], "{access}");
        assert!(!may_log_in(&box_) && !is_on_router(), "{access}");
        let unknown =
            box_.list("SELECT target FROM deliveries WHERE target NOT GLOB 'sms*' AND is_wanted");
        assert_eq!(unknown, [""; 0], "{access}");
        let left = box_.list("SELECT kind FROM jobs");
        assert_eq!(left, [""; 0], "nobody is online, so nobody looks ({access})");
    }
}

#[test]
fn a_router_that_is_off_at_the_end_is_told_when_it_is_back() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20", PHONE);
    box_.settle();
    box_.routers.set_offline(MAIN, true);
    box_.pass(HOUR);
    assert_eq!(states(&box_), ["expired"]);
    assert!(box_.routers.console(MAIN).user(USER).is_some());
    box_.routers.set_offline(MAIN, false);
    for _ in 0..10 {
        box_.pass(60 * SECOND);
    }
    assert!(box_.routers.console(MAIN).user(USER).is_none());
}

#[test]
fn what_waits_behind_begins_at_the_end_in_full() {
    for access in [Access::Local, Access::Radius, Access::Both] {
        let box_ = Appliance::with_router(access);
        pay(&box_, 1, "20", PHONE);
        box_.settle();
        pay(&box_, 2, "50", PHONE);
        box_.settle();
        assert_eq!(states(&box_), ["active", "pending"], "{access}");
        box_.pass(HOUR);
        assert_eq!(states(&box_), ["expired", "active"], "{access}");
        assert_eq!(may_log_in(&box_), access.is_over_radius(), "{access}");
        let comment = box_.routers.console(MAIN).user(USER).map(|it| it.comment);
        let expected = access.is_over_ssh().then(|| "mlango sub=2 rev=1".to_owned());
        assert_eq!(comment, expected, "{access}");
        let starts = "SELECT ends_engine_ms - starts_engine_ms FROM subscriptions WHERE id = 2";
        assert_eq!(box_.one(starts), "10800000", "{access}");
        let told = box_.sms.texts().iter().filter(|it| it.contains("Password")).count();
        assert_eq!(told, 2, "{access}");
        let told = box_.list("SELECT body FROM events WHERE name = 'user.provisioned'");
        assert_eq!(told.len(), 2, "{access}: {told:?}");
        box_.pass(3 * HOUR);
        assert_eq!(states(&box_), ["expired", "expired"], "{access}");
        assert!(box_.routers.console(MAIN).user(USER).is_none(), "{access}");
    }
}

#[test]
fn a_renewal_in_the_last_moment_is_not_cut() {
    let box_ = Appliance::with_router(Access::Both);
    pay(&box_, 1, "20", PHONE);
    box_.settle();
    box_.clock.advance(HOUR - Duration::from_millis(1));
    pay(&box_, 2, "20", PHONE);
    box_.settle();
    box_.pass(Duration::from_millis(1)); // When the first purchase alone would be over.
    assert_eq!(states(&box_), ["active"]);
    let user = box_.routers.console(MAIN).user(USER).unwrap();
    assert_eq!(user.comment, "mlango sub=1 rev=2");
    assert!(may_log_in(&box_));
}

#[test]
fn a_renewal_at_the_very_end_lets_in_again_at_once() {
    let box_ = Appliance::with_router(Access::Both);
    pay(&box_, 1, "20", PHONE);
    box_.settle();
    box_.clock.advance(HOUR);
    pay(&box_, 2, "20", PHONE); // Both are due in the same instant.
    box_.settle();
    assert_eq!(states(&box_), ["expired", "active"]);
    let user = box_.routers.console(MAIN).user(USER).unwrap();
    assert_eq!(user.comment, "mlango sub=2 rev=1");
    assert!(may_log_in(&box_));
}

#[test]
fn time_runs_out_while_the_clock_lies() {
    let box_ = Appliance::with_router(Access::Both);
    box_.clock.set_trusted(false);
    box_.clock.set_wall(Timestamp(0));
    pay(&box_, 1, "20", PHONE);
    box_.settle();
    box_.pass(HOUR - SECOND);
    assert_eq!(states(&box_), ["active"]);
    box_.clock.set_wall(Timestamp(0)); // It jumps back, and is not asked.
    box_.pass(SECOND);
    assert_eq!(states(&box_), ["expired"]);
    assert!(box_.routers.console(MAIN).user(USER).is_none());
}

#[test]
fn a_clock_that_steps_ends_a_few_but_never_all() {
    for (customers, expected) in [(3, 3), (8, 0)] {
        let box_ = Appliance::with_router(Access::Radius);
        for number in 0..customers {
            pay(&box_, number, "20", &format!("25471234567{number}"));
        }
        box_.settle();
        let wall = box_.clock.now().wall;
        box_.clock.set_wall(wall + 3 * HOUR);
        box_.pass(300 * SECOND); // There is a look within five minutes.
        let ended = || box_.list("SELECT 1 FROM subscriptions WHERE state = 'expired'").len();
        assert_eq!(ended(), expected, "of {customers}");
        assert_eq!(held_issues(&box_), usize::from(expected == 0), "of {customers}");
        box_.pass(HOUR - 300 * SECOND); // By the box's own count it is over for all.
        assert_eq!(ended(), customers as usize);
        assert_eq!(held_issues(&box_), 0);
    }
}

fn held_issues(box_: &Appliance) -> usize {
    let status = view::status(&box_.store, &box_.config, &Surroundings::default()).unwrap();
    status.issues.iter().filter(|it| it.code == IssueCode::ExpiryHeld).count()
}

#[test]
fn what_a_step_of_the_clock_would_end_goes_when_somebody_says_that_it_is_right() {
    let box_ = Appliance::with_router(Access::Local);
    for number in 0..60 {
        pay(&box_, number, "20", &format!("254712345{number:03}"));
    }
    box_.settle();
    let wall = box_.clock.now().wall;
    box_.clock.set_wall(wall + 3 * HOUR);
    box_.pass(300 * SECOND);
    let ended = || box_.list("SELECT 1 FROM subscriptions WHERE state = 'expired'").len();
    assert_eq!((ended(), held_issues(&box_)), (0, 1));
    let kinds = mlango::jobs::KINDS;
    let kind = kinds.iter().find(|it| it.kind == "check_expired_sessions").unwrap();
    let said = (kind.check)(r#"{"even_many":true}"#).unwrap();
    box_.store.write(|tx| mlango::store::outbox::insert(tx, &said)).unwrap();
    box_.settle();
    assert_eq!((ended(), held_issues(&box_)), (60, 0));
    assert_eq!(box_.routers.console(MAIN).users(), []);
}

#[test]
fn an_end_is_told_once() {
    let box_ = Appliance::with_router(Access::Both);
    pay(&box_, 1, "20", PHONE);
    box_.settle();
    box_.pass(HOUR);
    box_.pass(HOUR);
    let told = box_.list("SELECT body FROM events WHERE name = 'session.expired'");
    let [told] = &told[..] else { panic!("{told:?}") };
    let body: serde_json::Value = serde_json::from_str(told).unwrap();
    assert_eq!(body["type"], "session_expired");
    assert_eq!(body["subscription"]["username"], USER);
    assert_eq!(body["subscription"]["status"], "expired");
}

#[test]
fn ninety_who_end_together_are_all_ended() {
    let box_ = Appliance::with_router(Access::Radius);
    for number in 0..90 {
        pay(&box_, number, "20", &format!("254712345{number:03}"));
    }
    box_.settle();
    box_.pass(HOUR);
    assert_eq!(box_.list("SELECT 1 FROM subscriptions WHERE state = 'expired'").len(), 90);
    assert_eq!(box_.list("SELECT 1 FROM radcheck").len(), 0);
}

#[test]
fn an_extra_device_ends_on_time_where_radius_alone_knows_of_it() {
    let box_ = Appliance::with_router(Access::Radius);
    box_.add_package(Package { again: Again::Device, ..package("2h", 4000, 7200) });
    pay(&box_, 1, "40", PHONE);
    box_.settle();
    pay(&box_, 2, "40", PHONE);
    box_.settle();
    let devices = || box_.one("SELECT value FROM radreply WHERE attribute = 'Port-Limit'");
    assert_eq!(devices(), "2");
    box_.pass(2 * HOUR - SECOND);
    assert_eq!(devices(), "2");
    box_.pass(SECOND);
    assert_eq!(devices(), "1");
    assert_eq!(states(&box_), ["active"]);
}

#[test]
fn an_end_that_could_not_be_written_is_looked_for_again() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20", PHONE);
    box_.settle();
    let run = |sql: &str| box_.store.write(|tx| Ok(tx.execute_batch(sql)?)).unwrap();
    run("CREATE TRIGGER no_end BEFORE UPDATE ON subscriptions WHEN new.state = 'expired'
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    for _ in 0..10 {
        box_.pass(HOUR / 5);
    }
    assert_eq!(states(&box_), ["active"]);
    run("DROP TRIGGER no_end");
    box_.pass(301 * SECOND);
    assert_eq!(states(&box_), ["expired"]);
    assert_eq!(box_.routers.console(MAIN).users(), []);
}

#[test]
fn whom_the_sweep_holds_while_the_clock_is_in_doubt_stays_online() {
    let box_ = Appliance::with_router(Access::Local);
    for number in 0..40 {
        let amount = if number < 6 { "20" } else { "50" };
        pay(&box_, number, amount, &format!("2547123456{number:02}"));
    }
    box_.settle();
    let console = box_.routers.console(MAIN);
    let wall = box_.clock.now().wall;
    box_.clock.set_wall(wall + HOUR + HOUR / 2); // Six who bought an hour seem to be over.
    box_.pass(HOUR / 10);
    assert!(compare_and_owe(&box_).is_too_much);
    assert_eq!(console.users().len(), 40);
    box_.pass(HOUR * 8 / 10); // Theirs is almost over by the box's own count.
    assert_eq!(console.users().len(), 40);
    box_.pass(HOUR * 2 / 10); // And now it is.
    assert!(!compare_and_owe(&box_).is_too_much);
    assert_eq!(box_.list("SELECT 1 FROM subscriptions WHERE state = 'expired'").len(), 6);
    assert_eq!(console.users().len(), 34);
}

fn compare_and_owe(box_: &Appliance) -> reconcile::Difference {
    let difference = compare_on(box_, MAIN).unwrap().unwrap();
    box_.store.write(|tx| reconcile::owe(tx, &difference, reconcile::Consent::Asked)).unwrap();
    box_.settle();
    difference
}
