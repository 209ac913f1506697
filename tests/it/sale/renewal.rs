//! Buying again: time stacks, other packages wait their turn, nobody loses what was paid.

use super::{PHONE, stk};
use crate::harness::{Appliance, package};
use mlango::domain::ids::{PaymentId, RouterId};
use mlango::domain::package::Again;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::payment::ReturnReason;
use mlango::domain::router::Access;
use mlango::domain::time::Timestamp;
use mlango::jobs::counter::Counter;
use mlango::jobs::sale;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const MAIN: RouterId = RouterId(1);

fn pay(box_: &Appliance, number: u32, amount: &str) {
    box_.receive(Stk, &stk(&format!("ws_CO_{number}"), &format!("SKL{number:07}"), amount, PHONE));
    box_.settle();
}

#[test]
fn the_same_package_again_adds_time_to_the_end() {
    let box_ = Appliance::with_router(Access::Both);
    pay(&box_, 1, "20");
    let console = box_.routers.console(MAIN);
    let password = console.user("hs_712345678").unwrap().password;
    box_.pass(HOUR / 2);
    pay(&box_, 2, "20");
    let length = box_.one("SELECT ends_engine_ms - starts_engine_ms FROM subscriptions");
    assert_eq!(length, "7200000");
    let user = console.user("hs_712345678").unwrap();
    assert_eq!(user.comment, "mlango sub=1 rev=2");
    assert_eq!(user.limit_uptime, Some(HOUR + HOUR / 2 + Duration::from_secs(1)));
    assert_eq!(user.password, password, "kept across purchases");
    assert_eq!(box_.sms.texts().len(), 2, "one for each purchase");
    let expirations = box_.list("SELECT value FROM radcheck WHERE attribute = 'Expiration'");
    assert_eq!(expirations.len(), 1);
    let ends = box_.one("SELECT ends_at_ms / 1000 FROM subscriptions");
    assert_eq!(expirations[0], ends);
}

#[test]
fn two_payments_at_the_same_moment_are_both_served() {
    let box_ = Appliance::with_router(Access::Local);
    for number in [1, 2] {
        let body = stk(&format!("ws_CO_{number}"), &format!("SKL{number:07}"), "20", PHONE);
        box_.receive(Stk, &body);
    }
    box_.settle();
    assert_eq!(box_.one("SELECT seconds FROM subscriptions"), "7200");
    assert_eq!(box_.list("SELECT state FROM payments"), ["received", "received"]);
    let user = box_.routers.console(MAIN).user("hs_712345678").unwrap();
    assert_eq!(user.comment, "mlango sub=1 rev=2");
}

#[test]
fn another_package_starts_when_the_running_one_ends() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20");
    pay(&box_, 2, "50");
    let states = box_.list("SELECT state FROM subscriptions ORDER BY id");
    assert_eq!(states, ["active", "pending"]);
    assert_eq!(
        box_.routers.console(MAIN).user("hs_712345678").unwrap().comment,
        "mlango sub=1 rev=1"
    );
    box_.pass(HOUR + Duration::from_secs(2));
    let user = box_.routers.console(MAIN).user("hs_712345678").unwrap();
    assert_eq!(user.comment, "mlango sub=2 rev=1");
    assert_eq!(box_.one("SELECT state FROM subscriptions WHERE id = 2"), "active");
    let length =
        box_.one("SELECT ends_engine_ms - starts_engine_ms FROM subscriptions WHERE id = 2");
    assert_eq!(length, "10800000", "all of it is left");
}

#[test]
fn a_customer_returns_after_his_time_is_over() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20");
    box_.pass(3 * HOUR);
    pay(&box_, 2, "20");
    let states = box_.list("SELECT state FROM subscriptions ORDER BY id");
    assert_eq!(states, ["expired", "active"]);
    assert_eq!(box_.list("SELECT username FROM customers").len(), 1);
    let user = box_.routers.console(MAIN).user("hs_712345678").unwrap();
    assert_eq!(user.comment, "mlango sub=2 rev=1");
}

#[test]
fn a_second_device_is_let_in_while_both_purchases_run() {
    let box_ = Appliance::with_router(Access::Local);
    let mut family = package("fam", 3000, 3600);
    family.again = Again::Device;
    box_.add_package(family);
    pay(&box_, 1, "30");
    let profile = || box_.routers.console(MAIN).user("hs_712345678").unwrap().profile;
    assert_eq!(profile(), "mlango-open-x1");
    pay(&box_, 2, "30");
    assert_eq!(profile(), "mlango-open-x2");
    assert_eq!(box_.one("SELECT seconds FROM subscriptions"), "7200");
    box_.pass(HOUR + Duration::from_secs(2));
    assert_eq!(profile(), "mlango-open-x1", "the first purchase is over, and its device with it");
}

#[test]
fn a_purchase_without_a_limit_that_is_taken_back_leaves_the_volume_before_it() {
    let box_ = Appliance::with_router(Access::Local);
    let mut gig = package("gig", 3000, 3600);
    gig.bytes = Some(1 << 30);
    box_.add_package(gig);
    let bytes = || box_.one("SELECT bytes FROM subscriptions");
    let limit = || box_.routers.console(MAIN).user("hs_712345678").unwrap().limit_bytes_total;
    pay(&box_, 1, "30");
    box_.store
        .write(|tx| Ok(tx.execute("UPDATE packages SET bytes = NULL WHERE code = 'gig'", [])?))
        .unwrap();
    pay(&box_, 2, "30");
    assert_eq!((bytes().as_str(), limit()), ("null", None));
    sale::write(&box_.store, |tx| {
        let counter = Counter { config: &box_.config, who: "cli" };
        counter.close(tx, PaymentId(2), ReturnReason::Refunded)
    })
    .unwrap();
    box_.settle();
    assert_eq!((bytes().as_str(), limit()), ("1073741824", Some(1 << 30)));
}

#[test]
fn nothing_is_lost_or_gained_by_a_power_cut_in_the_middle() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    let box_ = box_.restart("boot-2");
    box_.settle();
    let box_ = box_.restart("boot-3");
    box_.settle();
    assert_eq!(box_.list("SELECT state FROM payments"), ["received"]);
    assert_eq!(box_.list("SELECT seconds FROM subscriptions"), ["3600"]);
    assert_eq!(box_.sms.texts().len(), 1);
}

#[test]
fn a_clock_that_wakes_in_1970_takes_no_time_from_anybody() {
    let box_ = Appliance::with_router(Access::Both);
    pay(&box_, 1, "20");
    let box_ = box_.restart("boot-2");
    box_.clock.set_trusted(false);
    box_.clock.set_wall(Timestamp(0));
    box_.pass(HOUR / 2);
    pay(&box_, 2, "20"); // Half an hour is left, by the box's own steady clock.
    let left = box_.one("SELECT ends_engine_ms - starts_engine_ms FROM subscriptions");
    assert_eq!(left, "7200000");
    let timeout = box_.one("SELECT value FROM radreply WHERE attribute = 'Session-Timeout'");
    assert_eq!(timeout, "5400");
    box_.pass(2 * HOUR);
    pay(&box_, 3, "20");
    let states = box_.list("SELECT state FROM subscriptions ORDER BY id");
    assert_eq!(states, ["expired", "active"], "and it runs out by the same clock");
}
