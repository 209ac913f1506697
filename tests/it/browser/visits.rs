//! What an operator does, by script and without one.

use super::driver::{Scripts, button};
use super::{C2B, PHONE, Shop};
use mlango_sim::daraja::C2b;
use mlango_sim::{CallbackDoor, SmsFault, Times};

#[test]
fn an_operator_with_scripts_sees_money_come_in_and_acts_on_it() {
    let shop = Shop::open(Scripts::On);
    let browser = &shop.browser;
    browser.sees(".tiles", "KES 0");
    // Marks this very document: what follows happens without another one being loaded.
    browser.run("window.isSame = true");
    shop.pay(1, 20);
    browser.sees("#toasts", "KES 20.00 received");
    browser.sees("#toasts", "is let in");
    let toasts = browser.text("#toasts");
    assert!(toasts.contains("2547****678") && !toasts.contains(PHONE), "{toasts}");
    browser.sees(".tiles", "KES 20");
    browser.sees(".payments", "SKL0000001");
    assert_eq!(browser.run("return window.isSame"), true);
    browser.eventually("toasts are gone", || browser.text("#toasts").is_empty());

    shop.kiosk.sms.inject(SmsFault::Status(400), Times::UntilCleared);
    shop.pay(5, 20);
    browser.sees("#toasts", "A job failed: send_credentials_sms");
    browser.sees("[aria-labelledby=failed]", "1 × send_credentials_sms");
    shop.kiosk.sms.clear_faults();
    browser.click("[aria-labelledby=failed] button.main");
    browser.sees("#notice", "1 job runs again.");
    shop.eventually_at("/failed", "main", "No job has been given up.");
    visit(&shop);
}

#[test]
fn an_operator_without_scripts_can_do_the_same() {
    let shop = Shop::open(Scripts::Off);
    shop.pay(1, 20);
    shop.eventually_at("/", ".payments", "SKL0000001");
    assert!(shop.browser.text("#toasts").is_empty());
    visit(&shop);
}

/// Retries a failed job, extends a customer, assigns held money.
fn visit(shop: &Shop) {
    retry_a_failed_job(shop);
    extend_a_customer(shop);
    assign_held_money(shop);
    close_money_after_a_question(shop);
    let browser = &shop.browser;
    for path in ["/counter", "/customers", "/failed", "/queues", "/routers", "/packages", "/logs"] {
        shop.open_page(path);
        assert!(browser.has("main h1"), "{path}");
        assert_eq!(browser.path(), path);
        assert!(browser.has("nav a[aria-current=page]"), "{path}");
    }
    assert_eq!(browser.complaints(), [""; 0]);
    shop.open_page("/");
    browser.click(&button("/logout"));
    browser.sees("main", "Log in to see");
    shop.open_page("/payments");
    assert_eq!(browser.path(), "/login");
}

fn retry_a_failed_job(shop: &Shop) {
    let browser = &shop.browser;
    shop.kiosk.sms.inject(SmsFault::Status(400), Times::UntilCleared);
    shop.pay(2, 20);
    shop.eventually_at("/failed", "main", "send_credentials_sms");
    shop.kiosk.sms.clear_faults();
    let sent = shop.kiosk.sms.messages().len();
    browser.click("[aria-labelledby=each] li button.main");
    browser.sees("#notice", "1 job runs again.");
    browser.eventually("the SMS goes out", || sent < shop.kiosk.sms.messages().len());
    shop.eventually_at("/failed", "main", "No job has been given up.");
}

fn extend_a_customer(shop: &Shop) {
    let browser = &shop.browser;
    shop.open_page("/customers");
    browser.type_in("#find", "0712345678\n");
    browser.sees("h1", "0712345678");
    let path = browser.path();
    browser.fill("#by", "2h");
    browser.click(&button(&format!("{path}/extend")));
    browser.sees("#notice", "0712345678 has 2h more");
    browser.fill("#by", "soon");
    browser.click(&button(&format!("{path}/extend")));
    browser.sees("#notice", "is not a duration");
    assert_eq!(browser.path(), path);
}

fn hold(shop: &Shop, receipt: &str) {
    let money = C2b { receipt, ..C2B };
    let reply = shop.forwarder.post(CallbackDoor::Confirmation, &money.body()).unwrap();
    assert_eq!(reply.status, 200);
    shop.eventually_at("/", "[aria-labelledby=held]", receipt);
}

fn assign_held_money(shop: &Shop) {
    let browser = &shop.browser;
    hold(shop, "SKL0000071");
    browser.click("[aria-labelledby=held] select[name=package] option[value=\"3h\"]");
    browser.click("[aria-labelledby=held] button.main");
    browser.sees("#notice", "buys 3h; the customer is let in next.");
    assert_eq!(browser.path(), "/");
    browser.eventually("it is held no more", || !browser.has("[aria-labelledby=held]"));
}

fn close_money_after_a_question(shop: &Shop) {
    let browser = &shop.browser;
    hold(shop, "SKL0000072");
    browser.click("[aria-labelledby=held] select[name=reason] option:nth-child(2)");
    browser.click("[aria-labelledby=held] button.danger");
    browser.sees("h1", "as refunded?");
    browser.click("main a");
    browser.sees("[aria-labelledby=held]", "SKL0000072");
    browser.click("[aria-labelledby=held] select[name=reason] option:nth-child(2)");
    browser.click("[aria-labelledby=held] button.danger");
    browser.sees("h1", "as refunded?");
    browser.click("main button.danger");
    browser.sees("#notice", "is closed: refunded.");
    assert!(!browser.has("[aria-labelledby=held]"));
}
