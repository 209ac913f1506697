//! `mlango payment`

use super::Shop;
use crate::sale::{PHONE, c2b};
use mlango::domain::payment::CallbackDoor;

#[test]
fn a_payment_is_listed_and_told_in_full() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    shop.pay("UKM2BBBBBB", "33", "254700000001");
    let list = shop.json(&["payment", "list"]);
    assert_eq!(list[0]["money"]["receipt"], "UKM2BBBBBB", "the newest first: {list}");
    assert_eq!(list[0]["money"]["state"], "held");
    assert_eq!(list[1]["money"]["amount_cents"], 2000);
    assert_eq!(list[1]["entitlement"]["package"], "1h");
    assert!(list[1].get("timeline").is_none());
    let held = shop.json(&["payment", "list", "--state", "held"]);
    assert_eq!(held.as_array().unwrap().len(), 1);
    assert_eq!(shop.json(&["payment", "list", "--limit", "1"]).as_array().unwrap().len(), 1);

    for name in ["1", "UKM1AAAAAA", "ukm1aaaaaa"] {
        let shown = shop.json(&["payment", "show", name]);
        assert_eq!(shown["id"], 1, "{name}");
        assert_eq!(shown["money"]["payer"], PHONE);
        assert_eq!(shown["timeline"][0]["what"], "callback received");
    }
    let table = shop.done(&["payment", "show", "1"]);
    assert!(table.contains("20.00 received") && table.contains("callback received"), "{table}");
    let table = shop.done(&["payment", "list"]);
    assert!(table.contains("UKM1AAAAAA") && table.contains(PHONE), "{table}");
    assert!(table.lines().all(|it| it.chars().count() <= 80), "{table}");
    for missing in ["3", "UKM9ZZZZZZ", "nonsense"] {
        let err = shop.refused(&["payment", "show", missing]);
        assert!(err.contains("`mlango payment list`"), "{err}");
    }
    assert_eq!(shop.run(&["payment", "list", "--state", "lost"]).code, 2);
}

#[test]
fn a_long_list_comes_whole_to_programs_and_short_to_people() {
    let shop = Shop::stocked();
    let site = shop.site();
    for nth in 0..230 {
        let body = c2b(&format!("UKM{nth:07}"), "7", PHONE, "");
        let received = mlango::mpesa::classify(body.as_bytes(), &site.config.mpesa.shortcodes);
        let found = site
            .store
            .write_relaxed(|tx| mlango::store::payments::insert_found(tx, &received, None));
        found.unwrap();
    }
    let list = shop.json(&["payment", "list"]);
    let ids: Vec<_> =
        list.as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=230).rev().collect::<Vec<_>>());
    let table = shop.done(&["payment", "list"]);
    assert_eq!(table.lines().count(), 1 + 50 + 1, "{table}");
    assert_eq!(shop.done(&["payment", "list", "--limit", "220"]).lines().count(), 1 + 220 + 1);
}

#[test]
fn held_money_is_assigned_once() {
    let shop = Shop::stocked();
    shop.pay("UKM2BBBBBB", "33", PHONE);
    let err = shop.refused(&["payment", "assign", "1", "--package", "9h"]);
    assert!(err.contains("no package 9h is for sale"), "{err}");
    let out = shop.done(&["payment", "assign", "1", "--package", "1h"]);
    assert!(out.contains("payment 1 buys 1h"), "{out}");
    let shown = shop.json(&["payment", "show", "1"]);
    assert_eq!(shown["money"]["state"], "received");
    assert_eq!(shown["entitlement"]["package"], "1h");
    let told = shown["timeline"].to_string();
    assert!(told.contains("payment assign by cli"), "{told}");

    let err = shop.refused(&["payment", "assign", "1", "--package", "3h"]);
    assert!(err.contains("payment 1 is granted already"), "{err}");
    assert_eq!(shop.json(&["payment", "show", "1"])["entitlement"]["package"], "1h");
    shop.refused(&["payment", "assign", "9", "--package", "3h"]);
}

#[test]
fn what_a_stranger_typed_moves_no_cursor() {
    let shop = Shop::stocked();
    let body = c2b("UKM3CCCCCC", "33", PHONE, "\\u001b[2Jme");
    shop.receive(CallbackDoor::Confirmation, &body);
    let table = shop.done(&["payment", "show", "1"]);
    assert!(table.contains("[2Jme") && !table.contains('\u{1b}'), "{table:?}");
}
