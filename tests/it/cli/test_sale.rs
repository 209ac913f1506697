//! `mlango test-sale`, with simulated routers over real SSH.

use super::Shop;
use mlango::jobs::trial;
use mlango::store::{packages, routers};
use mlango_sim::{Dialect, Fault, Router, RouterSpec, Setup, SmsGateway, Times};
use std::time::{Duration, Instant};

/// All that a sale could leave behind, row by row.
fn counts(shop: &Shop) -> Vec<i64> {
    let tables = [
        "payments",
        "customers",
        "subscriptions",
        "deliveries",
        "jobs",
        "failed_jobs",
        "events",
        "radcheck",
        "radreply",
        "grants",
        "job_history",
    ];
    let site = shop.site();
    let count = |table: &&str| {
        let sql = format!("SELECT count(*) FROM {table}");
        site.store.read(|conn| Ok(conn.query_row(&sql, [], |it| it.get(0))?)).unwrap()
    };
    tables.iter().map(count).collect()
}

const SALE: [&str; 5] = ["test-sale", "--package", "1h", "--router", "main"];

#[test]
fn a_user_comes_is_checked_and_goes() {
    let gateway = SmsGateway::start();
    let url = gateway.url();
    let more = format!(
        "radius.mode = \"off\"\nalerts.phone = \"0712345678\"\nsms.gateway = \"http\"\n\
         sms.http.url = {url:?}"
    );
    let shop = Shop::configured(&more);
    shop.done(&[
        "package",
        "add",
        "--code",
        "1h",
        "--name",
        "One hour",
        "--price",
        "20",
        "--duration",
        "1h",
        "--rate",
        "2M/5M",
    ]);
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    shop.add_router("Main", &router, &["--access", "local"]);
    let before = counts(&shop);
    let out = shop.done(&SALE);
    assert_eq!(counts(&shop), before);
    assert!(router.users().iter().all(|it| !it.name.starts_with("hs_test_")));
    let added = router.commands().iter().filter(|it| it.line.contains("user add")).count();
    assert_eq!(added, 1, "a real user was there");
    for word in ["ok       router:", "ok       login:", "ok       sms:", "ok       removal:"] {
        assert!(out.contains(word), "{word} {out}");
    }
    let texts = gateway.messages();
    assert_eq!(texts.len(), 1);
    let text = texts[0].text();
    assert!(text.contains("hs_test_") && text.contains("One hour"), "{text}");
    let password = text.split("Password ").nth(1).unwrap().split('.').next().unwrap();
    assert!(!out.contains(password), "the password is for the phone alone");
    assert_eq!(shop.json(&["status"])["payments"]["today"]["count"], 0);
}

#[test]
fn everything_is_taken_away_though_a_step_fails() {
    let shop = Shop::configured("radius.mode = \"off\"");
    shop.done(&[
        "package",
        "add",
        "--code",
        "1h",
        "--name",
        "x",
        "--price",
        "20",
        "--duration",
        "1h",
    ]);
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    shop.add_router("Main", &router, &["--access", "both"]);
    let before = counts(&shop);
    // The router's own list works; RADIUS, which it asks besides, is switched off.
    let ended = shop.run(&SALE);
    assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{}", ended.err);
    assert!(ended.out.contains("failed   radius:"), "{}", ended.out);
    assert!(ended.out.contains("ok       removal:"), "{}", ended.out);
    assert_eq!(counts(&shop), before);
    assert!(router.users().iter().all(|it| !it.name.starts_with("hs_test_")));

    router.inject(Fault::LoginRefused, Times::UntilCleared);
    let ended = shop.run(&SALE);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("failed   router:"), "{}", ended.out);
    assert!(ended.out.contains("ok       records:"), "{}", ended.out);
    assert_eq!(counts(&shop), before);
}

#[test]
fn a_router_without_a_hotspot_fails_the_sale() {
    let shop = Shop::configured("radius.mode = \"off\"");
    shop.done(&[
        "package",
        "add",
        "--code",
        "1h",
        "--name",
        "x",
        "--price",
        "20",
        "--duration",
        "1h",
    ]);
    let mut spec = RouterSpec::new(Dialect::V7_16);
    spec.setup = Setup::Bare;
    let router = Router::start(spec);
    router.set_device_mode_hotspot(false);
    shop.add_router("Main", &router, &["--access", "local"]);
    let ended = shop.run(&SALE);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("failed   router:"), "{}", ended.out);
    for wrong in [["--package", "9h", "--router", "Main"], ["--package", "1h", "--router", "no"]] {
        shop.refused(&[&["test-sale"][..], &wrong].concat());
    }
}

#[test]
fn a_trial_that_was_cut_off_is_taken_away_by_the_next() {
    let shop = Shop::configured("radius.mode = \"off\"");
    shop.done(&[
        "package",
        "add",
        "--code",
        "1h",
        "--name",
        "x",
        "--price",
        "20",
        "--duration",
        "1h",
    ]);
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    shop.add_router("Main", &router, &["--access", "local"]);
    let before = counts(&shop);
    let site = shop.site();
    let trial = site.store.write(|tx| {
        let package = packages::active(tx)?.remove(0);
        let router = routers::all(tx)?.remove(0);
        trial::begin(tx, &site.config, &package, &router)
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    trial.unwrap().provision(&site.store, &site.world, deadline).unwrap();
    let is_left = || router.users().iter().any(|it| it.name.starts_with("hs_test_"));
    assert!(is_left());
    shop.done(&SALE);
    assert!(is_left(), "it may be at work still");
    site.store
        .write(|tx| {
            let age = "UPDATE subscriptions SET created_at_ms = created_at_ms - 3600000";
            Ok(tx.execute(age, [])?)
        })
        .unwrap();
    shop.done(&SALE);
    assert!(!is_left());
    assert_eq!(counts(&shop), before);
}
