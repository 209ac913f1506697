//! An operator puts a customer out: for now, or for good.

use super::counter::at;
use super::{PHONE, phone, stk};
use crate::harness::Appliance;
use mlango::domain::customer::Customer;
use mlango::domain::ids::{PaymentId, RouterId};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::payment::ReturnReason;
use mlango::domain::router::Access;
use mlango::store::customers;

const DEVICE: &str = "AA:BB:CC:00:11:22";
const MAIN: RouterId = RouterId(1);

/// One who has paid for an hour and is online.
fn online() -> (Appliance, Customer) {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    log_in(&box_).unwrap();
    let hash = phone(PHONE).hash();
    let buyer = box_.store.read(|conn| customers::by_hash(conn, &hash)).unwrap().unwrap();
    (box_, buyer)
}

fn log_in(box_: &Appliance) -> Result<(), String> {
    let password = box_.one("SELECT password FROM customers");
    box_.routers.console(MAIN).login("hs_712345678", &password, DEVICE)
}

#[test]
fn who_is_kicked_may_log_in_again() {
    let (box_, buyer) = online();
    let console = box_.routers.console(MAIN);
    for _ in 0..2 {
        assert_eq!(console.active().len(), 1);
        assert_eq!(at(&box_, |it, tx| it.kick(tx, &buyer)).unwrap(), 1);
        assert_eq!(console.active(), []);
        assert!(console.reappear(DEVICE).is_err(), "no cookie brings the device back");
        log_in(&box_).unwrap();
    }
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
}

#[test]
fn who_is_revoked_or_was_given_the_money_back_is_out_for_good() {
    for is_closed in [false, true] {
        let (box_, buyer) = online();
        match is_closed {
            true => {
                at(&box_, |it, tx| it.close(tx, PaymentId(1), ReturnReason::Refunded)).unwrap();
            }
            false => drop(at(&box_, |it, tx| it.revoke(tx, &buyer)).unwrap()),
        }
        assert_eq!(box_.routers.console(MAIN).active(), []);
        assert!(log_in(&box_).is_err());
    }
}

#[test]
fn a_router_that_is_off_puts_out_whom_it_was_told_to_when_it_is_back() {
    let (box_, buyer) = online();
    box_.routers.set_offline(MAIN, true);
    at(&box_, |it, tx| it.revoke(tx, &buyer)).unwrap();
    assert_eq!(box_.routers.console(MAIN).active().len(), 1);
    box_.routers.set_offline(MAIN, false);
    for _ in 0..20 {
        box_.pass(std::time::Duration::from_secs(60));
    }
    assert_eq!(box_.routers.console(MAIN).active(), []);
    assert_eq!(box_.jobs(), [""; 0]);
}
