//! Commands that touch no data directory, and those of the operator's own keys.

use super::Shop;
use mlango::config::{AdminPassword, Config};
use mlango::domain::secret::Secret;
use serde_json::Value;

#[test]
fn bodies_are_classified_without_a_data_directory() {
    let shop = Shop::new();
    let fixture =
        |name: &str| format!("{}/tests/it/fixtures/mpesa/{name}", env!("CARGO_MANIFEST_DIR"));
    let (paid, cancelled) = (fixture("stk-paid.json"), fixture("stk-cancelled.json"));
    let junk = shop.put("junk.json", "not json");
    let out = shop.done(&["mpesa", "classify", "--json", &paid, &cancelled, &junk]);
    let lines: Vec<Value> = out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let outcomes: Vec<_> = lines.iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["success", "failed", "reject"]);
    assert_eq!(lines[0]["file"], paid);
    assert_eq!(lines[0]["amount_cents"], 2000);
    assert_eq!(lines[0]["receipt"], "UKM2C0FFEE");
    assert_eq!(lines[0]["phone"], "254712000345");

    let ended = shop.run(&["mpesa", "classify", "/nowhere", &paid]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("success"), "the others are read: {}", ended.out);
    assert!(ended.err.contains("/nowhere") && ended.err.lines().count() == 1, "{}", ended.err);
    assert!(!shop.data_dir().exists(), "nothing is made");
    assert_eq!(shop.run(&["mpesa", "classify"]).code, 2);
}

#[test]
fn the_operator_sets_a_password_and_reads_the_token() {
    let shop = Shop::new();
    let token = shop.done(&["admin", "token"]);
    assert_eq!(token.trim().len(), 64);
    assert!(shop.data_dir().join("first-password").exists(), "made as by the first start");

    let ended = shop.run_with(&["admin", "set-password"], "correct horse\n");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(!shop.data_dir().join("first-password").exists());
    let config = Config::load(&shop.dir.path().join("mlango.toml")).unwrap();
    let password = AdminPassword::new(&config);
    assert!(password.verify(&Secret::new("correct horse")).unwrap());

    for bad in ["", "\n", "short\n"] {
        let ended = shop.run_with(&["admin", "set-password"], bad);
        assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{bad:?} {}", ended.err);
    }
    assert!(password.verify(&Secret::new("correct horse")).unwrap());
}
