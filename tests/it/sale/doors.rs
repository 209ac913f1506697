//! One payment, learned of by several doors, in any order, any number of times.

use super::{PHONE, c2b, phone, stk, stk_failed};
use crate::harness::Appliance;
use mlango::domain::ids::PaymentId;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::router::Access;
use mlango::jobs::sale::{self, Ask};

pub(super) fn ask(
    box_: &Appliance,
    phone_number: &str,
    package: &str,
    checkout: Option<&str>,
) -> PaymentId {
    let ask = Ask {
        phone: phone(phone_number),
        package: package.parse().unwrap(),
        router: None,
        mac: None,
        checkout_request_id: checkout.map(|it| it.parse().unwrap()),
    };
    let config = box_.config.clone();
    let mut asked = None;
    box_.store
        .write(|tx| {
            asked = Some(sale::ask(tx, &config, &ask));
            Ok(())
        })
        .unwrap();
    let asked = asked.unwrap().unwrap();
    box_.settle();
    asked.payment_id
}

/// Tells which push a payment was asked for with.
pub(super) fn bind(box_: &Appliance, id: PaymentId, checkout: &str) -> PaymentId {
    let (config, checkout) = (box_.config.clone(), checkout.parse().unwrap());
    let mut bound = None;
    box_.store
        .write(|tx| {
            bound = Some(sale::bind_checkout(tx, &config, id, &checkout));
            Ok(())
        })
        .unwrap();
    box_.settle();
    bound.unwrap().unwrap()
}

pub(super) fn payments(box_: &Appliance) -> Vec<String> {
    box_.list(
        "SELECT id || ' ' || state || ' ' || coalesce(receipt, '-') FROM payments ORDER BY id",
    )
}

pub(super) fn grants(box_: &Appliance) -> Vec<String> {
    box_.list(
        "SELECT grants.payment_id || ' ' || code || ' ' || username || ' ' || subscriptions.state
         FROM grants JOIN subscriptions ON subscriptions.id = subscription_id
         JOIN packages ON packages.id = package_id ORDER BY 1",
    )
}

#[test]
fn ten_times_the_same_callback_is_one_payment() {
    let box_ = Appliance::with_router(Access::Local);
    for _ in 0..10 {
        box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    }
    box_.settle();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(payments(&box_), ["1 received SKL0000001"]);
    assert_eq!(grants(&box_), ["1 1h hs_712345678 active"]);
    assert_eq!(box_.list("SELECT id FROM callbacks").len(), 11);
    assert_eq!(box_.sms.texts().len(), 1);
}

#[test]
fn both_doors_are_one_payment_in_either_order() {
    let bodies = [
        (Stk, stk("ws_CO_1", "SKL0000001", "20", PHONE)),
        (Confirmation, c2b("SKL0000001", "20.00", phone(PHONE).hash().as_str(), "")),
    ];
    for order in [[0, 1], [1, 0]] {
        let box_ = Appliance::with_router(Access::Local);
        for index in order {
            box_.receive(bodies[index].0, &bodies[index].1);
            box_.settle();
        }
        assert_eq!(payments(&box_), ["1 received SKL0000001"], "{order:?}");
        assert_eq!(grants(&box_).len(), 1);
        let payment = box_.payment(1);
        assert!(payment.checkout_request_id.is_some() && payment.shortcode.is_some());
        assert_eq!(box_.one("SELECT phone FROM customers"), PHONE, "{order:?}");
        assert_eq!(box_.sms.texts().len(), 1, "{order:?}: told once the phone is known");
    }
}

#[test]
fn a_failure_never_undoes_a_success_and_a_late_success_counts() {
    let box_ = Appliance::start();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Stk, &stk_failed("ws_CO_1", 1032));
    box_.receive(Stk, &stk_failed("ws_CO_2", 1037));
    box_.settle();
    assert_eq!(payments(&box_), ["1 received SKL0000001", "2 failed -"]);
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", PHONE));
    box_.settle();
    assert_eq!(payments(&box_), ["1 received SKL0000001", "2 received SKL0000002"]);
    let failed = box_.list("SELECT name FROM events WHERE name = 'payment.failed'");
    assert_eq!(failed.len(), 1);
}

