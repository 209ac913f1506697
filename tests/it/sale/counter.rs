//! What operators do with money and for customers.

use super::doors::{ask, bind, grants, payments};
use super::{PHONE, c2b, phone, stk};
use crate::harness::Appliance;
use mlango::domain::customer::Customer;
use mlango::domain::ids::{PaymentId, RouterId};
use mlango::domain::money::Cents;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::payment::ReturnReason;
use mlango::domain::received::Payer;
use mlango::domain::router::Access;
use mlango::domain::subscription::SubscriptionState;
use mlango::jobs::counter::Counter;
use mlango::jobs::sale::{self, Recorded, Refusal};
use mlango::store::{Tx, customers};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Does something at the counter, and what follows from it.
pub(super) fn at<T>(
    box_: &Appliance,
    body: impl FnOnce(&Counter<'_>, &Tx<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let counter = Counter { config: &box_.config, who: "test" };
    let done = sale::write(&box_.store, |tx| body(&counter, tx));
    box_.settle();
    done
}

pub(super) fn recorded(receipt: &str, cents: i64, package: Option<&str>) -> Recorded {
    Recorded {
        receipt: receipt.parse().unwrap(),
        amount: Cents(cents),
        payer: Payer::Phone(phone(PHONE)),
        package: package.map(|it| it.parse().unwrap()),
        reference: None,
        paid_at: None,
    }
}

fn customer(box_: &Appliance) -> Customer {
    let hash = phone(PHONE).hash();
    box_.store.read(|conn| customers::by_hash(conn, &hash)).unwrap().unwrap()
}

/// The minutes that are left, by the subscription's own end.
fn minutes_left(box_: &Appliance, id: i64) -> i64 {
    let left = box_.store.read(|conn| {
        mlango::store::subscriptions::get(conn, mlango::domain::ids::SubscriptionId(id))
    });
    i64::try_from(left.unwrap().left(box_.store.now()).as_secs() / 60).unwrap()
}

fn state(box_: &Appliance, id: i64) -> SubscriptionState {
    let text = box_.one(&format!("SELECT state FROM subscriptions WHERE id = {id}"));
    text.parse().unwrap()
}

#[test]
fn recorded_money_is_granted_once_whatever_comes_later() {
    let box_ = Appliance::with_router(Access::Local);
    let id = at(&box_, |it, tx| it.record(tx, &recorded("SKL0000001", 2000, None))).unwrap();
    assert_eq!(grants(&box_), ["1 1h hs_712345678 active"]);
    assert_eq!(box_.one("SELECT door FROM payments"), "recorded");
    let again = at(&box_, |it, tx| it.record(tx, &recorded("SKL0000001", 2000, None)));
    assert!(matches!(again, Err(Refusal::KnownReceipt(_, known, _)) if known == id));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Confirmation, &c2b("SKL0000001", "20.00", PHONE, ""));
    box_.settle();
    assert_eq!(payments(&box_), ["1 received SKL0000001"]);
    assert_eq!(box_.one("SELECT seconds FROM subscriptions"), "3600");
    assert_eq!(box_.sms.texts().len(), 1);
}

#[test]
fn recorded_money_that_fits_nothing_is_held() {
    let box_ = Appliance::start();
    at(&box_, |it, tx| it.record(tx, &recorded("SKL0000001", 3300, None))).unwrap();
    assert_eq!(payments(&box_), ["1 held SKL0000001"]);
    at(&box_, |it, tx| it.assign(tx, PaymentId(1), &"1h".parse().unwrap())).unwrap();
    assert_eq!(payments(&box_), ["1 received SKL0000001"]);
    let nothing = at(&box_, |it, tx| it.record(tx, &recorded("SKL0000002", 2000, Some("9h"))));
    assert!(matches!(nothing, Err(Refusal::NoSuchPackage(_))));
    assert_eq!(payments(&box_).len(), 1, "what is refused leaves nothing");
}

#[test]
fn an_operators_word_outlasts_the_push_that_comes_late() {
    let box_ = Appliance::start();
    let asked = ask(&box_, PHONE, "3h", Some("ws_CO_1"));
    at(&box_, |it, tx| it.record(tx, &recorded("SKL0000001", 5000, Some("1d")))).unwrap();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "50", PHONE));
    box_.settle();
    assert_eq!(grants(&box_).len(), 1);
    assert!(grants(&box_)[0].contains("1d"), "{:?}", grants(&box_));
    assert_eq!(payments(&box_).len(), 1);
    assert_eq!(box_.payment(asked.0).receipt.unwrap().as_str(), "SKL0000001");
}

#[test]
fn what_a_price_granted_moves_to_the_push_that_comes_late() {
    let box_ = Appliance::start();
    ask(&box_, "254700000001", "3h", Some("ws_CO_1"));
    at(&box_, |it, tx| it.record(tx, &recorded("SKL0000001", 5000, None))).unwrap();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "50", PHONE));
    box_.settle();
    let live: Vec<_> = grants(&box_).into_iter().filter(|it| !it.ends_with("revoked")).collect();
    assert_eq!(live, ["1 3h hs_700000001 active"]);
}

