//! Messages and questions in unlucky orders: what is claimed is not paid, what is paid is not lost.

use super::doors::{ask, bind, grants, payments};
use super::{PHONE, c2b, phone, stk, stk_failed};
use crate::harness::Appliance;
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::router::Access;
use mlango::jobs::sale;
use mlango::sms::SmsError;
use std::time::Duration;

/// A push result that claims success and shows nothing.
fn unclear(checkout: &str) -> String {
    stk(checkout, "SKL0000009", "20", PHONE).replace("MpesaReceiptNumber", "Note")
}

#[test]
fn a_claim_without_evidence_grants_nothing_whoever_asks_after_it() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &unclear("ws_CO_1"));
    box_.settle();
    let id = ask(&box_, "0799000111", "1h", Some("ws_CO_1"));
    assert_eq!(grants(&box_), [""; 0]);
    assert_eq!(box_.payment(id.0).state.as_str(), "held");
    // The evidence comes: it is for whom it was asked.
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(grants(&box_), [format!("{id} 1h hs_799000111 active")]);
}

#[test]
fn a_failure_that_came_before_the_push_was_named_leaves_the_question_standing() {
    let box_ = Appliance::with_router(Access::Local);
    let id = ask(&box_, "0799000111", "1h", None);
    box_.receive(Stk, &stk_failed("ws_CO_1", 1037));
    box_.settle();
    assert_eq!(bind(&box_, id, "ws_CO_1"), id);
    assert_eq!(box_.payment(id.0).state.as_str(), "failed");
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(grants(&box_), [format!("{id} 1h hs_799000111 active")]);
}

#[test]
fn money_that_an_operator_assigned_is_not_granted_again_by_another_door() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &unclear("ws_CO_1"));
    box_.settle();
    let config = box_.config.clone();
    let code = "3h".parse().unwrap();
    let assigned = box_.store.write(|tx| {
        Ok(sale::assign(tx, &config, mlango::domain::ids::PaymentId(1), &code).is_ok())
    });
    assert!(assigned.unwrap());
    box_.receive(Confirmation, &c2b("SKL0000001", "20", PHONE, ""));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(payments(&box_), ["1 received SKL0000001"]);
    assert_eq!(grants(&box_), ["1 3h hs_712345678 active"]);
    assert!(!box_.jobs().iter().any(|it| it.starts_with("process_payment")));
}

#[test]
fn a_purchase_that_only_changes_its_router_keeps_its_time_and_its_sms() {
    let box_ = Appliance::with_router(Access::Local);
    box_.add_router("Annexe", Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    box_.pass(Duration::from_secs(1800));
    let ask = sale::Ask {
        phone: phone(PHONE),
        package: "1h".parse().unwrap(),
        router: Some("Annexe".to_owned()),
        mac: None,
        checkout_request_id: Some("ws_CO_1".parse().unwrap()),
    };
    let config = box_.config.clone();
    box_.store.write(|tx| Ok(sale::ask(tx, &config, &ask).is_ok())).unwrap();
    box_.settle();
    assert_eq!(grants(&box_), ["1 1h hs_712345678 active"]);
    assert!(box_.routers.console(RouterId(1)).user("hs_712345678").is_none());
    assert!(box_.routers.console(RouterId(2)).user("hs_712345678").is_some());
    let length = box_.one("SELECT ends_engine_ms - starts_engine_ms FROM subscriptions");
    assert_eq!(length, "3600000");
    assert_eq!(box_.sms.texts().len(), 1);
}

#[test]
fn patience_that_could_not_be_asked_for_does_not_cost_the_credentials() {
    let box_ = Appliance::with_router(Access::Local);
    box_.routers.set_offline(RouterId(1), true);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    box_.sms.next_errors.lock().unwrap().push(SmsError::Refused("no".to_owned()));
    box_.pass(Duration::from_secs(70));
    assert_eq!(box_.sms.texts().len(), 0);
    box_.routers.set_offline(RouterId(1), false);
    box_.pass(Duration::from_secs(310));
    assert_eq!(
        box_.sms.texts().len(),
        1,
        "{:?}",
        box_.list("SELECT target||state FROM deliveries")
    );
    assert!(box_.sms.texts()[0].contains("hs_712345678"));
}

#[test]
fn nobody_is_asked_for_patience_over_a_package_that_waits_its_turn() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "50", PHONE));
    box_.settle();
    box_.pass(Duration::from_secs(120));
    assert_eq!(box_.sms.texts().len(), 1, "{:?}", box_.sms.texts());
    box_.pass(Duration::from_secs(3600));
    assert_eq!(box_.sms.texts().len(), 2, "and told when it begins");
}
