//! Numbers as people read them.

use crate::domain::money::Cents;
use crate::domain::time::Timestamp;
use std::time::Duration;

/// `KES 1,240`, or `KES 1,240.50` where there are cents.
pub(super) fn shillings(amount: Cents) -> String {
    let whole = grouped(amount.0 / 100);
    match amount.0 % 100 {
        0 => format!("KES {whole}"),
        cents => format!("KES {whole}.{cents:02}"),
    }
}

/// `1,240`
pub(super) fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if 0 < nth && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `just now`, `40 s ago`, `3 min ago`, `2 h ago`, `5 days ago`. A time that the clock has not
/// reached, as after it was set back, is shown as a date.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    if now < at {
        return at.local_short();
    }
    match now.since(at).as_secs() {
        0..5 => "just now".to_owned(),
        _ => format!("{} ago", span(now.since(at))),
    }
}

/// One unit, rounded down: `40 s`, `3 min`, `2 h`, `5 days`.
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// `512 B`, `1.5 MiB`, `14.9 GiB`
pub(super) fn bytes(bytes: u64) -> String {
    let unit = |shift: u32, name: &str| {
        let tenths = (u128::from(bytes) * 10) >> shift;
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => unit(10, "KiB"),
        1_048_576..1_073_741_824 => unit(20, "MiB"),
        _ => unit(30, "GiB"),
    }
}

/// `1 payment`, `2 payments`
pub(super) fn count(number: i64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", grouped(number))
}

#[test]
fn numbers_read_well() {
    assert_eq!(shillings(Cents(124_000)), "KES 1,240");
    assert_eq!(shillings(Cents(2_050)), "KES 20.50");
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(bytes(1_572_864), "1.5 MiB");
    assert_eq!(count(1, "payment", "payments"), "1 payment");
    let ago = |seconds: i64| ago(Timestamp(0), Timestamp(seconds * 1000));
    assert_eq!([ago(2), ago(40), ago(200)], ["just now", "40 s ago", "3 min ago"]);
    assert_eq!([ago(90_000), ago(200_000)], ["25 h ago", "2 days ago"]);
    assert_eq!(ago(-60), "1 Jan 03:00");
}
