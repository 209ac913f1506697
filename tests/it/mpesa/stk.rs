//! Push results: the claim of the result code against the evidence beside it.

use super::{STK_CANCELLED, STK_PAID, understood, with};
use mlango::domain::money::Cents;
use mlango::domain::payment::Door;
use mlango::domain::received::{Outcome, Payer};

const CODE: &str = r#""ResultCode": 0"#;
const AMOUNT: &str = r#"{"Name": "Amount", "Value": 20.00}"#;
const RECEIPT: &str = r#"{"Name": "MpesaReceiptNumber", "Value": "UKM2C0FFEE"}"#;
const PHONE: &str = r#""Value": 254712000345"#;
const BALANCE: &str = r#"{"Name": "Balance"}"#;
const CHECKOUT: &str = r#""CheckoutRequestID": "ws_CO_22112026140509123712000345""#;
const MERCHANT: &str = r#""MerchantRequestID": "71c2-4e0d-9a55-2f00d1a7be441029384""#;

#[track_caller]
fn check(old: &str, new: &str, outcome: Outcome) {
    let received = understood(with(STK_PAID, old, new));
    assert_eq!(received.outcome, outcome, "{new}: {}", received.reason);
}

#[test]
fn a_paid_push_is_read_whole() {
    let received = understood(STK_PAID);
    assert_eq!(received.outcome, Outcome::Success, "{}", received.reason);
    assert_eq!(received.door, Door::Stk);
    assert_eq!(received.amount, Some(Cents(2000)));
    assert_eq!(received.receipt, Some("UKM2C0FFEE".parse().unwrap()));
    let id = received.checkout_request_id.unwrap();
    assert_eq!(id.as_str(), "ws_CO_22112026140509123712000345");
    assert_eq!(received.payer, Payer::Phone("254712000345".parse().unwrap()));
    assert_eq!((received.shortcode, received.reference), (None, None));
    assert_eq!(received.result_code.as_deref(), Some("0"));
}

#[test]
fn a_refused_push_says_why() {
    let received = understood(STK_CANCELLED);
    assert_eq!(received.outcome, Outcome::Failed);
    assert_eq!(received.reason, "1032: cancelled by the customer");
    assert!(received.checkout_request_id.is_some());
    assert_eq!((received.amount, received.receipt), (None, None));
}

