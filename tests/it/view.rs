//! What an operator is shown: numbers that are true, issues that say what to do.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use crate::engine::claimant;
use crate::harness::Appliance;
use crate::sale::{PHONE, c2b, stk};
use mlango::domain::ids::{PaymentId, RouterId};
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::queue::Queue;
use mlango::domain::router::Access;
use mlango::engine::Ran;
use mlango::store::outbox;
use mlango::view::{self, Detail, Disk, PaymentView, Status, Surroundings};
use std::time::Duration;

fn status(box_: &Appliance) -> Status {
    view::status(&box_.store, &box_.config, &Surroundings::default()).unwrap()
}

fn codes(box_: &Appliance) -> Vec<String> {
    let issues = status(box_).issues;
    issues.iter().map(|it| format!("{} {}", it.severity, it.code)).collect()
}

fn payment(box_: &Appliance, id: i64) -> PaymentView {
    let (id, now) = (PaymentId(id), box_.store.now());
    let found = box_.store.read(|conn| view::payment::find(conn, id, now, Detail::Timeline));
    found.unwrap().unwrap()
}

fn deliveries(box_: &Appliance, id: i64) -> Vec<String> {
    let deliveries = payment(box_, id).deliveries;
    deliveries.iter().map(|it| format!("{} {} {}", it.target, it.state, it.tries)).collect()
}

const ALWAYS: [&str; 2] = ["warning callbacks_unsigned", "warning no_off_flash_backup"];

#[test]
fn a_box_at_rest_has_only_its_set_up_to_complain_of() {
    let box_ = Appliance::with_router(Access::Local);
    assert_eq!(codes(&box_), ALWAYS);
    let calm = Appliance::configured(
        "[mpesa]\nshortcodes = [\"600638\"]\nhmac_secret_file = \"hmac\"\n\
         [backup]\ncopy_to = [\"/mnt/usb\"]",
    );
    assert!(codes(&calm).is_empty());
}

#[test]
fn a_purchase_that_was_served_is_counted_and_raises_nothing() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    assert_eq!(status(&box_).payments.unfulfilled, 0, "it is not even a minute old");
    box_.settle();
    let status = status(&box_);
    assert_eq!((status.payments.today.count, status.payments.today.amount_cents.0), (1, 2000));
    assert_eq!((status.payments.unfulfilled, status.subscriptions.active), (0, 1));
    assert_eq!((status.subscriptions.expiring_next_hour, status.sms.sent_today), (1, 1));
    let queue = status.queues.iter().find(|it| it.name.as_str() == "provisioning").unwrap();
    assert_eq!((queue.workers, queue.done_last_hour, queue.waiting), (3, 1, 0));
    assert_eq!(codes(&box_), ALWAYS);
    assert_eq!(deliveries(&box_, 1), ["router:Main verified 1", "sms verified 1"]);
    let entitlement = payment(&box_, 1).entitlement.unwrap();
    assert_eq!(entitlement.state.as_str(), "active");
    assert_eq!(entitlement.username.as_deref(), Some("hs_712345678"));
}

#[test]
fn money_without_access_is_seen_from_the_first_failed_try_until_the_router_is_back() {
    let box_ = Appliance::with_router(Access::Local);
    box_.routers.set_offline(RouterId(1), true);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    assert_eq!(deliveries(&box_, 1), ["router:Main queued 1", "sms queued 0"]);
    assert_eq!(codes(&box_)[..2], ["error paid_not_served", "warning router_down"]);
    for _ in 0..6 {
        box_.pass(Duration::from_secs(120));
    }
    let seen = status(&box_);
    assert_eq!((seen.payments.unfulfilled, seen.routers[0].parked), (1, 1));
    assert_eq!(codes(&box_)[..2], ["error paid_not_served", "error router_down"]);
    let down = seen.issues.iter().find(|it| it.code.as_str() == "router_down").unwrap();
    assert!(down.text.contains("Main does not answer since"), "{}", down.text);
    assert!(down.text.ends_with("1 purchase waits for it"), "{}", down.text);
    assert!(deliveries(&box_, 1)[0].starts_with("router:Main parked"));
    let timeline = payment(&box_, 1).timeline.unwrap();
    assert!(timeline.iter().any(|it| it.what == "SMS asking for patience sent"));
    assert!(payment(&box_, 1).deliveries.iter().all(|it| it.target != "sms-waiting"));

    box_.routers.set_offline(RouterId(1), false);
    box_.pass(Duration::from_secs(600));
    assert_eq!(status(&box_).payments.unfulfilled, 0);
    assert_eq!(codes(&box_), ALWAYS);
}

#[test]
fn a_message_nobody_understands_for_a_minute_is_money_not_served() {
    let box_ = Appliance::start();
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.clock.advance(Duration::from_secs(61));
    assert_eq!(status(&box_).payments.unfulfilled, 1);
    assert_eq!(codes(&box_)[0], "error paid_not_served");
    box_.settle();
}

#[test]
fn held_money_says_what_to_do_and_is_nobodys_entitlement() {
    let box_ = Appliance::start();
    box_.receive(Confirmation, &c2b("SKL0000002", "15.00", PHONE, "x"));
    box_.settle();
    assert_eq!(codes(&box_)[0], "warning money_held");
    let held = payment(&box_, 1);
    assert_eq!((held.money.state.as_str(), held.money.amount_cents.unwrap().0), ("held", 1500));
    assert!(held.entitlement.is_none() && held.customer.is_none() && held.deliveries.is_empty());
    assert_eq!(held.money.payer.as_deref(), Some(PHONE));
}

