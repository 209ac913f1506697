//! Payments that nobody asked for: confirmations, and the validation before them.

use super::{PAYBILL_MASKED, STK_PAID, TILL_HASHED, ours, understood, with};
use mlango::domain::money::Cents;
use mlango::domain::payment::Door;
use mlango::domain::received::{Outcome, Payer};
use mlango::mpesa::c2b::{Validation, validate};
use mlango::mpesa::printable;
use mlango::mpesa::verdict::Verdict;

const AMOUNT: &str = r#""TransAmount":"50.00""#;
const RECEIPT: &str = r#""TransID":"UKM3B0BBED""#;
const SHORTCODE: &str = r#""BusinessShortCode":"5550123""#;
const REFERENCE: &str = r#""BillRefNumber":"""#;
const HASH: &str = "f6d1bd4a2bd1b95fdb1ffd0e4ee53bcd0f9b4e0c2a11f8e28e3ddb8b1c27a3e5";

#[track_caller]
fn check(old: &str, new: &str, outcome: Outcome) {
    let received = understood(with(TILL_HASHED, old, new));
    assert_eq!(received.outcome, outcome, "{new}: {}", received.reason);
}

#[test]
fn a_payment_to_the_till_is_read_whole() {
    let received = understood(TILL_HASHED);
    assert_eq!(received.outcome, Outcome::Success, "{}", received.reason);
    assert_eq!(received.door, Door::C2b);
    assert_eq!(received.amount, Some(Cents(5000)));
    assert_eq!(received.receipt.unwrap().as_str(), "UKM3B0BBED");
    assert_eq!(received.shortcode.unwrap().as_str(), "5550123");
    assert!(matches!(received.payer, Payer::Hash(hash) if hash.as_str() == HASH));
    assert_eq!((received.reference, received.result_code), (None, None));
    assert_eq!(received.checkout_request_id, None);
}

#[test]
fn a_payment_to_the_paybill_keeps_what_was_typed() {
    let received = understood(PAYBILL_MASKED);
    assert_eq!(received.outcome, Outcome::Success, "{}", received.reason);
    assert_eq!(received.amount, Some(Cents(10_000)));
    assert_eq!(received.reference.as_deref(), Some("day#2"));
    assert_eq!(received.payer, Payer::Masked("2541 ***** 678".to_owned()));
}

#[test]
fn few_fields_are_enough() {
    let body = r#"{"TransID":"UKM4DECAFE","TransAmount":10,"BusinessShortCode":555012}"#;
    let received = understood(body);
    assert_eq!(received.outcome, Outcome::Success, "{}", received.reason);
    assert_eq!(received.payer, Payer::Unknown);
    assert_eq!(received.amount, Some(Cents(1000)));
}

#[test]
fn a_receipt_and_a_shortcode_of_ours_are_needed() {
    for id in ["\"\"", "null", "1234567890", "\"ukm3b0bbed\"", "\"UKM3B0B\"", "[]"] {
        check(RECEIPT, &format!("\"TransID\":{id}"), Outcome::Reject);
    }
    check(RECEIPT, "\"Trans\":1", Outcome::Reject);
    for code in ["\"555013\"", "\"\"", "null", "5550123.0", "\"05550123\"", "[\"5550123\"]"] {
        check(SHORTCODE, &format!("\"BusinessShortCode\":{code}"), Outcome::Reject);
    }
    check(SHORTCODE, "\"ShortCode\":\"5550123\"", Outcome::Reject);
    let foreign = understood(with(TILL_HASHED, "5550123", "555013"));
    assert!(foreign.reason.contains("555013"), "{}", foreign.reason);
    assert_eq!(foreign.amount, Some(Cents(5000)), "what it was, an operator may want to know");
}

#[test]
fn an_amount_that_is_none_is_held() {
    for value in ["\"-50\"", "\"0\"", "0.00", "null", "\"50.001\"", "5e1", "\"KES 50\"", "true"] {
        check(AMOUNT, &format!("\"TransAmount\":{value}"), Outcome::Indeterminate);
    }
}

