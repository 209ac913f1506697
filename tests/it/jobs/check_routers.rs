//! Looking after routers: quiet while all is well, and each change is told once.

use crate::harness::{Appliance, package};
use crate::sale::{PHONE, stk};
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::queue::Queue;
use mlango::domain::router::Access;
use mlango::domain::time::Timestamp;
use mlango::engine::Ran;
use mlango::jobs;
use mlango::store::queues;
use mlango::view::{IssueCode, Surroundings, status};
use std::time::Duration;

const MAIN: RouterId = RouterId(1);
const STATE: &str = "SELECT state || ' ' || coalesce(error, 'well') FROM routers";
const EVENTS: &str = "SELECT name FROM events WHERE name GLOB 'router.*' ORDER BY id";

/// A box that looks after one router, which has answered.
fn watched() -> Appliance {
    let box_ = Appliance::with_router(Access::Local);
    box_.engine.keep_up(Box::new(jobs::beats));
    minutes(&box_, 1);
    box_
}

fn minutes(box_: &Appliance, count: u32) {
    (0..count * 6).for_each(|_| box_.pass(Duration::from_secs(10)));
}

/// Some minutes of the box's time, all of them at one moment by its wall clock.
fn minutes_at(box_: &Appliance, wall: Timestamp) {
    for _ in 0..66 {
        box_.clock.set_wall(wall);
        box_.pass(Duration::from_secs(10));
    }
}

/// Sizes of the database and its log, and whether anybody wrote to it.
fn written(box_: &Appliance) -> (i64, u64, i64) {
    let version = box_
        .store
        .read(|conn| Ok(conn.pragma_query_value(None, "data_version", |row| row.get(0))?));
    let (bytes, log_bytes, _) = box_.store.sizes().unwrap();
    (bytes, log_bytes, version.unwrap())
}

#[test]
fn the_first_contact_is_noted_and_no_event() {
    let box_ = watched();
    assert_eq!(box_.one(STATE), "up well");
    assert!(box_.one("SELECT version FROM routers").starts_with("7.16"));
    assert_eq!(box_.list(EVENTS), [""; 0]);
    assert_eq!(box_.jobs(), [""; 0]);
    assert_eq!(box_.list("SELECT kind FROM job_history"), [""; 0]);
}

#[test]
fn two_hours_with_a_router_that_does_not_change_write_not_a_byte() {
    let box_ = watched();
    minutes(&box_, 5);
    let (before, commands) = (written(&box_), box_.routers.asked(MAIN));
    minutes(&box_, 120);
    assert_eq!(written(&box_), before);
    let asked = box_.routers.asked(MAIN) - commands;
    assert!(120 < asked, "it was asked {asked} times only");
    println!("asked {asked} times in two hours, and nothing was written");
}

#[test]
fn a_router_that_stays_away_writes_once() {
    let box_ = watched();
    box_.routers.set_offline(MAIN, true);
    minutes(&box_, 5);
    let before = written(&box_);
    minutes(&box_, 120);
    assert_eq!(written(&box_), before);
    assert_eq!(box_.list(EVENTS), ["router.down"]);
}

