//! Who is over goes offline, and stays offline; nobody else does.

use crate::harness::Appliance;
use crate::sale::{PHONE, stk};
use mlango::domain::ids::{PaymentId, RouterId, SubscriptionId};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::job::Job as _;
use mlango::jobs::DisconnectHotspotUser;
use mlango::view::payment::{self, Detail, SessionState};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);
const MAIN: RouterId = RouterId(1);
const BRANCH: RouterId = RouterId(2);
const USER: &str = "hs_712345678";
const DEVICE: &str = "AA:BB:CC:00:11:22";

fn pay(box_: &Appliance, number: u32) {
    box_.receive(Stk, &stk(&format!("ws_CO_{number}"), &format!("SKL{number:07}"), "20", PHONE));
}

/// One who has paid for an hour and is online with one device.
fn online(access: Access) -> Appliance {
    let box_ = Appliance::with_router(access);
    pay(&box_, 1);
    box_.settle();
    log_in(&box_, MAIN).unwrap();
    box_
}

fn log_in(box_: &Appliance, router: RouterId) -> Result<(), String> {
    let password = box_.one("SELECT password FROM customers");
    box_.routers.console(router).login(USER, &password, DEVICE)
}

fn session(box_: &Appliance) -> SessionState {
    let now = box_.store.now();
    let view = box_.store.read(|conn| payment::find(conn, PaymentId(1), now, Detail::States));
    view.unwrap().unwrap().session.state
}

/// Nobody is online, and no cookie lets anybody back in.
fn assert_gone(box_: &Appliance, router: RouterId) {
    let console = box_.routers.console(router);
    assert_eq!(console.active(), []);
    assert_eq!(console.cookies(), []);
    assert!(console.reappear(DEVICE).is_err());
    assert!(console.user(USER).is_none());
}

#[test]
fn at_the_end_the_device_is_sent_away_and_no_cookie_lets_it_back_in() {
    let box_ = online(Access::Local);
    let console = box_.routers.console(MAIN);
    assert_eq!(console.cookies().len(), 2, "one in the browser, one for the device");
    box_.pass(HOUR - SECOND);
    assert_eq!(console.active().len(), 1);
    box_.pass(SECOND);
    assert_gone(&box_, MAIN);
    assert_eq!(console.field("ip hotspot host", 0, "mac-address"), None, "seen as a new device");
    assert_eq!(session(&box_), SessionState::Kicked);
    assert_eq!(box_.list("SELECT why_ended FROM sessions"), ["kicked"]);
    assert_eq!(box_.list("SELECT kind FROM jobs"), [""; 0]);
}

#[test]
fn a_router_that_asks_radius_alone_is_told_too() {
    let box_ = Appliance::with_router(Access::Radius);
    pay(&box_, 1);
    box_.settle();
    // As FreeRADIUS lets it in, which this router cannot ask.
    let console = box_.routers.console(MAIN);
    console.run("/ip hotspot user add name=hs_712345678 password=x");
    console.login(USER, "x", DEVICE).unwrap();
    console.forget_user(USER);
    box_.pass(HOUR);
    assert_gone(&box_, MAIN);
    let deliveries = box_.list("SELECT target FROM deliveries WHERE target NOT GLOB 'sms*'");
    assert_eq!(deliveries, ["radius"]);
}

#[test]
fn a_session_is_expiring_until_its_router_has_confirmed() {
    let box_ = online(Access::Local);
    box_.store
        .write(|tx| {
            tx.execute(
                "INSERT INTO sessions (subscription_id, router_id, mac, started_at_ms)
                 VALUES (1, 1, ?1, ?2)",
                (DEVICE, tx.now.wall),
            )?;
            Ok(())
        })
        .unwrap();
    assert_eq!(session(&box_), SessionState::Online);
    box_.routers.set_offline(MAIN, true);
    box_.pass(HOUR);
    for _ in 0..10 {
        box_.pass(Duration::from_secs(61));
    }
    assert_eq!(session(&box_), SessionState::Expiring);
    assert_eq!(box_.jobs(), ["disconnect_hotspot_user waiting"]);
    let said = box_.one("SELECT state || ' ' || error FROM deliveries WHERE target = 'router:1'");
    assert!(said.starts_with("parked ") && said.contains("does not answer"), "{said}");

    box_.routers.set_offline(MAIN, false);
    assert_eq!(box_.routers.console(MAIN).active().len(), 1, "it went on all the while");
    box_.pass(Duration::from_secs(301));
    assert_eq!(session(&box_), SessionState::Kicked);
    assert_gone(&box_, MAIN);
    assert_eq!(box_.one("SELECT count(*) FROM sessions"), "1");
    assert_eq!(box_.jobs(), [""; 0]);
}