#[test]
fn a_known_payment_is_for_whom_it_was_asked_whoever_pays() {
    let box_ = Appliance::with_router(Access::Local);
    let id = ask(&box_, "0799000111", "1h", Some("ws_CO_1"));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(grants(&box_), [format!("{id} 1h hs_799000111 active")]);
    assert_eq!(box_.sms.sent.lock().unwrap()[0].to.msisdn(), "254799000111");
    assert_eq!(ask(&box_, "0799000111", "1h", Some("ws_CO_1")), id, "asked for again, the same");
}

#[test]
fn less_than_was_asked_is_held_and_more_is_noted() {
    let box_ = Appliance::start();
    let id = ask(&box_, PHONE, "3h", Some("ws_CO_1"));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(payments(&box_), [format!("{id} held SKL0000001")]);
    // The other door tells of the same money: it does not become enough by that.
    box_.receive(Confirmation, &c2b("SKL0000001", "20.00", PHONE, ""));
    box_.settle();
    assert_eq!(payments(&box_), [format!("{id} held SKL0000001")]);
    assert_eq!(grants(&box_), [""; 0]);

    let id = ask(&box_, PHONE, "1h", Some("ws_CO_2"));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "25.50", PHONE));
    box_.settle();
    assert_eq!(grants(&box_), [format!("{id} 1h hs_712345678 active")]);
    assert_eq!(box_.payment(id.0).surplus.0, 550);
}

#[test]
fn a_second_success_on_one_push_is_held() {
    let box_ = Appliance::start();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000002", "20", PHONE));
    box_.settle();
    assert_eq!(payments(&box_), ["1 received SKL0000001", "2 held SKL0000002"]);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000002", "20", PHONE));
    box_.settle();
    assert_eq!(payments(&box_).len(), 2);
    assert_eq!(grants(&box_).len(), 1);
}

#[test]
fn what_the_price_granted_moves_to_the_payment_that_was_asked_for() {
    let box_ = Appliance::with_router(Access::Local);
    let id = ask(&box_, "0799000111", "1h", Some("ws_CO_1"));
    // The till tells first, and hides who paid; 50 shillings would buy three hours.
    box_.receive(Confirmation, &c2b("SKL0000001", "50.00", phone(PHONE).hash().as_str(), ""));
    box_.settle();
    assert_eq!(grants(&box_), ["2 3h hs_skl0000001 active"]);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "50", PHONE));
    box_.settle();
    assert_eq!(payments(&box_), [format!("{id} received SKL0000001")]);
    assert_eq!(grants(&box_), [format!("{id} 1h hs_799000111 active")]);
    assert_eq!(box_.payment(id.0).surplus.0, 3000);
    let console = box_.routers.console(mlango::domain::ids::RouterId(1));
    assert!(console.user("hs_skl0000001").is_none(), "what was moved is taken away");
    assert!(console.user("hs_799000111").is_some());
    // The row that is gone is still found by its old number.
    assert_eq!(box_.payment(id.0 + 1).id, id);
}

#[test]
fn whoever_asks_after_the_callback_takes_its_payment_over() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    let id = ask(&box_, "0799000111", "1h", Some("ws_CO_1"));
    assert_eq!(id, PaymentId(1));
    assert_eq!(grants(&box_), ["1 1h hs_799000111 active"]);
    assert!(box_.payment(1).is_known);
}

#[test]
fn the_push_may_be_named_after_its_callback_came() {
    let box_ = Appliance::with_router(Access::Local);
    let id = ask(&box_, "0799000111", "1h", None);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(bind(&box_, id, "ws_CO_1"), id);
    assert_eq!(grants(&box_), [format!("{id} 1h hs_799000111 active")]);
    assert_eq!(payments(&box_), [format!("{id} received SKL0000001")]);
}

#[test]
fn a_masked_payer_is_known_by_his_receipt_until_the_other_door_names_him() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Confirmation, &c2b("SKL0000001", "20.00", "2547 ***** 678", ""));
    box_.settle();
    assert_eq!(grants(&box_), ["1 1h hs_skl0000001 active"]);
    assert_eq!(box_.sms.texts().len(), 0);
    // He bought before under his number: the two are one from now on.
    box_.receive(Stk, &stk("ws_CO_9", "SKL0000009", "20", PHONE));
    box_.settle();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(box_.list("SELECT phone FROM customers"), [PHONE]);
    assert_eq!(box_.sms.texts().len(), 2, "one for each purchase");
}
