//! The result of an STK push. It names neither our shortcode nor an account reference.

use super::json::Json;
use super::{codes, rejected, value};
use crate::domain::payment::{CheckoutRequestId, Door};
use crate::domain::received::{Outcome, Received};

/// An id that is longer is no id.
const MAX_ID: usize = 128;

/// Real results have five items or so.
const MAX_ITEMS: usize = 64;

/// As much of a result code as is worth keeping.
const MAX_CODE: usize = 64;

/// The evidence beside the result code.
#[derive(Default)]
struct Items<'a> {
    named: Vec<(String, Json<'a>)>,
    /// A name that stands for two different values.
    conflict: Option<String>,
}

pub(super) fn read(document: Json<'_>) -> Received {
    match try_read(document) {
        Ok(received) => received,
        Err(reason) => rejected(Door::Stk, reason),
    }
}

fn try_read(document: Json<'_>) -> Result<Received, &'static str> {
    let callback = document
        .get("Body")
        .and_then(|body| body.get("stkCallback"))
        .filter(|it| it.is_object())
        .ok_or("neither a push result nor a C2B confirmation")?;
    let checkout_request_id = id(callback.get("CheckoutRequestID"))?.map(|it| it.parse());
    id(callback.get("MerchantRequestID"))?;
    let items = Items::of(callback.get("CallbackMetadata"))?;

    let mut received = rejected(Door::Stk, "");
    received.amount = items.get("Amount").and_then(value::amount);
    received.receipt = items.get("MpesaReceiptNumber").and_then(value::receipt);
    received.payer = value::payer(items.get("PhoneNumber"));
    received.checkout_request_id = checkout_request_id.and_then(Result::ok);
    received.paid_at = items.get("TransactionDate").and_then(value::moment);
    let code = callback.get("ResultCode");
    received.result_code =
        code.and_then(Json::text).map(|it| it.chars().take(MAX_CODE).collect::<String>());
    (received.outcome, received.reason) = judge(code, &items, &received);
    Ok(received)
}

fn id(value: Option<Json<'_>>) -> Result<Option<String>, &'static str> {
    let Some(value) = value else { return Ok(None) };
    let text = value.string().ok_or("an id that is no text")?;
    if text.chars().nth(MAX_ID).is_some() {
        return Err("an id of more than 128 characters");
    }
    Ok(Some(text.into_owned()))
}

/// Weighs the claim, which is the result code, against the evidence.
fn judge(code: Option<Json<'_>>, items: &Items<'_>, seen: &Received) -> (Outcome, String) {
    let unclear = |reason: String| (Outcome::Indeterminate, reason);
    let Some(text) = code.and_then(Json::text) else {
        return unclear("no usable result code".to_owned());
    };
    if text == "0" {
        return match missing_evidence(items, seen) {
            None => (Outcome::Success, "0: paid".to_owned()),
            Some(what) => unclear(format!("0: says paid, but {what}")),
        };
    }
    if !is_refusal(&text) {
        return unclear("a result code of no known form".to_owned());
    }
    let shown: String = text.chars().take(MAX_CODE).collect();
    let meaning = codes::meaning(&text).unwrap_or("not paid, by a code M-Pesa does not explain");
    if text == "4999" {
        return (Outcome::Pending, format!("{shown}: {meaning}"));
    }
    if items.get("MpesaReceiptNumber").is_some() {
        return unclear(format!("{shown}: says not paid, but carries a receipt"));
    }
    (Outcome::Failed, format!("{shown}: {meaning}"))
}

/// What a claim of success lacks, if anything.
fn missing_evidence(items: &Items<'_>, seen: &Received) -> Option<String> {
    if let Some(name) = &items.conflict {
        let name = value::printable(name);
        return Some(format!("{name:.40} is given twice and differently"));
    }
    let lacking = |key, what: &str| match items.get(key) {
        Some(_) => format!("the {what} is not usable"),
        None => format!("the {what} is missing"),
    };
    if seen.receipt.is_none() {
        return Some(lacking("MpesaReceiptNumber", "receipt"));
    }
    if seen.amount.is_none() {
        return Some(lacking("Amount", "amount"));
    }
    // An empty or unprintable id correlates with nothing, just as a missing one.
    let id: Option<&CheckoutRequestId> = seen.checkout_request_id.as_ref();
    id.is_none().then(|| "the CheckoutRequestID is missing or not usable".to_owned())
}

/// A well-formed code that is not success: `1032`, `-1`, `SFC_IC0003`. Not `00`, `0.0`, ` 0`.
fn is_refusal(code: &str) -> bool {
    let digits = code.strip_prefix('-').unwrap_or(code);
    let is_number =
        digits.starts_with(|it: char| matches!(it, '1'..='9')) && all(digits, u8::is_ascii_digit);
    let is_upper_or_digit = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_word = match code.split_once('_') {
        Some((head, tail)) => all(head, u8::is_ascii_uppercase) && all(tail, is_upper_or_digit),
        None => {
            1 < code.len()
                && code.starts_with(|it: char| it.is_ascii_uppercase())
                && all(code, is_upper_or_digit)
        }
    };
    is_number || is_word
}

fn all(text: &str, is_right: impl Fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.as_bytes().iter().all(is_right)
}

impl<'a> Items<'a> {
    /// Metadata that is missing, null or not the usual list is no evidence, and no fault.
    fn of(metadata: Option<Json<'a>>) -> Result<Items<'a>, &'static str> {
        let mut items = Items::default();
        let list = metadata.and_then(|it| it.get("Item")).and_then(Json::entries);
        for (count, entry) in list.into_iter().flatten().enumerate() {
            if count == MAX_ITEMS {
                return Err("more than 64 items");
            }
            let name = entry.get("Name").and_then(Json::string);
            if let (Some(name), Some(value)) = (name, entry.get("Value")) {
                items.add(name.into_owned(), value);
            }
        }
        Ok(items)
    }

    fn add(&mut self, name: String, value: Json<'a>) {
        match self.get(&name) {
            None => self.named.push((name, value)),
            Some(known) if known.says_the_same_as(value) => {}
            Some(_) => self.conflict = Some(name),
        }
    }

    fn get(&self, name: &str) -> Option<Json<'a>> {
        self.named.iter().find(|(it, _)| it == name).map(|(_, value)| *value)
    }
}

#[test]
fn refusals_are_told_from_disguised_zeros() {
    for code in ["1", "1032", "-1", "77777", "SFC_IC0003", "C2B00011", "AB"] {
        assert!(is_refusal(code), "{code}");
    }
    for code in
        ["", "0", "-0", "00", "0.0", "01", " 1", "1 ", "1.0", "1e3", "+1", "--1", "-", "A", "a1"]
    {
        assert!(!is_refusal(code), "{code}");
    }
    for code in ["_A", "A_", "A__B", "A_B_C", "A1_B", "SFC IC", "١", "sfc_ic0003"] {
        assert!(!is_refusal(code), "{code}");
    }
}