#[test]
fn evidence_that_an_operator_saw_settles_what_was_unclear() {
    let box_ = Appliance::start();
    let unclear = stk("ws_CO_1", "SKL0000001", "20", PHONE).replace("Amount", "Sum");
    box_.receive(Stk, &unclear);
    box_.settle();
    assert_eq!(payments(&box_), ["1 held SKL0000001"]);
    at(&box_, |it, tx| it.record(tx, &recorded("SKL0000001", 2000, None))).unwrap();
    assert_eq!(payments(&box_), ["1 received SKL0000001"]);
    assert_eq!(grants(&box_), ["1 1h hs_712345678 active"]);
}

#[test]
fn cash_is_sold_as_often_as_it_is_paid() {
    let box_ = Appliance::with_router(Access::Local);
    for _ in 0..2 {
        at(&box_, |it, tx| it.sell(tx, &phone(PHONE), &"1h".parse().unwrap())).unwrap();
    }
    assert_eq!(box_.list("SELECT door || ' ' || amount_cents FROM payments"), ["cash 2000"; 2]);
    assert_eq!(box_.one("SELECT seconds || ' ' || state FROM subscriptions"), "7200 active");
    assert_eq!(box_.list("SELECT what FROM audit"), ["sell", "sell"]);
}

#[test]
fn closing_takes_what_is_left_of_that_purchase_alone() {
    for trusted in [true, false] {
        let box_ = Appliance::with_router(Access::Both);
        box_.clock.set_trusted(trusted);
        box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
        box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", PHONE));
        box_.settle();
        box_.pass(Duration::from_secs(30 * 60));
        at(&box_, |it, tx| it.close(tx, PaymentId(1), ReturnReason::Refunded)).unwrap();
        assert_eq!(minutes_left(&box_, 1), 60, "the half hour that was left of the first is gone");
        assert_eq!(state(&box_, 1), SubscriptionState::Active);
        assert_eq!(payments(&box_), ["1 returned SKL0000001", "2 received SKL0000002"]);

        box_.pass(Duration::from_secs(10 * 60));
        at(&box_, |it, tx| it.close(tx, PaymentId(2), ReturnReason::Reversed)).unwrap();
        assert_eq!(state(&box_, 1), SubscriptionState::Revoked);
        assert_eq!(grants(&box_).len(), 2, "the rows stay");
        let radius = box_.list("SELECT value FROM radcheck WHERE attribute LIKE '%Password'");
        assert!(radius.is_empty(), "{radius:?}");
        let user =
            box_.routers.console(RouterId(1)).run(":put [/ip hotspot user find name~\"hs_\"]");
        assert_eq!(user.trim(), "", "the router has forgotten the user");
    }
}

#[test]
fn closing_what_was_used_up_costs_the_next_purchase_nothing() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", PHONE));
    box_.settle();
    box_.pass(Duration::from_secs(75 * 60));
    at(&box_, |it, tx| it.close(tx, PaymentId(1), ReturnReason::Refunded)).unwrap();
    assert_eq!(minutes_left(&box_, 1), 45);
    box_.pass(HOUR);
    assert_eq!(state(&box_, 1), SubscriptionState::Expired);
    at(&box_, |it, tx| it.close(tx, PaymentId(2), ReturnReason::Refunded)).unwrap();
    assert_eq!(state(&box_, 1), SubscriptionState::Expired, "it had ended before");
}

#[test]
fn money_is_closed_once_and_only_if_it_is_in() {
    let box_ = Appliance::start();
    let pending = ask(&box_, PHONE, "1h", None);
    let close = |id| at(&box_, |it, tx| it.close(tx, id, ReturnReason::OtherSite));
    assert!(matches!(close(pending), Err(Refusal::NothingToReturn(..))));
    assert!(matches!(close(PaymentId(9)), Err(Refusal::NoSuchPayment(_))));
    box_.receive(Confirmation, &c2b("SKL0000002", "33", PHONE, ""));
    box_.settle();
    close(PaymentId(2)).unwrap();
    assert!(matches!(close(PaymentId(2)), Err(Refusal::Closed(..))));
    let assigned = at(&box_, |it, tx| it.assign(tx, PaymentId(2), &"1h".parse().unwrap()));
    assert!(matches!(assigned, Err(Refusal::Closed(..))));
    assert!(matches!(
        at(&box_, |it, tx| it.record(tx, &recorded("SKL0000002", 3300, Some("1h")))),
        Err(Refusal::KnownReceipt(..))
    ));
    // Whatever still comes of it, nothing is granted any more.
    bind(&box_, pending, "ws_CO_2");
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "33", PHONE));
    box_.receive(Confirmation, &c2b("SKL0000002", "33", PHONE, ""));
    box_.settle();
    at(&box_, |it, tx| it.replay(tx, PaymentId(2))).unwrap();
    assert_eq!(payments(&box_), ["2 returned SKL0000002"]);
    assert!(grants(&box_).is_empty());
}

