//! Routers that are not as they should be become so again, and nothing else on them is touched.

use crate::harness::{Appliance, package};
use crate::sale::{PHONE, stk};
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::reconcile::What;
use mlango::domain::router::Access;
use mlango::job::{Cx, Job as _, JobError};
use mlango::jobs::SyncRouterData;
use mlango::jobs::reconcile::{self, Consent, Difference};
use mlango_sim::{HotspotUser, SeedUser};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
const MAIN: RouterId = RouterId(1);
const USER: &str = "hs_712345678";
const DEVICE: &str = "AA:BB:CC:00:11:22";

fn pay(box_: &Appliance, number: u32, amount: &str, phone: &str) {
    let body = stk(&format!("ws_CO_{number}"), &format!("SKL{number:07}"), amount, phone);
    box_.receive(Stk, &body);
    box_.settle();
}

fn compare(box_: &Appliance) -> Difference {
    compare_on(box_, MAIN).unwrap().unwrap()
}

pub(super) fn compare_on(
    box_: &Appliance,
    router_id: RouterId,
) -> Result<Option<Difference>, JobError> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let cx = Cx::alone(box_.store.clone(), box_.world(), deadline);
    reconcile::compare(&cx, router_id)
}

/// Compares, carries out what differs, and finds that nothing does any more.
fn reconcile(box_: &Appliance) -> Difference {
    let difference = compare(box_);
    box_.store.write(|tx| reconcile::owe(tx, &difference, Consent::Asked)).unwrap();
    box_.settle();
    assert_eq!(compare(box_).changes, [], "{difference:?}");
    difference
}

fn why(difference: &Difference) -> Vec<String> {
    difference.changes.iter().map(|it| format!("{} {}", it.username.as_str(), it.why)).collect()
}

fn user(box_: &Appliance) -> HotspotUser {
    box_.routers.console(MAIN).user(USER).unwrap()
}

fn log_in(box_: &Appliance) {
    let password = box_.one("SELECT password FROM customers");
    box_.routers.console(MAIN).login(USER, &password, DEVICE).unwrap();
}

#[test]
fn a_router_that_is_as_it_should_be_is_not_written_to() {
    let box_ = Appliance::with_router(Access::Both);
    pay(&box_, 1, "20", PHONE);
    log_in(&box_);
    box_.pass(HOUR / 2);
    box_.routers.console(MAIN).tick(HOUR / 2);
    let before = user(&box_);
    assert_eq!(why(&reconcile(&box_)), [""; 0]);
    assert_eq!(user(&box_), before);
}

#[test]
fn a_wiped_router_gets_its_customers_back_with_what_they_had_left() {
    let box_ = Appliance::with_router(Access::Local);
    let mut volume = package("gig", 3000, 7200);
    volume.bytes = Some(1 << 30);
    box_.add_package(volume);
    pay(&box_, 1, "30", PHONE);
    let password = user(&box_).password;
    box_.pass(HOUR / 2);
    box_.store
        .write(|tx| Ok(tx.execute("UPDATE subscriptions SET used_bytes = 1 << 29", [])?))
        .unwrap();
    box_.routers.console(MAIN).wipe_hotspot();
    assert_eq!(why(&reconcile(&box_)), ["hs_712345678 is missing"]);
    let back = user(&box_);
    assert_eq!(back.limit_uptime, Some(HOUR + HOUR / 2 + Duration::from_secs(1)));
    assert_eq!(back.limit_bytes_total, Some(1 << 29));
    assert_eq!((back.password, back.is_disabled), (password, false));
    assert_eq!(box_.sms.texts().len(), 1, "nobody is told twice");
    assert_eq!(box_.one("SELECT state FROM deliveries WHERE target = 'router:1'"), "verified");
}

#[test]
fn an_operator_who_deletes_or_changes_a_user_is_undone() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20", PHONE);
    let console = box_.routers.console(MAIN);
    let whole = user(&box_);
    for (change, expected) in [
        ("remove", "is missing"),
        ("disable", "is disabled"),
        ("set limit-uptime=5m", "has limits of its own"),
        ("set limit-uptime=30d", "has limits of its own"),
        ("set limit-uptime=0s", "has limits of its own"),
        ("set limit-bytes-total=1000000", "has limits of its own"),
        ("set password=x", "has another password"),
        ("set profile=default", "has the profile default, not mlango-open-x1"),
        ("set comment=\"mlango sub=1 rev=0\"", "is marked"),
    ] {
        let (verb, rest) = change.split_once(' ').unwrap_or((change, ""));
        let said = console.run(&format!("/ip hotspot user {verb} [find name={USER}] {rest}"));
        assert_eq!(said, "", "{change}");
        let difference = reconcile(&box_);
        assert!(why(&difference)[0].contains(expected), "{change}: {difference:?}");
        let id = user(&box_).id; // It may be another row by now.
        assert_eq!(user(&box_), HotspotUser { id, ..whole.clone() }, "{change}");
    }
}