#[test]
fn nothing_else_stops_a_credit() {
    for time in ["\"20261399256199\"", "null", "7", "\"\""] {
        check("\"20261122141102\"", time, Outcome::Success);
    }
    for kind in ["\"\"", "null", "\"Organization To Organization Transfer\"", "\"Buy Goods\""] {
        check("\"Customer Merchant Payment\"", kind, Outcome::Success);
    }
    check("\"WANJIKU\"", "\"<b>\\u0000'; drop table payments\"", Outcome::Success);
}

#[test]
fn payers_come_in_four_shapes() {
    let payer = |text: &str| understood(with(TILL_HASHED, HASH, text)).payer;
    let mangled = format!("{} ***** {}", &HASH[..34], &HASH[39..]);
    let phone = Payer::Phone("254110000678".parse().unwrap());
    assert_eq!(payer("254110000678"), phone);
    assert_eq!(payer(&HASH.to_uppercase()), understood(TILL_HASHED).payer);
    assert_eq!(payer(&mangled), Payer::Masked(mangled.clone()));
    assert_eq!(payer("25411****678"), Payer::Masked("25411****678".to_owned()));
    for text in ["", "***<script>", "0110000678", &HASH[1..], &format!("{}*", "1".repeat(90))] {
        assert_eq!(payer(text), Payer::Unknown, "{text}");
    }
}

#[test]
fn a_reference_is_kept_raw_and_shown_harmless() {
    let reference = |typed: &str| {
        let typed = serde_json::to_string(typed).unwrap();
        let body = with(TILL_HASHED, REFERENCE, &format!("\"BillRefNumber\":{typed}"));
        let received = understood(body);
        assert_eq!(received.outcome, Outcome::Success);
        received.reference
    };
    for typed in ["DAY 1", "0712 000 345", "a\u{0}b\u{202e}c", "$[:execute \"/user add\"]", "½😀"]
    {
        assert_eq!(reference(&format!("  {typed}\t")).as_deref(), Some(typed));
    }
    assert_eq!(reference(" \n "), None);
    assert_eq!(reference(&"ü".repeat(500)), Some("ü".repeat(200)));
    assert_eq!(printable(&reference("a\u{0}b\u{202e}c").unwrap()), "a\u{fffd}b\u{fffd}c");
    let number = with(TILL_HASHED, REFERENCE, "\"BillRefNumber\":7");
    assert_eq!(understood(number).reference.as_deref(), Some("7"));
}

#[test]
fn validation_stops_only_what_could_never_be_credited() {
    let check = |body: &str, expected: Validation| {
        assert_eq!(validate(body.as_bytes(), &ours()), expected, "{body:.200}");
    };
    check(TILL_HASHED, Validation::Accept);
    check(PAYBILL_MASKED, Validation::Accept);
    check(&with(TILL_HASHED, "5550123", "555013"), Validation::ForeignShortcode);
    for amount in ["0", "-1", "50.001", "", "many"] {
        check(&with(TILL_HASHED, "50.00", amount), Validation::UnusableAmount);
    }
    for odd in ["", "{}", "[]", "not JSON", r#"{"TransAmount":"1","TransAmount":"0"}"#, STK_PAID] {
        check(odd, Validation::Accept);
    }
    check(&with(TILL_HASHED, "\"TransID\":\"UKM3B0BBED\",", ""), Validation::Accept);
    check(&format!("{TILL_HASHED}{}", " ".repeat(300_000)), Validation::Accept);
    let codes: Vec<serde_json::Value> =
        [Validation::Accept, Validation::UnusableAmount, Validation::ForeignShortcode]
            .iter()
            .map(|it| serde_json::from_str(it.reply()).unwrap())
            .collect();
    assert_eq!(codes[0]["ResultCode"], "0");
    assert_eq!(codes[1]["ResultCode"], "C2B00013");
    assert_eq!(codes[2]["ResultCode"], "C2B00015");
}

#[test]
fn a_verdict_has_the_keys_that_scripts_read() {
    let verdict = Verdict::of("a.json", &understood(TILL_HASHED));
    let line = serde_json::to_string(&verdict).unwrap();
    let expected = concat!(
        r#"{"file":"a.json","outcome":"success","amount_cents":5000,"#,
        r#""receipt":"UKM3B0BBED","phone":null,"reason":"paid"}"#
    );
    assert_eq!(line, expected);
}