#[test]
fn one_failure_is_nothing_and_flapping_gives_one_down_and_one_up() {
    let box_ = watched();
    for _ in 0..10 {
        box_.routers.set_offline(MAIN, true);
        box_.pass(Duration::from_secs(30));
        box_.routers.set_offline(MAIN, false);
        minutes(&box_, 1);
    }
    assert_eq!((box_.one(STATE), box_.list(EVENTS)), ("up well".to_owned(), vec![]));
    box_.routers.set_offline(MAIN, true);
    minutes(&box_, 10);
    assert!(box_.one(STATE).starts_with("unreachable router does not answer: it is switched off"));
    let seen = "SELECT state_since_ms - seen_at_ms BETWEEN 30000 AND 120000 FROM routers";
    assert_eq!(box_.one(seen), "1", "it is kept when it last answered");
    box_.routers.set_offline(MAIN, false);
    minutes(&box_, 10);
    assert_eq!(box_.one(STATE), "up well");
    assert_eq!(box_.list(EVENTS), ["router.down", "router.up"]);
    let body = box_.one("SELECT body FROM events WHERE name = 'router.down'");
    assert!(
        body.contains(r#""type":"router_down""#) && body.contains(r#""name":"Main""#),
        "{body}"
    );
}

#[test]
fn its_return_lets_parked_work_go_at_once() {
    let box_ = watched();
    box_.routers.set_offline(MAIN, true);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    minutes(&box_, 10);
    assert!(box_.jobs().contains(&"provision_user waiting".to_owned()), "{:?}", box_.jobs());
    let last_try = "SELECT run_at_engine_ms FROM jobs WHERE kind = 'provision_user'";
    let by_itself: i64 = box_.one(last_try).parse().unwrap();
    box_.routers.set_offline(MAIN, false);
    while box_.engine.run_next(Queue::RouterChecks).unwrap() != Ran::One {
        box_.clock.advance(Duration::from_secs(1));
    }
    assert!(box_.store.now().engine.0 < by_itself, "nobody waits for that");
    box_.settle();
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
}

#[test]
fn a_paused_queue_leaves_routers_alone() {
    let box_ = watched();
    box_.store.write(|tx| queues::pause(tx, Queue::RouterData)).unwrap();
    box_.store.write(|tx| queues::pause(tx, Queue::RouterChecks)).unwrap();
    let before = box_.routers.asked(MAIN);
    assert!(0 < before);
    minutes(&box_, 10);
    assert_eq!(box_.routers.asked(MAIN), before);
}

#[test]
fn without_a_router_nobody_is_asked_and_one_that_is_removed_is_forgotten() {
    let box_ = Appliance::start();
    box_.engine.keep_up(Box::new(jobs::beats));
    assert_eq!(box_.engine.run_next(Queue::RouterChecks).unwrap(), Ran::Nothing(None));
    assert_eq!(box_.engine.run_next(Queue::RouterData).unwrap(), Ran::Nothing(None));
    box_.add_router("Main", Access::Local);
    assert_eq!(box_.engine.run_next(Queue::RouterChecks).unwrap(), Ran::One);
    box_.store.write(|tx| mlango::store::routers::remove(tx, MAIN)).unwrap();
    assert_eq!(box_.engine.run_next(Queue::RouterChecks).unwrap(), Ran::Nothing(None));
}

#[test]
fn who_is_online_and_how_much_they_used_is_known_across_logins_and_resets() {
    let box_ = Appliance::start();
    let limited = package("5g", 3000, 86_400);
    box_.add_package(mlango::domain::package::Package { bytes: Some(1_000_000), ..limited });
    let (main, yard) =
        (box_.add_router("Main", Access::Local), box_.add_router("Yard", Access::Local));
    box_.engine.keep_up(Box::new(jobs::beats));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "30", PHONE));
    minutes(&box_, 1);
    let password = box_.one("SELECT password FROM subscriptions");
    let (user, mac) = ("hs_712345678", "02:4B:11:9A:C0:5E");
    let used = || box_.one("SELECT used_bytes FROM subscriptions");

    let router = box_.routers.console(main);
    router.login(user, &password, mac).unwrap();
    minutes(&box_, 2);
    let online = "SELECT mac || ' ' || coalesce(why_ended, 'online') FROM sessions ORDER BY id";
    assert_eq!(box_.list(online), ["02:4B:11:9A:C0:5E online"]);
    assert!(router.traffic(user, 100_000, 200_000));
    minutes(&box_, 6);
    assert_eq!(used(), "300000");
    router.logout(mac);
    minutes(&box_, 2);
    assert_eq!(box_.list(online), ["02:4B:11:9A:C0:5E gone from its router"]);

    router.login(user, &password, mac).unwrap();
    assert!(router.traffic(user, 50_000, 50_000));
    minutes(&box_, 6);
    assert_eq!(used(), "400000", "a second session goes on where the first ended");
    router.run("/ip hotspot user reset-counters [find]");
    assert!(router.traffic(user, 0, 30_000));
    minutes(&box_, 6);
    assert_eq!(used(), "430000", "a counter that begins again takes nothing back");

    let router = box_.routers.console(yard);
    router.login(user, &password, "02:4B:11:9A:C0:5F").unwrap();
    assert!(router.traffic(user, 300_000, 300_000));
    minutes(&box_, 7);
    assert_eq!(used(), "1030000", "of both routers together");
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "exhausted");
}

#[test]
fn what_hangs_is_given_up_soon_and_what_is_slow_gets_a_longer_try() {
    let box_ = watched();
    box_.routers.set_offline(MAIN, true);
    let mut patience = Vec::new();
    while patience.len() < 6 {
        box_.clock.advance(Duration::from_secs(10));
        if box_.engine.run_next(Queue::RouterChecks).unwrap() == Ran::One {
            patience.push(box_.routers.patience(MAIN).as_secs_f64().ceil());
        }
    }
    assert_eq!(patience, [5.0, 5.0, 15.0, 5.0, 5.0, 15.0], "seconds");
}

