//! Orders to a router about sessions, and what becomes of each answer there is.

use super::accounting::{DEVICE, Report};
use super::counting::{USER, pay, sync};
use super::logins::system_seconds;
use super::nas::{Mood, Nas};
use super::server::{FreeRadius, SECRET};
use crate::harness::Appliance;
use mlango::domain::ids::RouterId;
use mlango::domain::router::Access;
use mlango::domain::time::Timestamp;
use mlango::job::Cx;
use mlango::jobs::over_radius::{Answer, end_sessions, note};
use mlango::radius::words::{FRAMED_IP_ADDRESS, Kind, NAS_IP_ADDRESS};
use mlango::store::routers;
use std::time::{Duration, Instant};

const IP: &str = "10.5.50.254";

/// A box, FreeRADIUS beside it, and a router that takes orders.
struct Scene {
    server: FreeRadius,
    nas: Nas,
    box_: Appliance,
}

fn scene(mood: Mood) -> Scene {
    let (server, nas) = (FreeRadius::start(), Nas::start(mood));
    let box_ = Appliance::beside(&server.data_dir(), nas.address.port());
    box_.clock.set_wall(Timestamp(system_seconds() * 1000));
    box_.add_nas("Main", Access::Radius, Some(("127.0.0.1", SECRET)));
    pay(&box_, 1, "20");
    Scene { server, nas, box_ }
}

impl Scene {
    /// A device comes online, and the router reports it. It calls itself by another address than
    /// the one it sends from.
    fn log_in(&self, id: &str) {
        self.nas.is_online(id, USER, IP);
        self.report(Report::start().session(id));
    }

    fn report(&self, report: Report) {
        let address =
            report.of_user(USER, [10, 0, 0, 1]).with(FRAMED_IP_ADDRESS, &[10, 5, 50, 254]);
        address.send(&self.server);
    }

    /// Ends what the customer has on the router, by RADIUS alone.
    fn end(&self) -> Vec<Answer> {
        let box_ = &self.box_;
        let deadline = Instant::now() + Duration::from_secs(60);
        let world = box_.world();
        let cx = Cx::alone(box_.store.clone(), world, deadline);
        let router = box_.store.read(|conn| routers::get(conn, RouterId(1))).unwrap();
        let told = end_sessions(&cx, &router, USER).unwrap();
        let answers = told.iter().map(|it| it.answer).collect();
        box_.store.write(|tx| note(tx, &told, false)).unwrap();
        sync(box_);
        answers
    }

    fn sessions(&self) -> Vec<String> {
        self.box_.list("SELECT coalesce(why_ended, 'online') FROM sessions ORDER BY id")
    }
}

#[test]
fn a_session_is_ended_by_its_own_words() {
    let scene = scene(Mood::Obeys);
    scene.log_in("80200001");
    assert_eq!(scene.end(), [Answer::Ended]);
    assert_eq!(scene.nas.online(), [""; 0]);
    let order = format!(
        "Disconnect-Request id=80200001 user={USER} ip={IP} mac={DEVICE} nas=10.0.0.1 timeout= \
         ports= rate="
    );
    assert_eq!(scene.nas.orders(), [order]);
    assert_eq!(scene.sessions(), ["online"], "until its end is reported, with what was used");
    let reset = Report::stop(90).with(Kind::Standard(49), &6_u32.to_be_bytes());
    scene.report(reset.bytes(1000, 24));
    sync(&scene.box_);
    assert_eq!(scene.sessions(), ["kicked"]);
    assert_eq!(scene.box_.one("SELECT used_bytes FROM subscriptions"), "1024");
}

#[test]
fn a_session_the_router_knows_nothing_of_is_over() {
    let scene = scene(Mood::Obeys);
    scene.report(Report::start());
    assert_eq!(scene.end(), [Answer::Unknown]);
    assert_eq!(scene.sessions(), ["kicked"]);
    assert_eq!(scene.end(), [], "there is nothing left to end");
    assert_eq!(scene.nas.orders().len(), 1);
}

#[test]
fn of_two_sessions_only_those_of_that_router_and_name_go() {
    let scene = scene(Mood::Obeys);
    scene.log_in("80200001");
    scene.log_in("80200002");
    scene.nas.is_online("80200003", "hs_799000111", IP);
    let elsewhere = Report::start().session("80200004");
    elsewhere.of_user("hs_799000111", [10, 0, 0, 1]).send(&scene.server);
    assert_eq!(scene.end(), [Answer::Ended, Answer::Ended]);
    assert_eq!(scene.nas.online(), ["80200003"]);
}

#[test]
fn what_is_refused_or_not_answered_is_left_to_ssh() {
    for (mood, orders) in [(Mood::Refuses, 1), (Mood::Silent, 3)] {
        let scene = scene(mood);
        scene.log_in("80200001");
        assert_eq!(scene.end(), [Answer::Nothing], "{mood:?}");
        assert_eq!(scene.sessions(), ["online"], "{mood:?}");
        // The same order again is known by its number, and answered or not as the first time.
        let sent = scene.nas.orders();
        assert!(!sent.is_empty() && sent.len() <= orders, "{mood:?} {sent:?}");
    }
}