#[test]
fn a_replay_grants_nothing_twice() {
    let box_ = Appliance::start();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Confirmation, &c2b("SKL0000001", "20.00", PHONE, ""));
    box_.settle();
    for _ in 0..3 {
        let count = at(&box_, |it, tx| it.replay(tx, PaymentId(1))).unwrap();
        assert_eq!(count, 2);
    }
    assert_eq!(box_.one("SELECT seconds FROM subscriptions"), "3600");
    assert_eq!(box_.sms.texts().len(), 1);
    at(&box_, |it, tx| it.sell(tx, &phone(PHONE), &"1h".parse().unwrap())).unwrap();
    let cash = at(&box_, |it, tx| it.replay(tx, PaymentId(2)));
    assert!(matches!(cash, Err(Refusal::NoCallback(_))));
}

#[test]
fn more_time_reaches_the_router_and_radius() {
    for trusted in [true, false] {
        let box_ = Appliance::with_router(Access::Both);
        box_.clock.set_trusted(trusted);
        let buyer = || customer(&box_);
        box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
        box_.settle();
        box_.pass(Duration::from_secs(30 * 60));
        at(&box_, |it, tx| it.extend(tx, &buyer(), HOUR)).unwrap();
        assert_eq!(minutes_left(&box_, 1), 90);
        let console = box_.routers.console(RouterId(1));
        let limit =
            console.run(":put [/ip hotspot user get [find name=hs_712345678] limit-uptime]");
        assert_eq!(limit.trim(), "01:30:01", "trusted: {trusted}");
        assert_eq!(box_.one("SELECT seconds || ' ' || who FROM comps"), "3600 test");
        box_.pass(Duration::from_secs(89 * 60));
        assert_eq!(state(&box_, 1), SubscriptionState::Active);
        box_.pass(Duration::from_secs(2 * 60));
        assert_eq!(state(&box_, 1), SubscriptionState::Expired);
        let late = at(&box_, |it, tx| it.extend(tx, &buyer(), HOUR));
        assert!(matches!(late, Err(Refusal::NothingRuns(_))));
        // What was given goes with the purchase it was given to, and is no money.
        assert_eq!(box_.payment(1).amount, Some(Cents(2000)));
    }
}

#[test]
fn who_is_revoked_is_out_everywhere_and_what_waits_does_not_begin() {
    let box_ = Appliance::with_router(Access::Both);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "50", PHONE));
    box_.settle();
    let buyer = customer(&box_);
    assert_eq!(at(&box_, |it, tx| it.revoke(tx, &buyer)).unwrap(), 2);
    assert_eq!(box_.list("SELECT state FROM subscriptions"), ["revoked"; 2]);
    assert_eq!(box_.list("SELECT state FROM payments"), ["received"; 2]);
    assert!(box_.list("SELECT id FROM radcheck").is_empty());
    let user = box_.routers.console(RouterId(1)).run(":put [/ip hotspot user find name~\"hs_\"]");
    assert_eq!(user.trim(), "");
    let again = at(&box_, |it, tx| it.revoke(tx, &buyer));
    assert!(matches!(again, Err(Refusal::NothingRuns(_))));
}

#[test]
fn a_new_password_is_good_everywhere_and_costs_no_time() {
    let box_ = Appliance::with_router(Access::Both);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    let before = customer(&box_);
    box_.pass(Duration::from_secs(30 * 60));
    let (after, is_sent) = at(&box_, |it, tx| it.renew_password(tx, &before)).unwrap();
    let password = after.password.expose();
    assert_ne!(password, before.password.expose());
    assert!(is_sent && box_.sms.texts()[1].contains(password), "{:?}", box_.sms.texts());
    let console = box_.routers.console(RouterId(1));
    let get = |key: &str| {
        console.run(&format!(":put [/ip hotspot user get [find name=hs_712345678] {key}]"))
    };
    assert_eq!(get("password").trim(), password);
    assert_eq!(get("limit-uptime").trim(), "01:00:01", "counters go on");
    let radius = box_.one("SELECT value FROM radcheck WHERE attribute LIKE '%Password'");
    assert_eq!(radius, password);
    assert_eq!(minutes_left(&box_, 1), 30);
}

#[test]
fn a_hidden_phone_gets_no_sms_and_a_password_all_the_same() {
    let box_ = Appliance::start();
    box_.receive(Confirmation, &c2b("SKL0000001", "20", "2547 ***** 126", ""));
    box_.settle();
    let name = "hs_skl0000001".parse().unwrap();
    let buyer = box_.store.read(|conn| customers::by_username(conn, &name)).unwrap().unwrap();
    assert!(matches!(at(&box_, |it, tx| it.resend(tx, &buyer)), Err(Refusal::NoPhone(_))));
    let (after, is_sent) = at(&box_, |it, tx| it.renew_password(tx, &buyer)).unwrap();
    assert!(!is_sent && after.password.expose() != buyer.password.expose());
    at(&box_, |it, tx| it.extend(tx, &buyer, HOUR)).unwrap();
    assert_eq!(box_.one("SELECT seconds FROM subscriptions"), "7200");
}