#[test]
fn a_dead_router_does_not_keep_the_others() {
    let box_ = Appliance::with_router(Access::Local);
    box_.add_router("Branch", Access::Local);
    pay(&box_, 1);
    box_.settle();
    log_in(&box_, BRANCH).unwrap();
    box_.routers.set_offline(MAIN, true);
    box_.pass(HOUR);
    assert_gone(&box_, BRANCH);
    assert!(box_.routers.console(MAIN).user(USER).is_some());
}

#[test]
fn a_renewal_in_the_same_second_is_not_cut() {
    let box_ = online(Access::Both);
    box_.clock.advance(HOUR);
    pay(&box_, 2); // The end and the renewal are due in the same instant.
    box_.settle();
    assert_eq!(box_.list("SELECT state FROM subscriptions ORDER BY id"), ["expired", "active"]);
    let console = box_.routers.console(MAIN);
    assert_eq!(console.user(USER).unwrap().comment, "mlango sub=2 rev=1");
    // A removal that comes late finds that somebody is entitled again.
    let late = DisconnectHotspotUser {
        subscription_id: SubscriptionId(1),
        router_id: Some(MAIN),
        even_entitled: false,
    };
    log_in(&box_, MAIN).unwrap();
    box_.store.write(|tx| late.enqueue(tx)).unwrap();
    box_.settle();
    assert_eq!(console.active().len(), 1);
    assert!(console.user(USER).is_some());
}

#[test]
fn pushed_by_hand_it_spares_who_is_entitled() {
    let box_ = online(Access::Local);
    let args = r#"{"subscription_id":1}"#;
    let kind = mlango::jobs::KINDS.iter().find(|it| it.kind == "disconnect_hotspot_user").unwrap();
    let job = (kind.check)(args).unwrap();
    assert_eq!(job.args, args);
    box_.store.write(|tx| mlango::store::outbox::insert(tx, &job)).unwrap();
    box_.settle();
    assert_eq!(box_.routers.console(MAIN).active().len(), 1);
    assert_eq!(box_.list("SELECT 1 FROM jobs WHERE kind = 'disconnect_hotspot_user'"), [""; 0]);
}

#[test]
fn an_operator_sends_a_device_away_that_may_log_in_again() {
    let box_ = online(Access::Both);
    let kick = DisconnectHotspotUser::by_operator(SubscriptionId(1));
    box_.store.write(|tx| kick.enqueue(tx)).unwrap();
    box_.settle();
    let console = box_.routers.console(MAIN);
    assert_eq!((console.active().len(), console.cookies().len()), (0, 0));
    assert!(console.reappear(DEVICE).is_err(), "it has to say the password");
    assert_eq!(session(&box_), SessionState::Kicked);
    log_in(&box_, MAIN).unwrap();
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
    let verified = "SELECT state FROM deliveries WHERE target = 'router:1' AND is_wanted = 1";
    assert_eq!(box_.one(verified), "verified");
}

#[test]
fn the_operators_own_user_of_that_name_stays_online() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1);
    box_.settle();
    let console = box_.routers.console(MAIN);
    console.forget_user(USER);
    console.run("/ip hotspot user add name=hs_712345678 password=mine comment=\"the boss\"");
    console.login(USER, "mine", DEVICE).unwrap();
    box_.pass(HOUR);
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "expired");
    assert_eq!(console.active().len(), 1);
    assert_eq!(console.user(USER).unwrap().comment, "the boss");
}

#[test]
fn a_device_that_is_somebody_elses_by_now_is_left_alone() {
    let box_ = online(Access::Local);
    let console = box_.routers.console(MAIN);
    console.run("/ip hotspot user add name=guest password=guest comment=\"front desk\"");
    console.login("guest", "guest", DEVICE).unwrap();
    box_.pass(HOUR);
    assert_eq!(console.active().len(), 1);
    assert_eq!(console.active()[0].user, "guest");
    assert_eq!(console.field("ip hotspot host", 0, "authorized").as_deref(), Some("true"));
}
