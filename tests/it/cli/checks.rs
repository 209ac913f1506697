//! `mlango check`, which reads everything and leaves no trace.

use super::Shop;
use mlango_sim::{Dialect, Router, RouterSpec, SmsGateway};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

/// Every file under a directory, with its length and when it was written.
fn trace(dir: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        let name = entry.file_name().into_string().unwrap();
        all.insert(name, (about.len(), about.modified().unwrap()));
    }
    all
}

#[test]
fn before_the_first_start_everything_is_missing_and_nothing_is_made() {
    let shop = Shop::new();
    let ended = shop.run(&["check"]);
    assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{}", ended.err);
    let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("missing database:") && said.contains("failed secrets:"), "{said}");
    assert!(!shop.data_dir().exists());
}

#[test]
fn a_shop_that_works_is_told_so_and_left_as_it_is() {
    let gateway = SmsGateway::start();
    let url = gateway.url();
    let more = format!("radius.mode = \"off\"\nsms.gateway = \"http\"\nsms.http.url = {url:?}\n",);
    let shop = Shop::configured(&more);
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
    let before = trace(&shop.data_dir());
    let out = shop.done(&["check"]);
    assert_eq!(trace(&shop.data_dir()), before);
    for word in ["router Main: it lets us in", "packages: 1 for sale", "gateway http can be"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(out.lines().all(|it| it.chars().count() <= 80), "{out}");
    let report = shop.json(&["check"]);
    assert_eq!(report["ok"], true);
    assert_eq!(gateway.messages().len(), 0, "no text is sent for this");

    drop(gateway);
    router.refuse_connections();
    let ended = shop.run(&["check", "--json"]);
    assert_eq!(ended.code, 1);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let failed: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["state"] == "failed")
        .map(|it| it["what"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["router Main", "sms"]);
    assert_eq!(trace(&shop.data_dir()), before);
}

#[test]
fn a_running_shop_is_read_beside_its_server() {
    let shop = Shop::configured("radius.mode = \"off\"");
    let site = shop.site(); // Has the database open, as a server would.
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
    let ended = shop.run(&["check"]);
    assert!(ended.out.contains("packages: 1 for sale"), "{}{}", ended.out, ended.err);
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    shop.add_router("Main", &router, &["--access", "local"]);
    assert_eq!(shop.run(&["check"]).code, 0);
    drop(site);
}

#[test]
fn a_database_of_another_program_is_told() {
    let shop = Shop::configured("radius.mode = \"off\"");
    shop.done(&["admin", "token"]);
    let path = shop.data_dir().join("mlango.db");
    std::fs::write(&path, "this is no database at all, whatever its name says").unwrap();
    let ended = shop.run(&["check"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("failed   database:"), "{}", ended.out);
}