#[test]
fn counters_are_counted_of_whom_they_are_and_not_of_whom_a_copied_mark_names() {
    let box_ = Appliance::start();
    let limited = package("5g", 3000, 86_400);
    box_.add_package(mlango::domain::package::Package { bytes: Some(1_000_000), ..limited });
    box_.add_router("Main", Access::Local);
    box_.engine.keep_up(Box::new(jobs::beats));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "30", PHONE));
    minutes(&box_, 1);
    let used = || box_.one("SELECT used_bytes FROM subscriptions");
    let router = box_.routers.console(MAIN);
    // As of a box of before, whose first customer was somebody else.
    let add = "/ip hotspot user add name=hs_799999999 password=x";
    router.run(&format!("{add} comment=\"mlango sub=1 rev=1\""));
    router.login("hs_799999999", "x", "02:4B:11:9A:C0:5E").unwrap();
    assert!(router.traffic("hs_799999999", 2_000_000, 2_000_000));
    minutes(&box_, 6);
    assert_eq!(
        (used(), box_.one("SELECT state FROM subscriptions")),
        ("0".into(), "active".into())
    );

    // As after a backup was restored here: the router knows of a purchase that we do not.
    let (user, password) = ("hs_712345678", box_.one("SELECT password FROM subscriptions"));
    router.login(user, &password, "02:4B:11:9A:C0:5F").unwrap();
    router.run(&format!("/ip hotspot user set [find name={user}] comment=\"mlango sub=1 rev=9\""));
    assert!(router.traffic(user, 100_000, 0));
    minutes(&box_, 6);
    assert_eq!(router.user(user).unwrap().comment, "mlango sub=1 rev=1");
    assert!(router.traffic(user, 200_000, 0));
    minutes(&box_, 6);
    assert_eq!(used(), "200000", "its counter began again with the mark that we know");
}

#[test]
fn what_was_used_up_to_a_renewal_is_counted_though_nobody_has_looked_since() {
    let box_ = Appliance::start();
    let limited = package("gig", 3000, 86_400);
    box_.add_package(mlango::domain::package::Package { bytes: Some(1 << 30), ..limited });
    box_.add_router("Main", Access::Local);
    box_.engine.keep_up(Box::new(jobs::beats));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "30", PHONE));
    minutes(&box_, 6);
    let (user, password) = ("hs_712345678", box_.one("SELECT password FROM subscriptions"));
    let router = box_.routers.console(MAIN);
    router.login(user, &password, "02:4B:11:9A:C0:5E").unwrap();
    assert!(router.traffic(user, 1 << 28, 1 << 28));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "30", PHONE));
    box_.settle();
    let used = || box_.one("SELECT used_bytes FROM subscriptions");
    assert_eq!((router.user(user).unwrap().bytes_in, used()), (0, (1i64 << 29).to_string()));
    minutes(&box_, 11);
    assert_eq!(used(), (1i64 << 29).to_string(), "once");
    assert_eq!(router.user(user).unwrap().limit_bytes_total, Some((2 << 30) - (1 << 29)));
}

#[test]
fn a_clock_that_is_off_is_shown_and_keeps_nobody_out() {
    let box_ = watched();
    box_.clock.set_trusted(true);
    let clock = || {
        let routers = box_.world().live.figures(box_.store.now());
        let around = Surroundings { routers, ..Surroundings::default() };
        let status = status(&box_.store, &box_.config, &around).unwrap();
        let issues = status.issues.into_iter().filter(|it| it.code == IssueCode::RouterClock);
        issues.map(|it| it.text).collect::<Vec<_>>()
    };
    // The simulated router's clock stands still, a whole number of seconds behind ours.
    let ours = Timestamp(1_795_345_509_000);
    minutes_at(&box_, ours);
    let figures = box_.world().live.figures(box_.store.now());
    let behind = figures[&MAIN].clock_off.unwrap();
    assert!(!clock().is_empty(), "{behind:?}");
    let theirs = Timestamp(ours.0 - i64::try_from(behind.as_millis()).unwrap());
    minutes_at(&box_, theirs);
    assert_eq!(clock(), [""; 0]);
    minutes_at(&box_, Timestamp(theirs.0 + 3 * 86_400_000));
    assert_eq!(clock(), ["The clock of router Main is 3d off"]);
    assert_eq!(box_.one(STATE), "up well");
}
