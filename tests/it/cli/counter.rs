//! What is done at the counter: `sell`, and what `payment` and `customer` change.

use super::{Shop, settle};
use crate::sale::{PHONE, c2b};
use mlango::domain::payment::CallbackDoor;
use mlango::domain::queue::Queue;
use rusqlite::Connection;

fn audit(shop: &Shop) -> Vec<String> {
    let database = Connection::open(shop.data_dir().join("mlango.db")).unwrap();
    let mut statement = database
        .prepare(
            "SELECT format('%s %s %s', who, what, about) FROM audit
             WHERE about IS NOT NULL ORDER BY id",
        )
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn money_on_the_till_is_recorded_and_closed() {
    let shop = Shop::stocked();
    let record = ["payment", "record", "--receipt", "ukm1aaaaaa", "--amount", "20", "--phone"];
    let view = shop.json(&[&record[..], &[PHONE]].concat());
    assert_eq!(view["money"]["state"], "received");
    assert_eq!(view["money"]["door"], "recorded");
    assert_eq!(view["entitlement"]["package"], "1h");
    let err = shop.refused(&[&record[..], &[PHONE]].concat());
    assert!(err.contains("`mlango payment show 1`"), "{err}");
    shop.pay("UKM1AAAAAA", "20", PHONE);
    assert_eq!(shop.json(&["payment", "list"]).as_array().unwrap().len(), 1);

    for reason in ["", "lost"] {
        let close = ["payment", "close", "1", "--reason", reason];
        assert_eq!(shop.run(&close).code, 2);
    }
    let view = shop.json(&["payment", "close", "UKM1AAAAAA", "--reason", "refunded"]);
    assert_eq!(view["money"]["state"], "returned");
    assert_eq!(view["entitlement"]["state"], "revoked");
    shop.refused(&["payment", "close", "1", "--reason", "reversed"]);
    shop.refused(&["payment", "assign", "1", "--package", "1h"]);
    assert_eq!(audit(&shop), ["cli payment record payment:1", "cli payment close payment:1"]);
}

#[test]
fn recorded_money_that_fits_nothing_says_what_to_type() {
    let shop = Shop::stocked();
    let out = shop.done(&[
        "payment",
        "record",
        "--receipt",
        "UKM1AAAAAA",
        "--amount",
        "33",
        "--phone",
        PHONE,
    ]);
    assert!(out.contains("held") && out.contains("`mlango payment assign 1"), "{out}");
    let day = ["payment", "record", "--receipt", "AA1BBBBBBB", "--amount", "20", "--phone", PHONE];
    let ended = shop.run(&[&day[..], &["--at", "2026-11-22 14:05"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("2006-01-01"), "a slip of the pen is pointed out: {}", ended.err);
    for wrong in ["0", "-1", "20.001", "x"] {
        let record = ["payment", "record", "--receipt", "UKM2BBBBBB", "--amount"];
        let ended = shop.run(&[&record[..], &[wrong, "--phone", PHONE]].concat());
        assert_eq!(ended.code, 2, "{wrong}");
    }
}

#[test]
fn a_replay_is_owed_to_the_queue() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "33", PHONE);
    let out = shop.done(&["payment", "replay", "1"]);
    assert!(out.contains("1 callback is read again") && out.contains("payment assign"), "{out}");
    settle(&shop.site(), &[Queue::Payments]);
    assert_eq!(shop.json(&["payment", "show", "1"])["money"]["state"], "held");
    shop.done(&["sell", PHONE, "--package", "1h"]);
    let err = shop.refused(&["payment", "replay", "2"]);
    assert!(err.contains("no callback told of payment 2"), "{err}");
}

#[test]
fn cash_is_sold_at_the_counter() {
    let shop = Shop::stocked();
    let out = shop.done(&["sell", "0712345678", "--package", "3h"]);
    assert!(out.contains("3h is sold to 0712345678 for 50.00 in cash"), "{out}");
    let view = shop.json(&["sell", "0712345678", "--package", "3h"]);
    assert_eq!(view["money"]["door"], "cash");
    assert_eq!(view["customer"]["phone"], PHONE);
    let shown = shop.json(&["customer", "show", PHONE]);
    assert_eq!(shown["subscriptions"][0]["payments"], serde_json::json!([1, 2]));
    let err = shop.refused(&["sell", "0712345678", "--package", "9h"]);
    assert!(err.contains("`mlango package list`"), "{err}");
    assert_eq!(shop.run(&["sell", "12345", "--package", "3h"]).code, 2);
}

#[test]
fn customers_are_given_time_and_passwords_and_lose_what_they_have() {
    let shop = Shop::stocked();
    shop.done(&["sell", PHONE, "--package", "1h"]);
    let out = shop.done(&["customer", "extend", "0712345678", "--by", "30m"]);
    assert!(out.contains("30m more"), "{out}");
    assert_eq!(shop.run(&["customer", "extend", PHONE, "--by", "0s"]).code, 2);

    let password = |shop: &Shop| {
        let database = Connection::open(shop.data_dir().join("mlango.db")).unwrap();
        let sql = "SELECT customers.password FROM customers JOIN subscriptions
                   USING (username, password)";
        database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let before = password(&shop);
    let out = shop.done(&["customer", "password", PHONE]);
    let after = password(&shop);
    assert!(before != after && out.contains(&after), "{out}");
    let view = shop.json(&["customer", "password", PHONE]);
    assert_eq!(view["password"], password(&shop));

    let out = shop.done(&["customer", "kick", PHONE]);
    assert!(out.contains("may log in again"), "{out}");
    let out = shop.done(&["customer", "revoke", PHONE]);
    assert!(out.contains("1 purchase is revoked"), "{out}");
    for args in [
        &["customer", "revoke", PHONE][..],
        &["customer", "extend", PHONE, "--by", "1h"],
        &["customer", "resend", PHONE],
    ] {
        let err = shop.refused(args);
        assert!(err.contains("nothing that 0712345678 bought is running"), "{err}");
    }
    assert_eq!(shop.json(&["payment", "show", "1"])["money"]["state"], "received");
    for args in [&["customer", "revoke", "0799999999"], &["customer", "password", "0799999999"]] {
        let err = shop.refused(args);
        assert!(err.contains("`mlango customer list`"), "{err}");
    }
}

#[test]
fn a_customer_without_a_phone_is_served_by_name() {
    let shop = Shop::stocked();
    let body = c2b("UKM3CCCCCC", "20", "2547 ***** 126", "");
    shop.receive(CallbackDoor::Confirmation, &body);
    let err = shop.refused(&["customer", "resend", "hs_ukm3cccccc"]);
    assert!(err.contains("`mlango customer password hs_ukm3cccccc`"), "{err}");
    let out = shop.done(&["customer", "password", "hs_ukm3cccccc"]);
    assert!(out.contains("read it to the customer"), "{out}");
    shop.done(&["customer", "extend", "hs_ukm3cccccc", "--by", "1h"]);
    shop.done(&["customer", "revoke", "hs_ukm3cccccc"]);
}

#[test]
fn a_days_report_adds_up() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    shop.pay("UKM2BBBBBB", "33.50", "254700000001");
    shop.pay("UKM3CCCCCC", "50", "254700000002");
    shop.done(&["payment", "close", "3", "--reason", "reversed"]);
    shop.done(&["sell", "0700000003", "--package", "1d"]);
    shop.done(&["customer", "extend", "0700000003", "--by", "90m"]);
    let day = shop.json(&["report"]);
    assert_eq!(day["received"], serde_json::json!({"count": 4, "amount_cents": 20350}));
    assert_eq!(day["mpesa"], serde_json::json!({"count": 3, "amount_cents": 10350}));
    assert_eq!(day["cash"], serde_json::json!({"count": 1, "amount_cents": 10000}));
    assert_eq!(day["held"], serde_json::json!({"count": 1, "amount_cents": 3350}));
    assert_eq!(day["returned"], serde_json::json!({"count": 1, "amount_cents": 5000}));
    let of = |what: &str| day[what]["amount_cents"].as_i64().unwrap();
    assert_eq!(of("received"), of("served") + of("unserved") + of("held") + of("returned"));
    assert_eq!(day["comped"], serde_json::json!({"count": 1, "seconds": 5400}));
    assert_eq!(day["packages"][0]["package"], "1d");
    let csv = shop.done(&["report", "--csv"]);
    assert!(csv.starts_with("day,what,count,amount\n") && csv.contains(",held,1,33.50\n"), "{csv}");
    let table = shop.done(&["report", "--day", "today"]);
    assert!(table.contains("203.50") && table.contains("routers not read    none"), "{table}");
    assert!(table.lines().all(|it| it.chars().count() <= 80), "{table}");
    assert_eq!(shop.json(&["report", "--day", "2020-01-31"])["received"]["count"], 0);
    for wrong in ["tomorrow", "2020-02-31", "31.1.2020"] {
        assert_eq!(shop.run(&["report", "--day", wrong]).code, 2, "{wrong}");
    }
}
