//! Single failures, each brought about at the moment where it hurts most.

use super::diary::Diary;
use super::kills::{IMPATIENT, settle};
use super::kiosk::{Kiosk, SHORTCODE, Trust};
use super::producers::Producer;
use super::reckoning::Reckoning;
use super::server::eventually;
use mlango_sim::customers::Customers;
use mlango_sim::daraja::Msisdn;
use mlango_sim::{CallbackDoor, Dialect, Fault, Forwarder, SmsFault, Times};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

fn reckon(kiosk: &Kiosk, diary: &Diary, since: Instant) {
    let facts = kiosk.facts();
    Reckoning { kiosk, facts: &facts, diary, elapsed: since.elapsed() }.settle_up();
}

/// The user is on the router, and nobody has written that down.
#[test]
fn cut_off_between_router_and_database() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], IMPATIENT);
    let router = &kiosk.routers[0];
    let since = Instant::now();
    let server = kiosk.start(Trust::Token);
    // Answers take their time, so that the moment between change and answer can be met.
    router.inject(Fault::SlowBytes(Duration::from_millis(5)), Times::UntilCleared);
    let diary = Producer::new(&kiosk, 0).one_sale();
    eventually("the user is on the router", || !router.users().is_empty());
    server.kill();
    let before = router.users();
    let verified = "SELECT count(*) FROM deliveries
                    WHERE target LIKE 'router:%' AND state = 'verified'";
    assert_eq!(kiosk.facts().count(verified), 0, "the database was faster");

    router.clear_faults();
    let server = kiosk.start(Trust::Token);
    settle(&kiosk);
    assert!(server.terminate().status.success());
    assert_eq!(router.users(), before, "the second run changes nothing");
    reckon(&kiosk, &diary, since);
    assert_eq!(kiosk.sms.messages().len(), 1);
}

/// The gateway has the message; whether it went out, nobody can say. So nobody says it again.
#[test]
fn cut_off_while_an_sms_goes_out() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], IMPATIENT);
    let since = Instant::now();
    kiosk.sms.inject(SmsFault::Hang, Times::UntilCleared);
    let server = kiosk.start(Trust::Token);
    let diary = Producer::new(&kiosk, 0).one_sale();
    eventually("the gateway has the message", || !kiosk.sms.messages().is_empty());
    server.kill();

    kiosk.sms.clear_faults();
    let server = kiosk.start(Trust::Token);
    settle(&kiosk);
    assert!(server.terminate().status.success());
    reckon(&kiosk, &diary, since);
    assert_eq!(kiosk.sms.messages().len(), 1);
    let why = "SELECT error FROM deliveries WHERE target LIKE 'sms:%' AND state = 'failed'";
    let why = kiosk.facts().list(why);
    assert!(why.len() == 1 && why[0].contains("nobody knows"), "{why:?}");
}

#[test]
fn twenty_copies_at_once_are_one_payment() {
    const COPIES: i64 = 20;
    let kiosk = Kiosk::new(&[Dialect::V6_49], IMPATIENT);
    let server = kiosk.start(Trust::Token);
    let purchase = Customers::new(5, 1, &[2000]).next().unwrap();
    let (body, forwarder) = (purchase.stk_body(), kiosk.forwarder(Trust::Token));
    let barrier = Barrier::new(usize::try_from(COPIES).unwrap());
    thread::scope(|scope| {
        for _ in 0..COPIES {
            scope.spawn(|| {
                barrier.wait();
                assert_eq!(forwarder.post(CallbackDoor::Stk, &body).unwrap().status, 200);
            });
        }
    });
    settle(&kiosk);
    assert!(server.terminate().status.success());
    let facts = kiosk.facts();
    assert_eq!(facts.count("SELECT count(*) FROM callbacks"), COPIES);
    assert_eq!(facts.count("SELECT count(*) FROM payments"), 1);
    assert_eq!(facts.count("SELECT count(*) FROM grants"), 1);
    assert_eq!(facts.count("SELECT sum(seconds) FROM subscriptions"), 3600);
    assert_eq!(kiosk.routers[0].users().len(), 1);
    assert_eq!(kiosk.sms.messages().len(), 1);
}

#[test]
fn forgeries_open_no_door() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], IMPATIENT);
    let server = kiosk.start(Trust::Token);
    let mut customers = Customers::new(6, 9, &[2000]);
    let base = format!("http://{}", kiosk.http);
    let stranger = Forwarder::new(&base, Some(&"0".repeat(64)), None);
    let body = customers.next().unwrap().stk_body();
    assert_eq!(stranger.post(CallbackDoor::Stk, &body).unwrap().status, 404);
    assert_eq!(kiosk.facts().count("SELECT count(*) FROM callbacks"), 0);

    let forwarder = kiosk.forwarder(Trust::Token);
    let other_shop = customers.next().unwrap().c2b_body("999999", Msisdn::Plain, "");
    let mut odd = customers.next().unwrap();
    odd.amount_cents = 1950;
    let odd = odd.c2b_body(SHORTCODE, Msisdn::Plain, "1h");
    for body in [&other_shop, &odd] {
        assert_eq!(forwarder.post(CallbackDoor::Confirmation, body).unwrap().status, 200);
    }
    settle(&kiosk);
    assert!(server.terminate().status.success());
    let facts = kiosk.facts();
    assert_eq!(facts.count("SELECT count(*) FROM grants"), 0);
    assert_eq!(facts.list("SELECT state FROM payments"), [r#"[Text("held")]"#], "an odd amount");
    let rejected = "SELECT count(*) FROM callbacks WHERE outcome = 'reject'";
    assert_eq!(facts.count(rejected), 1, "another shop's money");
    assert!(kiosk.routers[0].users().is_empty());
    assert!(kiosk.sms.messages().is_empty());
}

/// Paid while the router is away: let in soon after it returns, and for the whole hour.
#[test]
fn a_router_that_was_away_lets_the_customer_in_when_it_returns() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], &format!("{IMPATIENT}[radius]\nmode = \"off\"\n"));
    let router = &kiosk.routers[0];
    router.power_off();
    let server = kiosk.start(Trust::Token);
    let diary = Producer::new(&kiosk, 0).one_sale();
    let tried = "SELECT count(*) FROM deliveries WHERE target LIKE 'router:%' AND 2 <= tries";
    eventually("the router was tried twice", || kiosk.facts().count(tried) == 1);
    let started = "SELECT count(*) FROM subscriptions WHERE starts_at_ms IS NOT NULL";
    assert_eq!(kiosk.facts().count(started), 0, "time does not run yet");
    assert!(kiosk.sms.messages().is_empty());

    router.power_on();
    settle(&kiosk);
    assert!(server.terminate().status.success());
    let user = router.user(&diary.sales[0].username).expect("the customer is let in");
    assert_eq!(user.limit_uptime, Some(Duration::from_secs(3601)));
    let whole = "SELECT count(*) FROM subscriptions, routers
                 WHERE subscriptions.state = 'active' AND routers.state = 'up'
                   AND ends_engine_ms - starts_engine_ms = 3600000";
    assert_eq!(kiosk.facts().count(whole), 1);
    assert_eq!(kiosk.sms.messages().len(), 1);
}