#[test]
fn users_from_the_past_go_and_a_backup_cannot_bring_back_what_was_used() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20", PHONE);
    box_.pass(HOUR);
    pay(&box_, 2, "50", PHONE);
    let console = box_.routers.console(MAIN);
    // The router starts from a backup of an hour ago, and a customer of then is still online.
    console.forget_user(USER);
    let seed = |name: &str, comment: &str| SeedUser {
        name: name.to_owned(),
        password: "old".to_owned(),
        comment: Some(comment.to_owned()),
        ..SeedUser::default()
    };
    console.seed_user(&seed(USER, "mlango sub=1 rev=1"));
    console.login(USER, "old", DEVICE).unwrap();
    assert!(why(&reconcile(&box_))[0].contains("is marked"));
    assert_eq!(user(&box_).comment, "mlango sub=2 rev=1");
    assert_eq!(user(&box_).limit_uptime, Some(3 * HOUR + Duration::from_secs(1)));

    box_.pass(3 * HOUR);
    assert_eq!(console.users(), []);
    console.seed_user(&seed(USER, "mlango sub=2 rev=1"));
    console.login(USER, "old", DEVICE).unwrap();
    let difference = reconcile(&box_);
    assert_eq!(difference.changes[0].what, What::Disconnect);
    assert_eq!((console.users().len(), console.active().len(), console.cookies().len()), (0, 0, 0));
}

#[test]
fn who_is_online_without_a_right_goes_and_who_has_one_stays() {
    for access in [Access::Local, Access::Radius, Access::Both] {
        let box_ = Appliance::with_router(access);
        pay(&box_, 1, "20", PHONE);
        let console = box_.routers.console(MAIN);
        // As RADIUS lets them in: without a user of the router's own.
        let let_in = |name: &str, device: &str| {
            console.run(&format!("/ip hotspot user add name={name} password=x server=hotspot1"));
            console.login(name, "x", device).unwrap();
            console.run(&format!("/ip hotspot user remove [find name={name} server=hotspot1]"));
        };
        match access.is_over_ssh() {
            true => log_in(&box_),
            false => let_in(USER, DEVICE),
        }
        assert_eq!(why(&reconcile(&box_)), [""; 0], "{access}");
        box_.pass(HOUR);
        assert_eq!(console.active(), [], "{access}");
        let_in(USER, DEVICE);
        assert_eq!(reconcile(&box_).changes[0].what, What::Disconnect, "{access}");
        assert_eq!((console.active(), console.cookies()), (Vec::new(), Vec::new()), "{access}");
    }
}

#[test]
fn what_is_not_ours_is_not_touched() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20", PHONE);
    box_.pass(HOUR);
    let console = box_.routers.console(MAIN);
    console.run("/ip hotspot user add name=boss password=x comment=\"see mlango sub=1 rev=1\"");
    console.run("/ip hotspot user add name=hs_712345678 password=x comment=\"a friend\"");
    console.run("/ip hotspot user add name=far password=x comment=\"mlango sub=99 rev=1\"");
    console.run("/ip hotspot user add name=near password=x comment=\"mlango sub=1 rev=1\"");
    for (nth, name) in ["boss", "hs_712345678", "far", "near"].into_iter().enumerate() {
        console.login(name, "x", &format!("AA:BB:CC:00:00:0{nth}")).unwrap();
    }
    let before = (console.users(), console.active(), console.cookies());
    let trial = console.run("/ip hotspot user print detail where name=default-trial");
    let difference = reconcile(&box_);
    assert_eq!(why(&difference), [""; 0]);
    assert_eq!(difference.unknown, 2, "sold by another box, or before a backup was restored");
    assert_eq!((console.users(), console.active(), console.cookies()), before);
    assert_eq!(console.run("/ip hotspot user print detail where name=default-trial"), trial);
}

