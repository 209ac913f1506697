//! Money that is told of more than once, or that is another's.

use super::counter::{at, recorded};
use super::doors::{ask, bind, grants, payments};
use super::{PHONE, c2b, stk};
use crate::harness::Appliance;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::router::Access;
use mlango::jobs::sale::Recorded;
use std::time::Duration;

#[test]
fn a_push_that_comes_after_its_time_is_used_up_buys_it_once() {
    for is_asked_first in [true, false] {
        let box_ = Appliance::with_router(Access::Local);
        if is_asked_first {
            ask(&box_, PHONE, "1h", Some("ws_CO_1"));
        }
        box_.receive(Confirmation, &c2b("SKL0000001", "20.00", PHONE, ""));
        box_.settle();
        box_.pass(Duration::from_secs(7200));
        assert_eq!(box_.one("SELECT state FROM subscriptions"), "expired");
        if !is_asked_first {
            let asked = ask(&box_, PHONE, "1h", None);
            bind(&box_, asked, "ws_CO_1");
        }
        box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
        box_.settle();
        let bought = box_.list("SELECT state FROM subscriptions");
        assert_eq!(bought, ["expired"], "asked first: {is_asked_first}");
        assert_eq!(grants(&box_).len(), 1);
        assert_eq!(payments(&box_).len(), 1);
    }
}

#[test]
fn a_statement_may_tell_of_money_for_another_business() {
    let toml = "[mpesa]\nshortcodes = [\"600638\"]\nreferences = [\"WIFI\"]\n";
    let box_ = Appliance::configured(toml);
    for (receipt, reference) in
        [("SKL0000001", Some("RENT 7")), ("SKL0000002", Some("WIFI 7")), ("SKL0000003", None)]
    {
        let reference = reference.map(str::to_owned);
        let row = Recorded { reference, ..recorded(receipt, 2000, None) };
        at(&box_, |it, tx| it.record(tx, &row)).unwrap();
    }
    let expected = ["1 held SKL0000001", "2 received SKL0000002", "3 received SKL0000003"];
    assert_eq!(payments(&box_), expected);
}