#[test]
fn whoever_buys_more_while_online_goes_on_without_a_new_login() {
    let scene = scene(Mood::Obeys);
    scene.log_in("80200001");
    sync(&scene.box_);
    scene.box_.pass(Duration::from_secs(1800));
    pay(&scene.box_, 2, "20");
    sync(&scene.box_);
    let orders = scene.nas.orders();
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert!(orders[0].starts_with("CoA-Request id=80200001"), "{orders:?}");
    let timeout = orders[0].split("timeout=").nth(1).unwrap().split(' ').next().unwrap();
    let timeout: u32 = timeout.parse().unwrap();
    assert!((7190..=7200).contains(&timeout), "two hours from its beginning: {timeout}");
    assert!(orders[0].contains("ports=1"), "{orders:?}");
    sync(&scene.box_);
    assert_eq!(scene.nas.orders().len(), 1, "it is told once");
}

#[test]
fn the_words_of_an_order_are_those_of_its_router() {
    let report = Report::start().with(NAS_IP_ADDRESS, &[10, 0, 0, 9]);
    let scene = scene(Mood::Obeys);
    scene.nas.is_online("80200001", USER, IP);
    report
        .of_user(USER, [10, 0, 0, 9])
        .with(FRAMED_IP_ADDRESS, &[10, 5, 50, 254])
        .send(&scene.server);
    assert_eq!(scene.end(), [Answer::Ended]);
    assert!(scene.nas.orders()[0].contains("nas=10.0.0.9"), "{:?}", scene.nas.orders());
}

#[test]
fn at_the_end_rows_go_first_and_then_the_session() {
    let scene = scene(Mood::Obeys);
    scene.log_in("80200001");
    sync(&scene.box_);
    scene.box_.routers.set_offline(RouterId(1), true); // Orders are all it takes.
    scene.box_.clock.advance(Duration::from_secs(3600));
    std::thread::scope(|scope| {
        // It reports the end when it has been ordered to end it, as a router does.
        scope.spawn(|| {
            let end = Instant::now() + Duration::from_secs(20);
            while scene.nas.orders().is_empty() && Instant::now() < end {
                std::thread::yield_now();
            }
            let rows = scene.server.database();
            let rows: i64 =
                rows.query_row("SELECT count(*) FROM radcheck", [], |it| it.get(0)).unwrap();
            assert_eq!(rows, 0, "whoever is sent away must not be let in again");
            scene.report(Report::stop(90).with(Kind::Standard(49), &6_u32.to_be_bytes()));
        });
        scene.box_.settle();
    });
    assert_eq!(scene.nas.online(), [""; 0]);
    scene.box_.pass(Duration::from_secs(30)); // Had the report come a moment too late.
    sync(&scene.box_);
    assert_eq!(scene.sessions(), ["kicked"]);
    let live = "SELECT kind FROM jobs WHERE kind = 'disconnect_hotspot_user'";
    assert_eq!(scene.box_.list(live), [""; 0]);
}

#[test]
fn an_end_that_is_reported_late_is_believed_as_well() {
    let scene = scene(Mood::Obeys);
    scene.log_in("80200001");
    sync(&scene.box_);
    scene.box_.routers.set_offline(RouterId(1), true);
    scene.box_.pass(Duration::from_secs(3600));
    assert_eq!(scene.nas.online(), [""; 0]);
    let live = "SELECT kind FROM jobs WHERE kind = 'disconnect_hotspot_user'";
    assert_eq!(scene.box_.list(live), ["disconnect_hotspot_user"], "nothing shows that it is gone");
    scene.report(Report::stop(90).with(Kind::Standard(49), &6_u32.to_be_bytes()));
    scene.box_.pass(Duration::from_secs(30));
    sync(&scene.box_);
    assert_eq!(scene.sessions(), ["kicked"]);
    assert_eq!(scene.box_.list(live), [""; 0]);
}

#[test]
fn what_takes_no_order_is_put_out_over_ssh_and_its_account_closed() {
    let scene = scene(Mood::Refuses);
    scene.log_in("80200001");
    sync(&scene.box_);
    let console = scene.box_.routers.console(RouterId(1));
    console.run(&format!("/ip hotspot user add name={USER} password=x"));
    console.login(USER, "x", DEVICE).unwrap();
    console.forget_user(USER);
    scene.box_.pass(Duration::from_secs(3600));
    assert_eq!(console.active(), []);
    assert_eq!(scene.nas.orders().len(), 1);
    sync(&scene.box_);
    assert_eq!(scene.sessions(), ["kicked"]);
    assert_eq!(scene.box_.one("SELECT acctterminatecause FROM radacct"), "Admin-Reset");
}

#[test]
fn a_router_that_takes_no_order_at_all_is_tried_until_it_does() {
    let scene = scene(Mood::Silent);
    scene.log_in("80200001");
    sync(&scene.box_);
    scene.box_.routers.set_offline(RouterId(1), true);
    scene.box_.pass(Duration::from_secs(3600));
    let live = "SELECT kind FROM jobs WHERE kind = 'disconnect_hotspot_user'";
    assert_eq!(
        scene.box_.list(live).len(),
        1,
        "whoever was not seen to be gone is not taken for it"
    );
    assert_eq!(scene.sessions(), ["online"]);
    scene.box_.routers.set_offline(RouterId(1), false);
    scene.box_.pass(Duration::from_secs(60));
    assert_eq!(scene.box_.list(live), [""; 0]);
    assert_eq!(scene.sessions(), ["kicked"]);
}
