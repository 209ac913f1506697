//! `mlango customer`

use super::{Shop, settle};
use crate::sale::{PHONE, c2b};
use mlango::domain::payment::CallbackDoor;
use mlango::domain::queue::Queue;
use mlango_sim::SmsGateway;
use rusqlite::Connection;

#[test]
fn a_customer_is_found_by_phone() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    shop.pay("UKM2BBBBBB", "50", "254700000001");
    let list = shop.json(&["customer", "list"]);
    assert_eq!(list[0]["phone"], "254700000001", "the newest first: {list}");
    for name in ["0712345678", "+254 712 345 678", "hs_712345678"] {
        let shown = shop.json(&["customer", "show", name]);
        assert_eq!(shown["phone"], PHONE);
        assert_eq!(shown["subscriptions"][0]["package"], "1h");
        assert_eq!(shown["payments"][0]["amount_cents"], 2000);
    }
    let shown = shop.done(&["customer", "show", "0712345678"]);
    let database = Connection::open(shop.data_dir().join("mlango.db")).unwrap();
    let password: String = database
        .query_row("SELECT password FROM customers WHERE phone = ?1", [PHONE], |it| it.get(0))
        .unwrap();
    let json = shop.json(&["customer", "show", "0712345678"]).to_string();
    assert!(!shown.contains(&password) && !json.contains(&password), "{shown}{json}");
    let err = shop.refused(&["customer", "show", "0799999999"]);
    assert!(err.contains("`mlango customer list`"), "{err}");
}

#[test]
fn the_credentials_are_sent_once_more() {
    let gateway = SmsGateway::start();
    let shop =
        Shop::configured(&format!("sms.gateway = \"http\"\nsms.http.url = {:?}", gateway.url()));
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
    shop.pay("UKM1AAAAAA", "20", PHONE);
    let sms = |shop: &Shop| {
        let shown = shop.json(&["payment", "show", "1"]);
        let all = shown["deliveries"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["target"] == "sms").unwrap()["state"].clone()
    };
    settle(&shop.site(), &[Queue::HotspotSms]);
    assert_eq!(sms(&shop), "verified");
    shop.done(&["customer", "resend", "0712345678"]);
    assert_eq!(sms(&shop), "queued");
    settle(&shop.site(), &[Queue::HotspotSms]);
    assert_eq!(sms(&shop), "verified");
    let told = shop.json(&["payment", "show", "1"])["timeline"].to_string();
    assert!(told.contains("customer resend by cli"), "{told}");
    assert!(told.contains("2547****678"), "{told}");
    let texts: Vec<String> = gateway.messages().iter().map(|it| it.text()).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("\"mlango-1\""), "{}", texts[0]);
    assert!(texts[1].contains("\"mlango-1-again-1\""), "a gateway drops what it saw: {}", texts[1]);
}

#[test]
fn there_must_be_a_phone_something_bought_and_a_gateway() {
    let shop = Shop::stocked();
    let hash = mlango::domain::phone::Phone::hash(&crate::sale::phone(PHONE));
    let body = c2b("UKM3CCCCCC", "20", hash.as_str(), "");
    shop.receive(CallbackDoor::Confirmation, &body);
    let err = shop.refused(&["customer", "resend", "hs_ukm3cccccc"]);
    assert!(err.contains("M-Pesa hides it"), "{err}");

    shop.pay("UKM4DDDDDD", "33", "254700000001"); // Held: nothing is bought yet.
    shop.refused(&["customer", "resend", "0700000001"]);
    shop.refused(&["customer", "resend", "0799999999"]);

    let silent = Shop::configured("");
    silent.done(&[
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
    silent.pay("UKM1AAAAAA", "20", PHONE);
    let err = silent.refused(&["customer", "resend", PHONE]);
    assert!(err.contains("[sms] gateway"), "{err}");
}
