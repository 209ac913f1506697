//! Customers, packages, the counter, and money that waits.

use super::{act, audited, confirm, desk, post, sell, told};
use crate::http::desk::{header, text};
use crate::sale::{PHONE, c2b};
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::Confirmation;
use std::time::Duration;

#[test]
fn a_customer_is_found_and_looked_after() {
    let desk = desk();
    sell(&desk, 1);
    let browser = desk.browser();
    for known_by in ["0712345678", "%2B254+712+345678", "skl0000001", "hs_712345678"] {
        let found = browser.get(&format!("/customers?find={known_by}"));
        assert_eq!(header(&found, "Location"), "/customers/1", "{known_by}");
    }
    let list = text(&browser.get("/customers?find=<b>"));
    assert!(list.contains("Nobody is known by &lt;b&gt;"), "{list}");
    assert!(list.contains("2547****678") && !list.contains("254712345678"));
    let page = text(&browser.get("/customers/1"));
    assert!(page.contains("0712345678") && page.contains("SKL0000001"), "{page}");

    let back = "/customers/1";
    let page = act(&browser, "/customers/1/extend", "by=30m", back);
    assert!(told(&page).starts_with("0712345678 has 30m more, which makes 1h30m"), "{page}");
    let page = act(&browser, "/customers/1/extend", "by=soon", back);
    assert!(told(&page).contains("is not a duration"), "{page}");
    assert!(page.contains("value=\"soon\""), "nobody has to type it again");
    act(&browser, "/customers/1/resend", "", back);
    desk.box_.settle();
    assert_eq!(desk.box_.sms.texts().len(), 2);
    let page = act(&browser, "/customers/1/kick", "", back);
    assert!(told(&page).starts_with("Every device of 0712345678 is being put out"), "{page}");
    let before = desk.box_.one("SELECT password FROM customers");
    let asked = post(&browser, "/customers/1/password", "", back);
    assert_eq!(desk.box_.one("SELECT password FROM customers"), before);
    let page = confirm(&browser, &asked);
    assert!(told(&page).contains(&desk.box_.one("SELECT password FROM customers")), "{page}");
    let asked = post(&browser, "/customers/1/revoke", "", back);
    assert_eq!(desk.box_.one("SELECT state FROM subscriptions"), "active");
    assert_eq!(told(&confirm(&browser, &asked)), "1 purchase is revoked.");
    assert_eq!(desk.box_.one("SELECT state FROM subscriptions"), "revoked");
    let extended = act(&browser, "/customers/1/extend", "by=1h", back);
    assert!(told(&extended).contains("is running"), "{extended}");
    let audited = audited(&desk);
    for what in ["customer extend", "customer kick", "customer password", "customer revoke"] {
        assert!(audited.iter().any(|it| it == what), "{what}: {audited:?}");
    }
}

#[test]
fn packages_are_put_up_changed_and_retired() {
    let desk = desk();
    let browser = desk.browser();
    let add = "code=2h&name=Two+hours&price=30&duration=2h&rate=1M%2F2M&data=&devices=";
    let page = act(&browser, "/packages/add", add, "/packages");
    assert_eq!(told(&page), "Package 2h is for sale for KES 30.");
    assert!(page.contains("Two hours") && page.contains("2h, 1M/2M, 1 device"), "{page}");
    let twice = act(&browser, "/packages/add", add, "/packages");
    assert_eq!(told(&twice), "A package 2h is for sale already.");
    assert!(twice.contains("value=\"Two hours\""), "nobody has to type it again");
    let page = act(&browser, "/packages/price", "code=2h&price=20.50", "/packages");
    assert_eq!(told(&page), "Package 2h now costs KES 20.50.");
    let page = act(&browser, "/packages/price", "code=2h&price=20", "/packages");
    assert!(told(&page).contains("So does 1h, or did in the last day"), "{page}");
    let bad = act(&browser, "/packages/price", "code=2h&price=0", "/packages");
    assert_eq!(told(&bad), "A package costs something.");
    let asked = post(&browser, "/packages/retire", "code=2h", "/packages");
    assert_eq!(desk.box_.one("SELECT is_active FROM packages WHERE code = '2h'"), "1");
    assert_eq!(told(&confirm(&browser, &asked)), "Package 2h is for sale no more.");
    assert_eq!(desk.box_.one("SELECT is_active FROM packages WHERE code = '2h'"), "0");
    let verbs = ["add", "set", "set", "remove"];
    assert_eq!(audited(&desk), verbs.map(|it| format!("package {it}")));
}

