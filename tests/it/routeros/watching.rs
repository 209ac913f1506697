//! What an operator sees of each trouble a router can have, over real SSH; and that the trouble of
//! one router is not that of others.

use crate::harness::Appliance;
use mlango::domain::ids::RouterId;
use mlango::domain::queue::Queue;
use mlango::domain::router::{Access, RouterAddress};
use mlango::domain::secret::Secret;
use mlango::engine::Ran;
use mlango::jobs;
use mlango::routeros::{Login, RouterAccess, RouterBook, RouterError, SshLink};
use mlango_sim::{Dialect, Fault, Router, RouterSpec, Times};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How to get into routers 1, 2, 3 …
struct Shelf(Mutex<Vec<RouterAccess>>);

fn nth(router: RouterId) -> usize {
    usize::try_from(router.0).unwrap() - 1
}

impl RouterBook for Shelf {
    fn access(&self, router: RouterId) -> Result<RouterAccess, RouterError> {
        Ok(self.0.lock().unwrap()[nth(router)].clone())
    }

    fn pin(&self, router: RouterId, fingerprint: &str) -> Result<(), RouterError> {
        self.0.lock().unwrap()[nth(router)].host_key = Some(fingerprint.to_owned());
        Ok(())
    }
}

/// One failure is told at once here, so that no test waits for three hangs.
const HASTY: &str = "[mpesa]\nshortcodes = [\"600638\"]\n[sms]\ngateway = \"log\"\n\
                     [queue.router-checks]\ntries = 1\ntimeout = \"3s\"\n\
                     [queue.router-data]\ntimeout = \"8s\"\n";

/// A box that looks after so many routers.
fn watch(count: u32) -> (Appliance, Vec<Router>, Arc<Shelf>) {
    let box_ = Appliance::configured(HASTY);
    let spec = |nth| RouterSpec { host_key: nth, ..RouterSpec::new(Dialect::V7_20) };
    let routers: Vec<_> = (0..count).map(|nth| Router::start(spec(nth))).collect();
    let access = |router: &Router| RouterAccess {
        address: RouterAddress { host: "127.0.0.1".to_owned(), port: router.address().port() },
        user: "mlango".to_owned(),
        login: Login::Password(Secret::new("sim-password")),
        host_key: None,
    };
    let shelf = Arc::new(Shelf(Mutex::new(routers.iter().map(access).collect())));
    box_.routers.connect(Arc::new(SshLink::new(shelf.clone())));
    for nth in 0..count {
        box_.add_router(&format!("Router {nth}"), Access::Local);
    }
    box_.engine.keep_up(Box::new(jobs::beats));
    (box_, routers, shelf)
}

/// Time passes until the router is examined from end to end.
fn check(box_: &Appliance) {
    box_.clock.advance(Duration::from_secs(11 * 60));
    assert_eq!(box_.engine.run_next(Queue::RouterChecks).unwrap(), Ran::One);
}

fn state(box_: &Appliance) -> String {
    box_.one("SELECT state FROM routers")
}

/// What is done to a router, and what undoes it.
type Deed = fn(&Router);

fn always(router: &Router, fault: Fault) {
    router.inject(fault, Times::UntilCleared);
    router.cut_connections();
}

const TROUBLES: &[(&str, &str, Deed, Deed)] = &[
    ("switched off", "unreachable", Router::power_off, Router::power_on),
    (
        "port closed",
        "unreachable",
        |it| {
            it.refuse_connections();
            it.cut_connections();
        },
        Router::accept_connections,
    ),
    ("accepts and is silent", "unreachable", |it| always(it, Fault::SilentAccept), |_| {}),
    ("hangs in a command", "unreachable", |it| always(it, Fault::Hang), |_| {}),
    ("hangs in its answer", "unreachable", |it| always(it, Fault::HangAfter(10)), |_| {}),
    ("cut before", "unreachable", |it| always(it, Fault::CutBefore), |_| {}),
    ("cut after", "unreachable", |it| always(it, Fault::CutAfter), |_| {}),
    ("answer cut short", "unreachable", |it| always(it, Fault::TruncatedAfter(30)), |_| {}),
    ("all sessions taken", "busy", |it| always(it, Fault::ClosedAccept), |_| {}),
    ("wrong password", "login_refused", |it| always(it, Fault::LoginRefused), |_| {}),
    ("may do nothing", "permission_missing", |it| always(it, Fault::NotPermitted), |_| {}),
    (
        "may not write",
        "permission_missing",
        |it| {
            it.set_policies("mlango", &["ssh", "read", "sensitive"]);
        },
        |it| it.set_policies("mlango", &["ssh", "read", "write", "test", "sensitive"]),
    ),
    (
        "device-mode",
        "hotspot_missing",
        |it| it.set_device_mode_hotspot(false),
        |it| {
            it.set_device_mode_hotspot(true);
        },
    ),
    (
        "no hotspot package",
        "hotspot_missing",
        |it| it.remove_menu("ip hotspot"),
        |it| {
            it.restore_menu("ip hotspot");
        },
    ),
    ("restarted", "up", Router::reboot, |_| {}),
];

