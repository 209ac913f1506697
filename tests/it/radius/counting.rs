//! What FreeRADIUS is told of sessions, counted by the box against what was bought.

use super::accounting::{DEVICE, Report};
use super::logins::system_seconds;
use super::server::{FreeRadius, SECRET};
use crate::harness::{Appliance, package};
use crate::sale::{PHONE, stk};
use mlango::domain::package::{Package, Starts};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::domain::time::Timestamp;
use mlango::job::Job as _;
use mlango::jobs::SyncRadiusAccounting;
use mlango::radius::RadiusError;
use mlango::radius::words::{
    CALLING_STATION_ID, MIKROTIK_TOTAL_LIMIT, MIKROTIK_TOTAL_LIMIT_GIGAWORDS, SESSION_TIMEOUT,
};
use std::time::Duration;

pub(super) const USER: &str = "hs_712345678";
const NAS: [u8; 4] = [127, 0, 0, 1];
const GIB: u64 = 1 << 30;
const MINUTE: Duration = Duration::from_secs(60);

/// A box whose one router asks RADIUS and nothing else.
pub(super) fn site(server: &FreeRadius) -> Appliance {
    let box_ = Appliance::beside(&server.data_dir(), 3799);
    box_.clock.set_wall(Timestamp(system_seconds() * 1000));
    box_.add_nas("Main", Access::Radius, Some(("127.0.0.1", SECRET)));
    box_
}

pub(super) fn pay(box_: &Appliance, number: u32, amount: &str) -> String {
    box_.receive(Stk, &stk(&format!("ws_CO_{number}"), &format!("SKL{number:07}"), amount, PHONE));
    box_.settle();
    box_.one("SELECT password FROM customers")
}

/// Sells five GiB for a day at 70 shillings.
fn sell_volume(box_: &Appliance) {
    let bytes = Some(5 << 30);
    box_.add_package(Package { bytes, ..package("5g", 7000, 86_400) });
}

pub(super) fn sync(box_: &Appliance) {
    box_.store.write(|tx| SyncRadiusAccounting {}.enqueue(tx)).unwrap();
    box_.settle();
}

fn left(server: &FreeRadius, password: &str) -> Option<u64> {
    let accept = server.log_in(USER, password).unwrap();
    let part = |kind| accept.number(kind).map(u64::from);
    Some((part(MIKROTIK_TOTAL_LIMIT_GIGAWORDS)? << 32) + part(MIKROTIK_TOTAL_LIMIT)?)
}

fn report(report: Report) -> Report {
    report.of_user(USER, NAS)
}

fn is_refused(server: &FreeRadius, password: &str) -> bool {
    matches!(server.log_in(USER, password), Err(RadiusError::Rejected(_)))
}

fn used(box_: &Appliance) -> String {
    box_.one("SELECT used_bytes FROM subscriptions")
}

fn session(box_: &Appliance) -> String {
    box_.one(
        "SELECT mac || ' ' || coalesce(router_id, '-') || ' ' ||
                coalesce(why_ended, 'online') FROM sessions",
    )
}

#[test]
fn a_volume_is_one_volume_over_all_logins() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    sell_volume(&box_);
    let password = pay(&box_, 1, "70");
    assert_eq!(left(&server, &password), Some(5 * GIB));
    report(Report::start()).send(&server);
    sync(&box_);
    assert_eq!(session(&box_), format!("{DEVICE} 1 online"));
    report(Report::stop(60)).bytes(GIB, 2 * GIB).send(&server);
    assert_eq!(left(&server, &password), Some(2 * GIB), "before the box has counted");
    sync(&box_);
    assert_eq!(left(&server, &password), Some(2 * GIB), "and after");
    assert_eq!(used(&box_), (3 * GIB).to_string());
    assert_eq!(session(&box_), format!("{DEVICE} 1 User-Request"));

    // The same again, late, and out of order: nothing is counted twice.
    for _ in 0..3 {
        report(Report::stop(60)).bytes(GIB, 2 * GIB).send(&server);
    }
    report(Report::interim(30)).bytes(1, GIB).send(&server);
    sync(&box_);
    assert_eq!(used(&box_), (3 * GIB).to_string());

    // A second device, in another session; the rest goes, and a little more.
    let other = report(Report::interim(300)).session("80200002");
    other.clone().bytes(GIB, 0).send(&server);
    assert_eq!(left(&server, &password), Some(GIB));
    sync(&box_);
    assert_eq!(left(&server, &password), Some(GIB));
    other.bytes(GIB, GIB + 5).send(&server);
    assert!(is_refused(&server, &password), "used up, though nobody has counted yet");
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
    sync(&box_);
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "exhausted");
    assert_eq!(box_.list("SELECT 1 FROM radcheck"), [""; 0]);
    assert!(is_refused(&server, &password));

    // Bought again, it is whole, whatever is still said of before.
    pay(&box_, 2, "70");
    report(Report::stop(600)).session("80200002").bytes(GIB, 2 * GIB).send(&server);
    assert_eq!(left(&server, &password), Some(5 * GIB));
    sync(&box_);
    assert_eq!(left(&server, &password), Some(5 * GIB));
}

