//! Paid, and let in: from the callback to a real FreeRADIUS, with nothing by hand between.

use super::logins::system_seconds;
use super::radclient::signed;
use super::server::FreeRadius;
use crate::harness::Appliance;
use crate::sale::{PHONE, stk};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::domain::time::Timestamp;
use std::time::Duration;

#[test]
fn whoever_just_paid_is_let_in_and_nobody_else() {
    let server = FreeRadius::start();
    let box_ = Appliance::beside(&server.data_dir(), 3799);
    box_.clock.set_wall(Timestamp(system_seconds() * 1000));
    box_.add_router("Main", Access::Radius);
    let answers = |password: &str| {
        ["User-Password", "CHAP-Password"].map(|kind| {
            let login = format!("User-Name=hs_712345678,{kind}={password}");
            let answer = signed(&server, "auth", &login);
            let words = ["Access-Accept", "Access-Reject"];
            words
                .into_iter()
                .find(|it| answer.contains(&format!("Received {it}")))
                .unwrap_or("silence")
        })
    };
    assert_eq!(answers("anything"), ["Access-Reject"; 2], "nobody has paid");

    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    let password = box_.one("SELECT password FROM customers");
    assert_eq!(answers(&password), ["Access-Accept"; 2]);
    assert_eq!(answers("another"), ["Access-Reject"; 2]);

    // An hour later by the box's clock the time is over; buying again lets him in again.
    box_.pass(Duration::from_secs(3700));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", PHONE));
    box_.settle();
    assert_eq!(box_.one("SELECT password FROM customers"), password);
    assert_eq!(answers(&password), ["Access-Accept"; 2]);
}
