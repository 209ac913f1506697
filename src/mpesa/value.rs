//! Single values of a callback, judged by their text.

use super::json::Json;
use crate::domain::money::Cents;
use crate::domain::payment::Receipt;
use crate::domain::phone::{Phone, PhoneHash};
use crate::domain::received::Payer;
use crate::domain::time::Timestamp;

/// What a person typed is kept up to this many characters.
const MAX_TYPED: usize = 200;

/// A hash with a mask in it is 66 characters long; nothing longer is a payer.
const MAX_PAYER: usize = 80;

/// A string or number that is an amount, and more than nothing.
pub(super) fn amount(value: Json<'_>) -> Option<Cents> {
    value.text()?.parse().ok().filter(|cents| Cents(0) < *cents)
}

pub(super) fn receipt(value: Json<'_>) -> Option<Receipt> {
    value.string()?.parse().ok()
}

/// `20261122140509`, by the clocks of East Africa. Never a reason to refuse.
pub(super) fn moment(value: Json<'_>) -> Option<Timestamp> {
    let text = value.text().filter(|it| it.len() == 14)?;
    Timestamp::from_local(&text, "%Y%m%d%H%M%S")
}

/// Who paid. Never a reason to refuse: what cannot be understood is `Unknown`.
pub(super) fn payer(value: Option<Json<'_>>) -> Payer {
    let Some(text) = value.and_then(Json::text).filter(|it| it.len() <= MAX_PAYER) else {
        return Payer::Unknown;
    };
    if let Some(phone) = phone(&text) {
        return Payer::Phone(phone);
    }
    if let Some(hash) = PhoneHash::parse(&text) {
        return Payer::Hash(hash);
    }
    let is_mask = text.contains('*')
        && text.chars().all(|it| it.is_ascii_hexdigit() || matches!(it, '*' | ' ' | '+'));
    if is_mask { Payer::Masked(text.trim().to_owned()) } else { Payer::Unknown }
}

/// `254…` in full, or what lossy programs on the way make of such a number: `2547….0`,
/// `2.547…E11`.
fn phone(text: &str) -> Option<Phone> {
    let plain = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => scaled(mantissa, exponent)?,
        None => text.strip_suffix(".0").unwrap_or(text).to_owned(),
    };
    let is_msisdn = plain.len() == 12
        && plain.starts_with("254")
        && plain.bytes().all(|byte| byte.is_ascii_digit());
    plain.parse().ok().filter(|_| is_msisdn)
}

/// The whole number that `mantissa` times ten to the `exponent` is, by moving the point.
fn scaled(mantissa: &str, exponent: &str) -> Option<String> {
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if 12 < exponent || whole.is_empty() {
        return None;
    }
    let shifted = format!("{fraction:0<exponent$}");
    let (moved, rest) = shifted.split_at_checked(exponent)?;
    rest.bytes().all(|byte| byte == b'0').then(|| format!("{whole}{moved}"))
}

/// What a person typed, as typed but for white space around it and an end beyond 200
/// characters: it may hold anything. Show it through [`printable`].
pub(super) fn typed(value: Json<'_>) -> Option<String> {
    let text: String = value.text()?.trim().chars().take(MAX_TYPED).collect();
    (!text.is_empty()).then_some(text)
}

/// Text from a stranger, fit for a log line or a terminal: characters that move the cursor,
/// break lines or turn the reading direction become `�`. (HTML has to be escaped besides.)
pub fn printable(text: &str) -> String {
    let is_trick = |it: char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(it, '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
            || matches!(it, '\u{61c}' | '\u{feff}')
    };
    text.chars().map(|it| if is_trick(it) { '\u{fffd}' } else { it }).collect()
}

#[test]
fn phones_survive_lossy_forwarders() {
    let check = |text: &str, is_phone: bool| {
        let expected = is_phone.then_some("254708374149");
        assert_eq!(phone(text).as_ref().map(Phone::msisdn), expected, "{text:?}");
    };
    for text in [
        "254708374149",
        "254708374149.0",
        "2.54708374149E11",
        "2.54708374149e+11",
        "254708374149e0",
        "25470837414.9e1",
        "2.547083741490E11",
    ] {
        check(text, true);
    }
    for text in [
        "",
        "0708374149",
        "+254708374149",
        "254 708374149",
        "254708374149.5",
        "254708374149.00000000000",
        "254808374149",
        "2.547083741495E11",
        "2.54708374149E-11",
        "2.54708374149E99999999999999999999",
        "e11",
        "2.5é708374149E11",
        "２５４708374149",
    ] {
        check(text, false);
    }
}

#[test]
fn what_strangers_type_cannot_act_on_a_terminal() {
    assert_eq!(
        printable("Day\u{1b}[2J\n\u{202e}eert\0"),
        "Day\u{fffd}[2J\u{fffd}\u{fffd}eert\u{fffd}"
    );
    assert_eq!(printable("Wambũi ½ 😀"), "Wambũi ½ 😀");
}