#[test]
fn the_counter_sells_for_cash_and_tells_the_day() {
    let desk = desk();
    let browser = desk.browser();
    let page = act(&browser, "/counter/sell", "phone=0712&package=1h", "/counter");
    assert!(told(&page).starts_with("Phone: "), "{page}");
    assert!(page.contains("value=\"0712\"") && page.contains("value=\"1h\" selected"), "{page}");
    let page = act(&browser, "/counter/sell", "phone=0712345678&package=1h", "/counter");
    assert_eq!(told(&page), "1h is sold to 0712345678; the customer is let in next.");
    desk.box_.settle();
    assert_eq!(desk.box_.one("SELECT door || ' ' || state FROM payments"), "cash received");
    let page = text(&browser.get("/counter"));
    let day = page.split_once("Takings of").unwrap().1;
    assert!(day.contains("<dt>In cash</dt><dd>KES 20 in 1 payment</dd>"), "{day}");
    assert!(day.contains("<dt>By M-Pesa</dt><dd>KES 0 in 0 payments</dd>"));
    let before = desk.box_.store.now().wall.previous_day().local_day();
    assert!(day.contains(&format!("/counter?day={before}")));
    let page = text(&browser.get(&format!("/counter?day={before}")));
    assert!(page.contains("<dt>In cash</dt><dd>KES 0 in 0 payments</dd>"));
    assert_eq!(browser.get("/counter?day=yesterday").status, 400);
    assert_eq!(audited(&desk), ["sell"]);
}

#[test]
fn who_paid_and_waits_is_tried_at_a_press() {
    let desk = desk();
    desk.box_.routers.set_offline(RouterId(1), true);
    sell(&desk, 1);
    for _ in 0..6 {
        desk.box_.pass(Duration::from_secs(130));
    }
    let browser = desk.browser();
    let page = text(&browser.get("/"));
    assert!(page.contains("<h2 id=\"unserved\">Paid, not let in</h2>"), "{page}");
    assert!(page.contains("action=\"/payments/1/try\""));
    assert!(text(&browser.get("/routers")).contains("action=\"/routers/1/try\""));
    desk.box_.routers.set_offline(RouterId(1), false);
    let parked = "SELECT count(*) FROM jobs WHERE kind = 'provision_user' AND state = 'waiting'";
    assert_eq!(desk.box_.one(parked), "1");
    assert_eq!(told(&act(&browser, "/payments/1/try", "", "/")), "Payment 1 is being tried now.");
    assert_eq!(desk.box_.one(parked), "0");
    desk.box_.pass(Duration::from_secs(60)); // Its router is asked once a minute.
    assert_eq!(desk.box_.one("SELECT state FROM subscriptions"), "active");
    let page = act(&browser, "/routers/1/try", "", "/routers");
    assert_eq!(told(&page), "What waits for Main is tried now.");
    let page = act(&browser, "/routers/1/check", "", "/routers");
    assert_eq!(told(&page), "Main is being asked how it does.");
    assert_eq!(desk.box_.list("SELECT 1 FROM jobs WHERE kind = 'check_routers'").len(), 1);
    assert_eq!(audited(&desk), ["payment try", "router try", "router check"]);
}

#[test]
fn money_is_closed_after_a_question() {
    let desk = desk();
    desk.box_.receive(Confirmation, &c2b("SKL0000002", "15.00", PHONE, "for Njeri"));
    desk.box_.settle();
    let browser = desk.browser();
    let page = text(&browser.get("/"));
    assert!(page.contains("Money that waits for your word") && page.contains("for Njeri"));
    let why = act(&browser, "/payments/1/close", "reason=", "/");
    assert_eq!(told(&why), "Choose why it is closed first.");
    let asked = post(&browser, "/payments/1/close", "reason=refunded", "/");
    assert!(text(&asked).contains("Close payment 1 as refunded?"));
    assert_eq!(desk.box_.one("SELECT state FROM payments"), "held");
    assert_eq!(told(&confirm(&browser, &asked)), "Payment 1 is closed: refunded.");
    assert_eq!(desk.box_.one("SELECT state FROM payments"), "returned");
    assert!(!text(&browser.get("/")).contains("Money that waits for your word"));
    assert_eq!(audited(&desk), ["payment close"]);
}