#[test]
fn radius_alone_leaves_no_user_that_would_go_before_it() {
    let box_ = Appliance::with_router(Access::Radius);
    pay(&box_, 1, "20", PHONE);
    let console = box_.routers.console(MAIN);
    console.run(&format!(
        "/ip hotspot user add name={USER} password=x comment=\"mlango sub=1 rev=1\""
    ));
    assert_eq!(why(&reconcile(&box_)), ["hs_712345678 has a user that would go before RADIUS"]);
    assert_eq!(console.users(), []);
    assert_eq!(box_.one("SELECT state FROM subscriptions"), "active");
}

#[test]
fn more_than_a_quarter_go_only_with_a_persons_word() {
    let box_ = Appliance::with_router(Access::Local);
    for number in 0..6 {
        pay(&box_, number, "20", &format!("25471234567{number}"));
    }
    let console = box_.routers.console(MAIN);
    let users = console.users();
    box_.pass(HOUR);
    assert_eq!(console.users(), [], "an end that comes in its time is not held");
    for user in &users {
        console.seed_user(&SeedUser {
            name: user.name.clone(),
            comment: Some(user.comment.clone()),
            ..SeedUser::default()
        });
    }
    pay(&box_, 9, "20", "254712345679");
    console.forget_user("hs_712345679");
    let difference = compare(&box_);
    assert!(difference.is_too_much && difference.changes.len() == 7, "{difference:?}");
    box_.store.write(|tx| reconcile::owe(tx, &difference, Consent::Asked)).unwrap();
    box_.settle();
    assert_eq!(console.users().len(), 7, "who has paid is let in, and nobody is removed");
    let status = mlango::view::status::status(&box_.store, &box_.config, &Default::default());
    let issues = status.unwrap().issues;
    let held = issues.iter().find(|it| it.code.as_str() == "removals_held").unwrap();
    assert!(held.text.contains("Main") && held.text.contains('6'), "{held:?}");

    box_.store.write(|tx| reconcile::owe(tx, &difference, Consent::Given)).unwrap();
    box_.settle();
    assert_eq!(console.users().len(), 1);
    assert_eq!(reconcile(&box_).changes, []);
    let status = mlango::view::status::status(&box_.store, &box_.config, &Default::default());
    assert!(!status.unwrap().issues.iter().any(|it| it.code.as_str() == "removals_held"));
}

#[test]
fn it_is_compared_now_and_then_and_at_once_when_it_is_back_or_started_anew() {
    let box_ = Appliance::with_router(Access::Local);
    pay(&box_, 1, "20", PHONE);
    let console = box_.routers.console(MAIN);
    let look = || {
        let read = SyncRouterData { router_id: MAIN };
        box_.store.write(|tx| read.enqueue(tx)).unwrap();
        box_.settle();
        !console.users().is_empty()
    };
    console.forget_user(USER);
    assert!(look(), "the first time");
    console.forget_user(USER);
    box_.pass(Duration::from_secs(60));
    assert!(!look(), "it was compared a minute ago");
    console.reboot();
    assert!(look(), "its uptime has gone back");
    console.forget_user(USER);
    box_.pass(Duration::from_secs(301));
    assert!(look(), "five minutes later");
    console.forget_user(USER);
    box_.routers.set_offline(MAIN, true);
    look();
    box_.routers.set_offline(MAIN, false);
    box_.pass(Duration::from_secs(60)); // The read that failed is made again.
    assert!(!console.users().is_empty(), "it is back");
}

#[test]
fn a_comparison_that_dies_half_way_is_made_again() {
    let box_ = Appliance::with_router(Access::Local);
    for number in 0..4 {
        pay(&box_, number, "20", &format!("25471234567{number}"));
    }
    box_.routers.console(MAIN).wipe_hotspot();
    let difference = compare(&box_);
    assert_eq!(difference.changes.len(), 4);
    box_.store.write(|tx| reconcile::owe(tx, &difference, Consent::Asked)).unwrap();
    for _ in 0..2 {
        box_.engine.run_next(mlango::domain::queue::Queue::Provisioning).unwrap();
    }
    let box_ = box_.restart("boot-2"); // The power goes, with two of four let in.
    let difference = compare(&box_);
    assert_eq!(difference.changes.len(), 2);
    box_.store.write(|tx| reconcile::owe(tx, &difference, Consent::Asked)).unwrap();
    let owed = box_.list("SELECT 1 FROM jobs WHERE kind = 'provision_user'").len();
    assert_eq!(owed, 2, "what is owed already is not owed twice");
    box_.settle();
    assert_eq!(compare(&box_).changes, []);
    assert_eq!(box_.routers.console(MAIN).users().len(), 4);
}