#[test]
fn only_one_way_of_writing_zero_is_success() {
    check(CODE, r#""ResultCode": "0""#, Outcome::Success);
    for code in [
        "false",
        "null",
        "\"\"",
        "\"00\"",
        "\" 0 \"",
        "\"-0\"",
        "-0",
        "0.0",
        "0e0",
        "[0]",
        "[]",
        "{}",
        "true",
        "\"０\"",
        "\"0\\u0000\"",
        "\"1032 \"",
        "1032.0",
        "\"success\"",
        "1e3",
    ] {
        check(CODE, &format!("\"ResultCode\": {code}"), Outcome::Indeterminate);
    }
    check(CODE, r#""resultcode": 0"#, Outcome::Indeterminate);
}

#[test]
fn a_refusal_with_a_receipt_contradicts_itself() {
    for code in ["1032", "\"1\"", "-1", "\"SFC_IC0003\"", "77777"] {
        let code = format!("\"ResultCode\": {code}");
        check(CODE, &code, Outcome::Indeterminate);
        let body = with(&with(STK_PAID, CODE, &code), RECEIPT, BALANCE);
        assert_eq!(understood(body).outcome, Outcome::Failed, "{code}");
    }
    for code in ["4999", "\"4999\""] {
        check(CODE, &format!("\"ResultCode\": {code}"), Outcome::Pending);
    }
}

#[test]
fn codes_are_explained_or_at_least_shown() {
    let reason = |code: &str| understood(with(STK_CANCELLED, "1032", code)).reason;
    assert!(reason("2001").starts_with("2001: wrong M-Pesa PIN"));
    assert!(reason("\"SFC_IC0003\"").contains("our own settings"));
    assert!(reason("17").contains("two minutes"));
    assert!(reason("31337").starts_with("31337: not paid"));
    let long = understood(with(STK_CANCELLED, "1032", &"7".repeat(100_000)));
    assert_eq!(long.outcome, Outcome::Failed);
    assert!(long.reason.len() < 200 && long.result_code.unwrap().len() == 64);
}

#[test]
fn an_amount_is_money_or_nothing() {
    for (value, cents) in [
        ("20", 2000),
        ("20.0", 2000),
        ("\"20.00\"", 2000),
        ("0.01", 1),
        ("1.15", 115),
        ("\"1050.5\"", 105_050),
        ("999999999.99", 99_999_999_999),
    ] {
        let amount = format!(r#"{{"Name": "Amount", "Value": {value}}}"#);
        let received = understood(with(STK_PAID, AMOUNT, &amount));
        assert_eq!(received.outcome, Outcome::Success, "{value}");
        assert_eq!(received.amount, Some(Cents(cents)), "{value}");
    }
    for value in [
        "0",
        "0.00",
        "-20",
        "\"-20\"",
        "\"+20\"",
        "20.005",
        "2e1",
        "1E1",
        "1e309",
        "1000000000",
        "\"1,000.00\"",
        "\" 20\"",
        "\"20 \"",
        "\"0x14\"",
        "\"２０\"",
        "\"٢٠\"",
        "\"\"",
        "\".5\"",
        "\"5.\"",
        "true",
        "null",
        "[20]",
        "{\"Amount\": 20}",
    ] {
        let amount = format!(r#"{{"Name": "Amount", "Value": {value}}}"#);
        check(AMOUNT, &amount, Outcome::Indeterminate);
    }
    check(AMOUNT, r#"{"Name": "Amount"}"#, Outcome::Indeterminate);
    check(AMOUNT, r#"{"Name": "amount", "Value": 20}"#, Outcome::Indeterminate);
}

#[test]
fn a_receipt_is_a_receipt_or_nothing() {
    for value in ["\"UKM2C0FF\"", "\"UKM2C0FFEE12\"", "\"\\u0055KM2C0FFEE\""] {
        check(RECEIPT, &with(RECEIPT, "\"UKM2C0FFEE\"", value), Outcome::Success);
    }
    for value in [
        "\"UKM2C0F\"",
        "\"UKM2C0FFEE123\"",
        "\"ukm2c0ffee\"",
        "\" UKM2C0FFEE\"",
        "\"\"",
        "null",
        "\"../../etc/passwd\"",
        "\"UKM2C0FFEÉ\"",
        "1234567890",
        "[\"UKM2C0FFEE\"]",
    ] {
        check(RECEIPT, &with(RECEIPT, "\"UKM2C0FFEE\"", value), Outcome::Indeterminate);
    }
    check(RECEIPT, BALANCE, Outcome::Indeterminate);
}

#[test]
fn a_strange_phone_never_stops_the_credit() {
    let payer = |value: &str| {
        let received = understood(with(STK_PAID, PHONE, &format!("\"Value\": {value}")));
        assert_eq!(received.outcome, Outcome::Success, "{value}");
        received.payer
    };
    let known = Payer::Phone("254712000345".parse().unwrap());
    for value in ["\"254712000345\"", "254712000345.0", "2.54712000345E11", "2.54712000345e+11"] {
        assert_eq!(payer(value), known, "{value}");
    }
    for value in ["\"0712000345\"", "null", "[]", "\"٢٥٤٧١٢٠٠٠٣٤٥\"", "254712", "1e400", "true"]
    {
        assert_eq!(payer(value), Payer::Unknown, "{value}");
    }
    assert_eq!(payer("\"2547 ***** 345\""), Payer::Masked("2547 ***** 345".to_owned()));
}

#[test]
fn evidence_that_disagrees_is_no_evidence() {
    for other in [
        r#"{"Name": "Amount", "Value": 2000}"#,
        r#"{"Name": "Amount", "Value": null}"#,
        r#"{"Name": "MpesaReceiptNumber", "Value": "UKM2C0FFEF"}"#,
        r#"{"Name": "Note", "Value": 1}, {"Name": "Note", "Value": 2}"#,
    ] {
        check(BALANCE, other, Outcome::Indeterminate);
    }
    for harmless in [
        AMOUNT,
        RECEIPT,
        r#"{"Name": "Amount"}"#,
        r#"{"Value": 7}, {"Name": 7, "Value": 7}, "Amount", null, [], 7"#,
        r#"{"Name": "MpesaReceiptNumber", "Value": "UKM2\u00430FFEE"}"#,
    ] {
        check(BALANCE, harmless, Outcome::Success);
    }
}

#[test]
fn metadata_of_another_shape_holds_no_items() {
    let start = STK_PAID.find("\"CallbackMetadata\"").unwrap();
    for metadata in [
        "null",
        "[]",
        "\"{}\"",
        "{}",
        "{\"Item\": null}",
        "{\"Item\": {\"Name\": \"Amount\"}}",
        "{\"Item\": []}",
        "{\"Item\": \"[]\"}",
        "7",
    ] {
        let body = format!("{}\"CallbackMetadata\": {metadata}}}}}}}", &STK_PAID[..start]);
        let received = understood(&body);
        assert_eq!(received.outcome, Outcome::Indeterminate, "{metadata}: {}", received.reason);
        let refused = with(&body, CODE, "\"ResultCode\": 1");
        assert_eq!(understood(refused).outcome, Outcome::Failed, "{metadata}");
    }
}

#[test]
fn ids_must_be_ids() {
    check(MERCHANT, r#""Merchant": 1"#, Outcome::Success);
    check(CHECKOUT, r#""Checkout": 1"#, Outcome::Indeterminate);
    check(CHECKOUT, r#""CheckoutRequestID": """#, Outcome::Indeterminate);
    check(CHECKOUT, r#""CheckoutRequestID": "ws CO\n""#, Outcome::Indeterminate);
    for name in ["CheckoutRequestID", "MerchantRequestID"] {
        let old = if name.starts_with('C') { CHECKOUT } else { MERCHANT };
        let of_length = |count| format!("\"{name}\": \"{}\"", "x".repeat(count));
        check(old, &of_length(128), Outcome::Success);
        check(old, &of_length(129), Outcome::Reject);
        for value in ["7", "null", "[]", "{}"] {
            check(old, &format!("\"{name}\": {value}"), Outcome::Reject);
        }
    }
}

#[test]
fn items_end_at_64() {
    let and_others = |count: usize| vec![BALANCE; count].join(",");
    check(BALANCE, &and_others(60), Outcome::Success);
    check(BALANCE, &and_others(61), Outcome::Reject);
}