#[test]
fn what_was_used_while_the_box_was_down_is_counted_when_it_is_back() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    sell_volume(&box_);
    let password = pay(&box_, 1, "70");
    let box_ = box_.restart("boot-2");
    for number in 0..250_u64 {
        let id = format!("8020{number:04}");
        report(Report::stop(60)).session(&id).bytes(1000, 24).send(&server);
    }
    assert_eq!(left(&server, &password), Some(5 * GIB - 250 * 1024));
    sync(&box_);
    assert_eq!(used(&box_), (250 * 1024).to_string());
    assert_eq!(box_.one("SELECT count(*) FROM rad_changes"), "0");
}

#[test]
fn a_session_that_falls_silent_is_ended_and_goes_on_when_it_is_heard_again() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    pay(&box_, 1, "100");
    report(Report::interim(300)).bytes(100, 200).send(&server);
    sync(&box_);
    box_.pass(14 * MINUTE);
    sync(&box_);
    assert_eq!(session(&box_), format!("{DEVICE} 1 online"));
    // By the box's own count. The wall clock may have jumped meanwhile.
    box_.clock.set_wall(Timestamp(0));
    box_.pass(2 * MINUTE);
    sync(&box_);
    assert_eq!(session(&box_), format!("{DEVICE} 1 Lost-Carrier"));
    let open = "SELECT count(*) FROM radacct WHERE acctstoptime IS NULL";
    assert_eq!(box_.one(open), "0");

    report(Report::interim(1500)).bytes(1000, 2000).send(&server);
    sync(&box_);
    assert_eq!(session(&box_), format!("{DEVICE} 1 online"));
    assert_eq!(used(&box_), "3000");
    let on = Report::of_router(7, NAS); // Accounting-On
    on.send(&server);
    sync(&box_);
    assert_eq!(session(&box_), format!("{DEVICE} 1 NAS-Reboot"));
    assert_eq!(box_.one("SELECT count(*) FROM sessions"), "1");
}

#[test]
fn time_that_begins_with_the_first_login_begins_there() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    box_.add_package(Package { starts: Starts::FirstLogin, ..package("2h", 4000, 7200) });
    let password = pay(&box_, 1, "40");
    box_.pass(60 * MINUTE);
    let timeout = |password: &str| server.log_in(USER, password).unwrap().number(SESSION_TIMEOUT);
    assert_eq!(timeout(&password), Some(7200), "nothing of it has passed");
    report(Report::interim(600)).send(&server);
    sync(&box_);
    assert_eq!(box_.one("SELECT ends_engine_ms - starts_engine_ms FROM subscriptions"), "7200000");
    let rest = "SELECT ends_engine_ms - 1000000 - 3600000 FROM subscriptions";
    assert_eq!(box_.one(rest), "6600000", "ten minutes of it were used when it was first heard of");
}

#[test]
fn strangers_are_looked_at_once() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    pay(&box_, 1, "20");
    for name in ["nobody", "x' OR '1'='1", "hs_712345679"] {
        Report::start().of_user(name, NAS).send(&server);
    }
    let without_name = report(Report::start()).session("8").with(CALLING_STATION_ID, b"");
    without_name.send(&server);
    sync(&box_);
    assert_eq!(box_.one("SELECT count(*) FROM rad_changes"), "0");
    assert_eq!(box_.one("SELECT count(*) FROM rad_counted"), "1");
}

#[test]
fn an_end_is_told_by_the_clock_while_it_is_believed_and_only_then() {
    let server = FreeRadius::start();
    let box_ = site(&server);
    let password = pay(&box_, 1, "20");
    let ends = "SELECT count(*) FROM radcheck WHERE attribute = 'Expiration'";
    assert_eq!(box_.one(ends), "1");
    box_.clock.set_trusted(false);
    box_.clock.set_wall(Timestamp(0));
    box_.pass(10 * MINUTE);
    sync(&box_);
    assert_eq!(box_.one(ends), "0");
    let timeout = || server.log_in(USER, &password).unwrap().number(SESSION_TIMEOUT).unwrap();
    assert_eq!(timeout(), 3000, "by the box's steady clock");
    // He logs in again after half of the rest: he has the other half.
    report(Report::start()).send(&server);
    box_.pass(25 * MINUTE);
    report(Report::stop(1500)).send(&server);
    sync(&box_);
    assert_eq!(timeout(), 1500);
    box_.clock.set_wall(Timestamp((system_seconds() + 35 * 60) * 1000));
    box_.clock.set_trusted(true);
    sync(&box_);
    let end = "SELECT value FROM radcheck WHERE attribute = 'Expiration'";
    assert_eq!(box_.one(end), box_.one("SELECT ends_at_ms / 1000 FROM subscriptions"));
    box_.pass(25 * MINUTE);
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "expired");
    assert!(is_refused(&server, &password));
}
