//! What an unknown payment buys.

use super::{PHONE, c2b, stk};
use crate::harness::{Appliance, package};
use mlango::domain::money::Cents;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::store::packages;
use std::time::Duration;

const BASE: &str = "[mpesa]\nshortcodes = [\"600638\"]\n";

/// What one till payment came to: `code` of what was granted, or the reason it is held.
fn bought(config: &str, amount: &str, reference: &str) -> String {
    let box_ = Appliance::configured(config);
    box_.receive(Confirmation, &c2b("SKL0000001", amount, PHONE, reference));
    box_.settle();
    box_.one(
        "SELECT iif(state = 'received', (SELECT code FROM packages WHERE id = package_id), reason)
         FROM payments",
    )
}

#[test]
fn the_reference_or_the_price_names_the_package() {
    let check = |amount, reference, expected: &str| {
        let found = bought(BASE, amount, reference);
        assert!(found.contains(expected), "{amount} {reference:?}: {found}");
    };
    check("20", "", "1h");
    check("20.00", "whatever", "1h");
    check("50", "1H", "1h"); // enough for what he named, though it would buy more
    check("20", "3h", "1h"); // too little for what he named; it is the price of another
    check("30", "3h", "no package costs 30.00");
    check("30", "", "no package costs 30.00");
    check("0.50", "", "no package costs 0.50");
}

#[test]
fn operators_decide_what_is_held() {
    let hold = format!("{BASE}unmatched = \"hold\"\n");
    assert!(bought(&hold, "20", "1h").contains("unmatched"));
    let references = format!("{BASE}references = [\"CAFE\"]\n");
    assert!(bought(&references, "20", "1h").contains("references"));
    assert_eq!(bought(&references, "20", "CAFE7"), "1h");
    let below = format!("{BASE}overpaid = \"below\"\n");
    assert_eq!(bought(&below, "60", ""), "3h");
    assert!(bought(&below, "19", "").contains("no package costs 19.00 or less"));
}

#[test]
fn two_packages_of_one_price_are_no_answer() {
    let box_ = Appliance::start();
    box_.add_package(package("night", 2000, 7200));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Confirmation, &c2b("SKL0000002", "20", PHONE, "Night"));
    box_.settle();
    let states = box_.list("SELECT state FROM payments ORDER BY id");
    assert_eq!(states, ["held", "received"]);
}

#[test]
fn yesterdays_price_still_buys_for_a_day() {
    let box_ = Appliance::start();
    let code = "1h".parse().unwrap();
    let mut hour = box_.store.read(|conn| packages::by_code(conn, &code)).unwrap().unwrap();
    hour.price = Cents(3000);
    box_.store.write(|tx| packages::update(tx, &hour)).unwrap();
    box_.pass(Duration::from_secs(23 * 3600));
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    box_.pass(Duration::from_secs(2 * 3600));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", PHONE));
    box_.receive(Stk, &stk("ws_CO_3", "SKL0000003", "30", PHONE));
    box_.settle();
    let states = box_.list("SELECT state FROM payments ORDER BY id");
    assert_eq!(states, ["received", "held", "received"]);
}

#[test]
fn unsigned_money_is_granted_up_to_the_days_limit() {
    let box_ = Appliance::configured(&format!("{BASE}unsigned_limit = \"45\"\n"));
    for index in 1..=3 {
        let body = stk(&format!("ws_CO_{index}"), &format!("SKL000000{index}"), "20", PHONE);
        box_.receive(Stk, &body);
        box_.settle();
    }
    let states = box_.list("SELECT state FROM payments ORDER BY id");
    assert_eq!(states, ["received", "received", "held"]);
    box_.pass(Duration::from_secs(24 * 3600));
    box_.receive(Stk, &stk("ws_CO_4", "SKL0000004", "20", PHONE));
    box_.settle();
    assert_eq!(box_.payment(4).state.as_str(), "received", "tomorrow is another day");
}

#[test]
fn money_for_others_and_messages_without_sense_grant_nothing() {
    let box_ = Appliance::start();
    let foreign = c2b("SKL0000001", "20", PHONE, "").replace("600638", "999999");
    box_.receive(Confirmation, &foreign);
    box_.receive(Stk, "not json");
    box_.settle();
    assert_eq!(box_.list("SELECT id FROM payments").len(), 0);
    assert_eq!(box_.list("SELECT outcome FROM callbacks"), ["reject", "reject"]);

    // A claim of success without a receipt: somebody has to look.
    let unclear = stk("ws_CO_1", "SKL0000001", "20", PHONE).replace("MpesaReceiptNumber", "Note");
    box_.receive(Stk, &unclear);
    box_.settle();
    assert_eq!(box_.payment(1).state.as_str(), "held");
    // The evidence comes after all.
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(box_.payment(1).state.as_str(), "received");
    assert_eq!(box_.list("SELECT payment_id FROM grants"), ["1"]);
}