#[test]
fn what_has_run_out_is_expired_before_anybody_sweeps() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    box_.clock.advance(Duration::from_secs(3600));
    assert_eq!(payment(&box_, 1).entitlement.unwrap().state.as_str(), "expired");
}

#[test]
fn a_lying_clock_and_a_full_disk_are_issues() {
    let box_ = Appliance::start();
    box_.clock.set_trusted(false);
    let full = Disk { free_bytes: 10 << 20, total_bytes: 16 << 30 };
    let around = Surroundings { disk: Some(full), ..Surroundings::default() };
    let status = view::status(&box_.store, &box_.config, &around).unwrap();
    let codes: Vec<_> = status.issues.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes[..2], ["disk_low", "clock_untrusted"]);
    assert_eq!((status.clock.trusted, status.clock.source), (false, "none"));
    assert!(status.issues[0].text.contains("10 MiB"), "{}", status.issues[0].text);
    assert!(status.issues.iter().all(|it| !it.advice.is_empty()));
}

#[test]
fn of_an_extended_pass_only_the_last_purchase_waits() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    box_.routers.set_offline(RouterId(1), true);
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "20", PHONE));
    box_.settle();
    let now = box_.store.now();
    let waiting = box_.store.read(|conn| view::payment::unserved(conn, None, 10, now)).unwrap();
    assert_eq!(waiting.iter().map(|it| it.id.0).collect::<Vec<_>>(), [2]);
    assert_eq!(status(&box_).payments.unfulfilled, 1);
    let older = box_.store.read(|conn| view::payment::unserved(conn, Some(PaymentId(2)), 10, now));
    assert!(older.unwrap().is_empty());
}

#[test]
fn what_waits_behind_a_running_pass_is_no_trouble() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.receive(Stk, &stk("ws_CO_2", "SKL0000002", "50", PHONE));
    box_.settle();
    box_.clock.advance(Duration::from_secs(120));
    assert_eq!(payment(&box_, 2).entitlement.unwrap().state.as_str(), "pending");
    assert_eq!(status(&box_).payments.unfulfilled, 0);
    assert_eq!(codes(&box_), ALWAYS);
}

#[test]
fn a_delivery_that_a_job_is_at_is_being_done() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    while box_.engine.run_next(Queue::Payments).unwrap() == Ran::One {}
    assert_eq!(deliveries(&box_, 1)[0], "router:Main queued 0");
    let claim =
        |queue| box_.store.write_relaxed(|tx| outbox::claim(tx, queue, &claimant("boot-1")));
    assert!(claim(Queue::Provisioning).unwrap().is_some());
    assert_eq!(deliveries(&box_, 1), ["router:Main doing 0", "sms queued 0"]);
    let queues = status(&box_).queues;
    let provisioning = queues.iter().find(|it| it.name == Queue::Provisioning).unwrap();
    assert_eq!((provisioning.busy, provisioning.running), (1, 1));
    let busy = [(Queue::Provisioning, 3)].into();
    let around = Surroundings { busy: Some(busy), ..Surroundings::default() };
    let told = view::status(&box_.store, &box_.config, &around).unwrap().queues;
    assert_eq!(told.iter().map(|it| it.busy).sum::<i64>(), 3);
}

#[test]
fn a_session_is_what_was_reported_last() {
    let box_ = Appliance::with_router(Access::Local);
    box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    box_.settle();
    let session = || payment(&box_, 1).session.state.as_str();
    let write = |sql: &str| box_.store.write(|tx| Ok(tx.execute_batch(sql)?)).unwrap();
    assert_eq!(session(), "none");
    write(
        "INSERT INTO sessions (subscription_id, router_id, mac, started_at_ms)
         VALUES (1, 1, 'AA:BB:CC:00:11:22', 0), (1, 1, 'AA:BB:CC:00:11:23', 0)",
    );
    assert_eq!(session(), "online");
    assert_eq!((status(&box_).sessions.online, status(&box_).routers[0].active_users), (2, 2));
    write("UPDATE sessions SET ended_at_ms = 1 WHERE id = 2");
    assert_eq!(session(), "online", "the other device is");
    box_.clock.advance(Duration::from_secs(3600));
    assert_eq!(session(), "expiring");
    write("UPDATE sessions SET ended_at_ms = 1, why_ended = 'kicked'");
    assert_eq!(session(), "kicked");
    write("UPDATE sessions SET why_ended = 'User-Request'");
    assert_eq!(session(), "none");
}

#[test]
fn a_forwarder_whose_clock_is_off_is_an_issue_for_a_while() {
    let box_ = Appliance::start();
    let around =
        Surroundings { stale_callback: Some(box_.store.now().engine), ..Surroundings::default() };
    let is_told = || {
        let status = view::status(&box_.store, &box_.config, &around).unwrap();
        status.issues.iter().any(|it| it.code.as_str() == "callbacks_stale")
    };
    assert!(is_told());
    box_.clock.advance(Duration::from_secs(601));
    assert!(!is_told());
}
