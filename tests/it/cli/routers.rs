//! `mlango router`, with simulated routers over real SSH.

use super::{Shop, settle};
use crate::sale::PHONE;
use mlango::domain::queue::Queue;
use mlango_sim::{Account, Dialect, Fault, Router, RouterSpec, Setup, Times};
use serde_json::Value;

fn start() -> Router {
    Router::start(RouterSpec::new(Dialect::V7_16))
}

impl Shop {
    fn routers(&self) -> Vec<Value> {
        self.json(&["router", "list"]).as_array().unwrap().clone()
    }
}

#[test]
fn the_first_contact_pins_the_host_key() {
    let shop = Shop::new();
    let router = start();
    let out = shop.add_router("Main", &router, &["--access", "local"]);
    let key = router.host_key_fingerprint();
    assert!(out.contains("it answers as") && out.contains(&key), "{out}");
    let listed = &shop.routers()[0];
    assert_eq!(listed["host_key"], key.as_str());
    assert_eq!(listed["state"], "up");
    assert!(!shop.done(&["router", "list"]).contains("sim-password"));
    let sealed = std::fs::read(shop.data_dir().join("mlango.db")).unwrap();
    assert!(!sealed.windows(12).any(|it| it == b"sim-password"));

    router.regenerate_host_key();
    let ended = shop.run(&["router", "check", "Main"]);
    assert_eq!(ended.code, 1);
    let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let new = router.host_key_fingerprint();
    assert!(said.contains(&format!("mlango router set NAME --host-key {new}")), "{said}");
    shop.done(&["router", "set", "Main", "--host-key", &new]);
    shop.done(&["router", "check", "Main"]);
}

#[test]
fn a_router_that_is_away_is_taken_in() {
    let shop = Shop::new();
    let router = start();
    router.refuse_connections();
    let out = shop.add_router("Main", &router, &["--access", "local"]);
    assert!(out.contains("does not answer now"), "{out}");
    assert_eq!(shop.routers()[0]["state"], "unreachable");
    assert_eq!(shop.routers()[0]["host_key"], Value::Null);
    router.accept_connections();
    let out = shop.done(&["router", "check", "main"]);
    assert!(out.contains(&router.host_key_fingerprint()), "{out}");
    assert_eq!(shop.routers()[0]["host_key"], router.host_key_fingerprint().as_str());
}

#[test]
fn those_who_paid_before_are_let_in() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let router = start();
    let out = shop.add_router("Main", &router, &["--access", "local"]);
    assert!(out.contains("1 who have paid already"), "{out}");
    settle(&shop.site(), &[Queue::Provisioning]);
    assert_eq!(router.users().len(), 1);
    let shown = shop.json(&["payment", "show", "1"]);
    assert_eq!(shown["deliveries"][0]["target"], "router:Main");
    assert_eq!(shown["deliveries"][0]["state"], "verified");
}

#[test]
fn access_by_radius_alone_takes_users_off_the_router() {
    let shop = Shop::stocked();
    let router = start();
    shop.add_router("Main", &router, &["--access", "local"]);
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let site = shop.site();
    settle(&site, &[Queue::Provisioning]);
    assert_eq!(router.users().len(), 1);
    let radius_rows = || -> i64 {
        let sql = "SELECT count(*) FROM radcheck";
        site.store.read(|conn| Ok(conn.query_row(sql, [], |it| it.get(0))?)).unwrap()
    };
    assert_eq!(radius_rows(), 0);

    let ended = shop.run(&["router", "set", "Main", "--access", "radius"]);
    assert!(ended.err.contains("--nas-ip"), "{}", ended.err);
    assert!(0 < radius_rows(), "FreeRADIUS knows at once");
    settle(&site, &[Queue::Provisioning]);
    assert_eq!(router.users().len(), 0, "a local user would go before RADIUS");

    shop.done(&["router", "set", "Main", "--access", "local"]);
    assert_eq!(radius_rows(), 0);
    settle(&site, &[Queue::Provisioning]);
    assert_eq!(router.users().len(), 1);
}

#[test]
fn a_better_password_lets_go_what_was_parked() {
    let shop = Shop::stocked();
    let mut spec = RouterSpec::new(Dialect::V7_16);
    spec.accounts = vec![Account::new("mlango", "another")];
    let router = Router::start(spec);
    let out = shop.add_router("Main", &router, &["--access", "local"]);
    assert!(out.contains("before this is mended") && out.contains("refused our login"), "{out}");
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let site = shop.site();
    settle(&site, &[Queue::Provisioning]);
    let waiting = || -> String {
        let sql = "SELECT coalesce(max(state), 'none') FROM jobs WHERE kind = 'provision_user'";
        site.store.read(|conn| Ok(conn.query_row(sql, [], |it| it.get(0))?)).unwrap()
    };
    // As after its last fast try.
    site.store
        .write(|tx| {
            let park = "UPDATE jobs SET state = 'waiting', wait_on = serial_key";
            Ok(tx.execute(park, [])?)
        })
        .unwrap();
    assert_eq!(waiting(), "waiting");
    let password = shop.put("password", "another");
    shop.done(&["router", "set", "main", "--password-file", &password]);
    assert_eq!(waiting(), "ready");
    settle(&site, &[Queue::Provisioning]);
    assert_eq!(waiting(), "none");
    assert_eq!(router.users().len(), 1);
}

