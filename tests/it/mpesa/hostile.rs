//! Bodies that nobody sends by accident, and a good many random ones.

use super::{PAYBILL_MASKED, STK_CANCELLED, STK_PAID, TILL_HASHED, ours, understood, with};
use mlango::domain::payment::Door;
use mlango::domain::received::{Outcome, Received};
use mlango::mpesa::c2b::validate;
use mlango::mpesa::{MAX_BODY, classify};

#[track_caller]
fn rejects(body: impl AsRef<[u8]>) {
    let received = understood(body);
    assert_eq!(received.outcome, Outcome::Reject, "{}", received.reason);
}

#[test]
fn what_is_not_one_clean_object_is_rejected() {
    for body in [
        "",
        " ",
        "null",
        "[]",
        "0",
        "\"Body\"",
        "<html>502 Bad Gateway</html>",
        "{}",
        r#"{"Body":{}}"#,
        r#"{"Body":{"stkCallback":[]}}"#,
        r#"{"Body":[{"stkCallback":{"ResultCode":0}}]}"#,
        r#"{"body":{"stkcallback":{"resultcode":0}}}"#,
        r#"[[["71c2","ws_CO_1",0,"ok",null]]]"#,
    ] {
        rejects(body);
    }
    rejects(&STK_PAID[..STK_PAID.len() / 2]);
    rejects(format!("{STK_PAID}{STK_PAID}"));
    rejects(format!("{STK_PAID}\0"));
    rejects(format!("\u{feff}\u{feff}{STK_PAID}"));
    rejects(STK_PAID.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    assert_eq!(understood(format!("\u{feff}\r\n {STK_PAID}\n")).outcome, Outcome::Success);
}

#[test]
fn a_doubt_anywhere_spoils_the_whole_body() {
    let desc = r#""The service request is processed successfully.""#;
    rejects(with(STK_PAID, desc, r#""\ud83d""#));
    rejects(with(STK_PAID, desc, r#"{"a":1,"a":2}"#));
    rejects(with(STK_PAID, desc, "NaN"));
    rejects(with(STK_PAID, desc, "\"raw \u{0}\""));
    rejects(with(STK_PAID, "\"ResultCode\": 0", r#""ResultCode": 1, "ResultCode": 0"#));
    rejects(with(STK_PAID, "\"ResultCode\": 0", r#""ResultCode": 1, "\u0052esultCode": 0"#));
    rejects(with(STK_PAID, "\"Value\": 20.00", "\"Value\": 20.00, \"Value\": 2000"));
    let mut broken = STK_PAID.as_bytes().to_vec();
    let inside = STK_PAID.find("successfully").unwrap();
    broken[inside] = 0xff;
    rejects(broken);
}

#[test]
fn a_body_of_two_kinds_is_neither() {
    let both = with(TILL_HASHED, "{\"TransactionType\"", "{\"Body\":null,\"TransactionType\"");
    rejects(both);
    let stk_with_id = with(STK_PAID, "{\n  \"Body\"", "{\"TransID\":\"UKM3B0BBED\",\"Body\"");
    rejects(stk_with_id);
}

#[test]
fn size_ends_at_256_kib() {
    let padded = |length: usize| format!("{STK_PAID}{}", " ".repeat(length - STK_PAID.len()));
    assert_eq!(understood(padded(MAX_BODY)).outcome, Outcome::Success);
    rejects(padded(MAX_BODY + 1));
    rejects(padded(5 * 1024 * 1024));
}

/// Each fills the limit with what is dear to read; done in bounded stack and linear time, or
/// this test would crash or be the slowest of all.
#[test]
fn the_worst_that_fits_is_still_read() {
    let filled = |start: &str, unit: &dyn Fn(usize) -> String, end: &str| {
        let mut body = start.to_owned();
        for count in 0.. {
            let unit = unit(count);
            if MAX_BODY < body.len() + unit.len() + end.len() {
                break;
            }
            body.push_str(&unit);
        }
        body + end
    };
    rejects(filled("{", &|it| format!("\"{it}\":0,"), "\"\":0}"));
    rejects(filled("{", &|it| format!("\"{it}\":{{\"a\":0}},"), "\"0\":0}"));
    rejects(filled("{\"a\":[", &|_| "[],".to_owned(), "0]}"));
    rejects(filled("{\"a\":", &|_| "[".to_owned(), ""));
    rejects(filled("{\"a\":\"", &|_| "\\\"".to_owned(), "\"}"));
    rejects(filled("", &|_| "{\"a\":".to_owned(), ""));
    let items = filled(
        r#"{"Body":{"stkCallback":{"ResultCode":0,"CallbackMetadata":{"Item":["#,
        &|it| format!("{{\"Name\":\"{it}\"}},"),
        "{}]}}}}",
    );
    rejects(items);
    let name = "n".repeat(250_000);
    let long_name = with(STK_PAID, "{\"Name\": \"Balance\"}", &format!("{{\"Name\":\"{name}\"}}"));
    assert_eq!(understood(long_name).outcome, Outcome::Success);
}

/// xorshift64: the same bodies on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

/// Flips a bit, cuts, doubles, swaps in a stretch of another body or a token that matters.
fn mutate(body: &mut Vec<u8>, others: &[&[u8]], dice: &mut Dice) {
    const TOKENS: &[&str] =
        &["\"", "{", "}", "[", "]", "null", "0", "-", ".", "e9", "\\u0000", "\\ud800", "\u{feff}"];
    let at = dice.below(body.len() + 1);
    let until = at + dice.below((body.len() - at).min(40) + 1);
    let other = others[dice.below(others.len())];
    let from = dice.below(other.len());
    let piece = &other[from..from + dice.below((other.len() - from).min(60))];
    match dice.below(6) {
        0 if at < body.len() => body[at] ^= 1 << dice.below(8),
        1 => body.truncate(at),
        2 => drop(body.splice(at..until, piece.iter().copied())),
        3 => drop(body.splice(at..until, [])),
        4 => drop(body.splice(at..at, TOKENS[dice.below(TOKENS.len())].bytes())),
        _ => drop(body.splice(at..at, body[at..until].to_vec())),
    }
}

/// What holds for every verdict, whatever the body was.
fn assert_sound(received: &Received, body: &[u8]) {
    let shown = || String::from_utf8_lossy(body).into_owned();
    assert!(!received.reason.is_empty() && received.reason.len() < 300, "{}", shown());
    if received.outcome != Outcome::Success {
        return;
    }
    let amount = received.amount.map_or(0, |it| it.0);
    assert!(0 < amount && received.receipt.is_some(), "{}", shown());
    // serde_json reads less strictly; it must at least agree that this is one object.
    let text = std::str::from_utf8(body).expect("a success is text").trim_start_matches('\u{feff}');
    let value: serde_json::Value = serde_json::from_str(text).expect("a success is JSON");
    assert!(value.is_object(), "{}", shown());
    match received.door {
        Door::Stk => {
            let code = &value["Body"]["stkCallback"]["ResultCode"];
            assert!(*code == 0 || *code == "0", "{}", shown());
            assert!(received.checkout_request_id.is_some(), "{}", shown());
        }
        _ => {
            let is_ours = received.shortcode.as_ref().is_some_and(|it| ours().contains(it));
            assert!(is_ours, "{}", shown());
        }
    }
}

#[test]
fn random_bodies_neither_crash_nor_pay() {
    let seeds: Vec<&[u8]> =
        [STK_PAID, STK_CANCELLED, TILL_HASHED, PAYBILL_MASKED].map(str::as_bytes).to_vec();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut successes = 0;
    for round in 0..12_000 {
        let mut body = seeds[round % seeds.len()].to_vec();
        for _ in 0..=dice.below(4) {
            mutate(&mut body, &seeds, &mut dice);
        }
        let received = classify(&body, &ours());
        assert_sound(&received, &body);
        successes += usize::from(received.outcome == Outcome::Success);
        validate(&body, &ours());
    }
    assert!(0 < successes && successes < 6_000, "{successes}: the dice are loaded");
}