#[test]
fn every_trouble_has_the_state_an_operator_sees_and_passes() {
    let (box_, routers, _) = watch(1);
    check(&box_);
    assert_eq!(state(&box_), "up");
    for (what, expected, befall, mend) in TROUBLES {
        befall(&routers[0]);
        check(&box_);
        let error = box_.one("SELECT coalesce(error, 'none') FROM routers");
        assert_eq!(state(&box_), *expected, "{what}: {error}");
        println!("{what}: {expected}: {error}");
        assert_eq!(error == "none", *expected == "up", "{what}: {error}");
        routers[0].clear_faults();
        mend(&routers[0]);
        check(&box_);
        assert_eq!(state(&box_), "up", "after {what}");
    }
    let troubles = TROUBLES.iter().filter(|it| it.1 != "up").count();
    for name in ["router.down", "router.up"] {
        let told = box_.one(&format!("SELECT count(*) FROM events WHERE name = '{name}'"));
        assert_eq!(told, troubles.to_string(), "{name}: each once");
    }
}

#[test]
fn another_host_key_is_not_accepted_until_an_operator_does() {
    let (box_, routers, shelf) = watch(1);
    check(&box_);
    let logins = routers[0].logins().len();
    routers[0].regenerate_host_key();
    routers[0].cut_connections();
    check(&box_);
    assert_eq!(state(&box_), "host_key_changed");
    assert_eq!(routers[0].logins().len(), logins, "no password was shown to a stranger");
    shelf.0.lock().unwrap()[0].host_key = Some(routers[0].host_key_fingerprint());
    check(&box_);
    assert_eq!(state(&box_), "up");
}

#[test]
fn a_day_of_checks_is_one_login_and_a_dead_router_is_not_stormed() {
    let (box_, routers, _) = watch(1);
    for _ in 0..120 {
        box_.pass(Duration::from_secs(30));
    }
    assert_eq!(routers[0].logins().len(), 1, "an hour on one warm session");
    always(&routers[0], Fault::LoginRefused);
    for _ in 0..120 {
        box_.pass(Duration::from_secs(30));
    }
    let tries = routers[0].logins().len() - 1;
    println!("{tries} logins tried in an hour of refusals");
    assert!(tries <= 61, "more than one a minute: {tries}");
}

#[test]
fn one_that_hangs_among_ten_keeps_none_of_the_others_waiting() {
    let (box_, routers, _) = watch(10);
    routers[0].inject(Fault::Hang, Times::UntilCleared);
    let begun = Instant::now();
    let hanging = RouterId(1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let look = || box_.engine.run_next(Queue::RouterData).unwrap() == Ran::One;
            scope.spawn(move || while look() {});
        }
        let mut latencies = std::collections::BTreeMap::new();
        while latencies.len() < 9 {
            assert!(begun.elapsed() < Duration::from_secs(60), "only {latencies:?}");
            for id in box_.world().live.figures(box_.store.now()).keys() {
                latencies.entry(id.0).or_insert_with(|| begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(
            !box_.world().live.is_failing(hanging),
            "the nine were there before the one gave up"
        );
        for (id, latency) in &latencies {
            println!("router {id}: {latency:.0?} from the start to its figures, login included");
        }
    });
    assert!(box_.world().live.is_failing(hanging));
}
