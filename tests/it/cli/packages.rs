//! `mlango package`

use super::Shop;
use serde_json::json;

#[test]
fn a_package_is_added_changed_and_removed() {
    let shop = Shop::new();
    assert!(shop.done(&["package", "list"]).contains("mlango package add"));
    assert_eq!(shop.json(&["package", "list"]), json!([]));
    shop.done(&[
        "package",
        "add",
        "--code",
        "1h",
        "--name",
        "One hour",
        "--price",
        "20.50",
        "--duration",
        "1h30m",
        "--rate",
        "2M/5M",
        "--data",
        "5GiB",
        "--devices",
        "3",
        "--starts",
        "first-login",
        "--again",
        "device",
    ]);
    let added = json!({
        "id": 1, "code": "1h", "name": "One hour", "price_cents": 2050,
        "duration_seconds": 5400, "rate": "2M/5M", "data_bytes": 5_368_709_120_i64, "devices": 3,
        "starts": "first-login", "again": "device",
    });
    assert_eq!(shop.json(&["package", "list"]), json!([added]));

    let out = shop.done(&["package", "set", "1H", "--price", "25", "--rate", "none"]);
    assert!(out.contains("20.50 buys it for another day"), "{out}");
    let mut changed = added;
    changed["price_cents"] = json!(2500);
    changed["rate"] = json!(null);
    assert_eq!(shop.json(&["package", "list"]), json!([changed]));

    shop.done(&["package", "remove", "1h"]);
    assert_eq!(shop.json(&["package", "list"]), json!([]));
    let err = shop.refused(&["package", "remove", "1h"]);
    assert!(err.contains("`mlango package list`"), "{err}");
}

#[test]
fn the_newest_is_shown_first_and_a_limit_holds() {
    let shop = Shop::stocked();
    let codes = |args: &[&str]| -> Vec<String> {
        let list = shop.json(args);
        list.as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&["package", "list"]), ["1d", "3h", "1h"]);
    assert_eq!(codes(&["package", "list", "--limit", "2"]), ["1d", "3h"]);
    let table = shop.done(&["package", "list", "--limit", "2"]);
    assert!(table.contains("and more") && !table.contains("1h pass"), "{table}");
    assert!(table.lines().all(|it| it.chars().count() <= 80), "{table}");
}

#[test]
fn two_packages_at_one_price_are_warned_of() {
    let shop = Shop::stocked();
    let add = ["package", "add", "--code", "2h", "--name", "2h", "--price", "50", "--duration"];
    let ended = shop.run(&[&add[..], &["2h"]].concat());
    assert_eq!(ended.code, 0);
    assert!(ended.err.contains("2h costs 50.00 like 3h"), "{}", ended.err);
    // The old price is still good, so the next package at it is ambiguous, too.
    shop.done(&["package", "set", "1d", "--price", "110"]);
    let ended = shop.run(&["package", "set", "2h", "--price", "100"]);
    assert!(ended.err.contains("2h costs 100.00 like 1d"), "{}", ended.err);
    let ended = shop.run(&["package", "set", "2h", "--price", "70"]);
    assert_eq!(ended.err, "");
}

#[test]
fn a_code_is_given_once() {
    let shop = Shop::stocked();
    let err = shop.refused(&[
        "package",
        "add",
        "--code",
        "1H",
        "--name",
        "x",
        "--price",
        "5",
        "--duration",
        "1h",
    ]);
    assert!(err.contains("`mlango package set 1H`"), "{err}");
    let err = shop.refused(&["package", "set", "3h", "--code", "1h"]);
    assert!(err.contains("choose another code"), "{err}");
    let err = shop.refused(&["package", "set", "3h"]);
    assert!(err.contains("nothing is to be changed"), "{err}");
    shop.done(&["package", "set", "3h", "--code", "4h"]);
    shop.refused(&["package", "set", "3h", "--price", "1"]);
}

#[test]
fn values_that_mean_nothing_are_wrong_usage() {
    let shop = Shop::new();
    let add = |change: &[&str]| {
        let mut args = vec!["package", "add"];
        for (option, value) in
            [("--code", "1h"), ("--name", "x"), ("--price", "20"), ("--duration", "1h")]
        {
            let changed = change.chunks(2).find(|it| it[0] == option);
            args.extend([option, changed.map_or(value, |it| it[1])]);
        }
        let new = change.chunks(2).filter(|it| !args.contains(&it[0])).collect::<Vec<_>>();
        let args = [args, new.concat()].concat();
        shop.run(&args).code
    };
    for change in [
        ["--code", "a b"],
        ["--price", "0"],
        ["--price", "20.005"],
        ["--price", "-5"],
        ["--duration", "60"],
        ["--duration", "0s"],
        ["--name", ""],
        ["--rate", "fast"],
        ["--data", "0"],
        ["--devices", "0"],
        ["--starts", "sometime"],
        ["--again", "never"],
    ] {
        assert_eq!(add(&change), 2, "{change:?}");
    }
    assert!(!shop.data_dir().exists(), "nothing is opened for a slip of the tongue");
    assert_eq!(add(&[]), 0);
}