#[test]
fn a_router_is_forgotten_with_what_it_was_owed() {
    let shop = Shop::stocked();
    let router = start();
    router.refuse_connections();
    shop.add_router("Main", &router, &["--access", "local"]);
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let out = shop.done(&["router", "remove", "MAIN"]);
    assert!(out.contains("1 who have paid"), "{out}");
    assert!(shop.routers().is_empty());
    let shown = shop.json(&["payment", "show", "1"]);
    let targets: Vec<_> =
        shown["deliveries"].as_array().unwrap().iter().map(|it| it["target"].clone()).collect();
    assert_eq!(targets, ["radius", "sms"], "without a router RADIUS is asked");
    let jobs: i64 = shop
        .site()
        .store
        .read(|conn| {
            let sql = "SELECT count(*) FROM jobs WHERE kind = 'provision_user'";
            Ok(conn.query_row(sql, [], |it| it.get(0))?)
        })
        .unwrap();
    assert_eq!(jobs, 0);
    let err = shop.refused(&["router", "remove", "Main"]);
    assert!(err.contains("`mlango router list`"), "{err}");
}

#[test]
fn a_check_says_what_is_missing_and_changes_nothing() {
    let shop = Shop::new();
    let good = start();
    shop.add_router("Good", &good, &["--access", "local"]);
    let out = shop.done(&["router", "check", "Good"]);
    assert!(out.contains("the hotspot runs"), "{out}");
    assert!(out.lines().all(|it| it.chars().count() <= 80), "{out}");
    let report = shop.json(&["router", "check", "Good"]);
    assert_eq!((&report["ok"], &report["checks"][0]["state"]), (&true.into(), &"ok".into()));
    for command in good.commands() {
        let changes = [" add ", " set ", " remove ", " enable ", " disable "];
        assert!(!changes.iter().any(|it| command.line.contains(it)), "{}", command.line);
    }

    let mut spec = RouterSpec::new(Dialect::V7_16);
    spec.setup = Setup::Bare;
    let bare = Router::start(spec);
    shop.add_router("Bare", &bare, &["--access", "local"]);
    let ended = shop.run(&["router", "check", "Bare"]);
    assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{}", ended.err);
    let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("missing router Bare: there is no hotspot server"), "{said}");
    good.inject(Fault::LoginRefused, Times::UntilCleared);
    assert_eq!(shop.run(&["router", "check", "Good", "--json"]).code, 1);
}

#[test]
fn a_difference_is_shown_and_nothing_is_changed_before_it_is_asked_for() {
    let shop = Shop::stocked();
    let router = start();
    shop.add_router("Main", &router, &["--access", "local"]);
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let site = shop.site();
    settle(&site, &[Queue::Provisioning]);
    assert!(shop.done(&["router", "check", "Main", "--diff"]).contains("as it should be"));
    router.wipe_hotspot();
    let out = shop.done(&["router", "check", "Main", "--diff"]);
    assert!(out.contains("let in") && out.contains("hs_712345678"), "{out}");
    let shown = shop.json(&["router", "check", "Main", "--diff"]);
    assert_eq!(shown["changes"][0]["change"], "let in");
    assert_eq!(shown["changes"][0]["why"], "is missing");
    settle(&site, &[Queue::Provisioning]);
    assert_eq!(router.users().len(), 0);
    let out = shop.done(&["router", "reconcile", "Main"]);
    assert!(out.contains("1 change"), "{out}");
    settle(&site, &[Queue::Provisioning]);
    assert_eq!(router.users().len(), 1);
    router.power_off();
    let err = shop.refused(&["router", "check", "Main", "--diff"]);
    assert!(err.contains("does not answer"), "{err}");
}

#[test]
fn what_an_operator_mixes_up_is_said() {
    let shop = Shop::new();
    let router = start();
    shop.add_router("Main", &router, &["--access", "local"]);
    let address = router.address().to_string();
    let password = shop.put("password", "sim-password");
    let add = |more: &[&str]| {
        let add = ["router", "add", "--name", "Two", "--address", &address, "--user", "mlango"];
        shop.run(&[&add[..], more].concat())
    };
    let two_lines = shop.put("two", "a\nb\n");
    for (more, code, word) in [
        (&[][..], 1, "--password-file or --key-file"),
        (&["--password-file", "/nowhere"], 1, "/nowhere"),
        (&["--password-file", &two_lines], 1, "one line"),
        (&["--key-file", &password], 1, "no private key"),
        (&["--password-file", &password, "--key-file", &password], 2, "cannot be used"),
        (&["--password-file", &password, "--host-key", "SHA256:x"], 2, "fingerprint"),
        (&["--password-file", &password, "--nas-ip", "10.0.0.1"], 2, "--nas-secret-file"),
        (&["--password-file", &password, "--access", "magic"], 2, "magic"),
    ] {
        let ended = add(more);
        assert_eq!(ended.code, code, "{more:?} {}", ended.err);
        assert!(ended.err.contains(word), "{more:?} {}", ended.err);
    }
    let err = shop.refused(&[
        "router",
        "add",
        "--name",
        "main",
        "--address",
        "x",
        "--user",
        "y",
        "--password-file",
        &password,
    ]);
    assert!(err.contains("there is a router main already"), "{err}");
    shop.refused(&["router", "set", "Main", "--nas-ip", "10.0.0.1"]);
    shop.refused(&["router", "set", "Main"]);
    shop.refused(&["router", "check", "None"]);
    assert_eq!(shop.routers().len(), 1);
}
