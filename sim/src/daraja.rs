//! Bodies as Safaricom's Daraja posts them, in the shapes seen in the field.

use sha2::{Digest, Sha256};

use crate::random::Random;

/// A paid STK push. `phone` is `254XXXXXXXXX`.
#[derive(Clone, Debug)]
pub struct StkSuccess<'a> {
    pub checkout: &'a str,
    pub receipt: &'a str,
    pub amount_cents: u64,
    pub phone: &'a str,
}

impl StkSuccess<'_> {
    pub fn body(&self) -> Vec<u8> {
        let items = format!(
            concat!(
                r#"{{"Name":"Amount","Value":{}}},{{"Name":"MpesaReceiptNumber","Value":{}}},"#,
                r#"{{"Name":"Balance"}},{{"Name":"TransactionDate","Value":{}}},"#,
                r#"{{"Name":"PhoneNumber","Value":{}}}"#,
            ),
            shillings(self.amount_cents),
            quoted(self.receipt),
            transaction_time(self.receipt),
            self.phone,
        );
        stk(self.checkout, "0", "The service request is processed successfully.", &items)
    }
}

/// A push that came to nothing, such as code 1032: cancelled by the customer.
#[derive(Clone, Debug)]
pub struct StkFailure<'a> {
    pub checkout: &'a str,
    pub code: &'a str,
    pub description: &'a str,
}

impl StkFailure<'_> {
    pub fn body(&self) -> Vec<u8> {
        stk(self.checkout, self.code, self.description, "")
    }
}

/// Codes are numbers, but for a few such as `SFC_IC0003`.
fn stk(checkout: &str, code: &str, description: &str, items: &str) -> Vec<u8> {
    let code = match code.parse::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => quoted(code),
    };
    let metadata = match items.is_empty() {
        true => String::new(),
        false => format!(r#","CallbackMetadata":{{"Item":[{items}]}}"#),
    };
    format!(
        concat!(
            r#"{{"Body":{{"stkCallback":{{"MerchantRequestID":"29115-34620561-1","#,
            r#""CheckoutRequestID":{},"ResultCode":{},"ResultDesc":{}{}}}}}}}"#,
        ),
        quoted(checkout),
        code,
        quoted(description),
        metadata,
    )
    .into_bytes()
}

/// How much of the payer's number a C2B body gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msisdn {
    Plain,
    /// SHA-256 of the twelve digits.
    Hashed,
    /// `25470****149`
    Masked,
    /// `2547 ***** 126`
    MaskedWide,
}

impl Msisdn {
    pub fn of(self, phone: &str) -> String {
        let tail = &phone[phone.len().saturating_sub(3)..];
        match self {
            Self::Plain => phone.to_owned(),
            Self::Hashed => hex(&Sha256::digest(phone.as_bytes())),
            Self::Masked => format!("{}****{tail}", &phone[..5.min(phone.len())]),
            Self::MaskedWide => format!("{} ***** {tail}", &phone[..4.min(phone.len())]),
        }
    }
}

/// Money paid to a till (no reference) or a paybill (the customer types one).
#[derive(Clone, Debug)]
pub struct C2b<'a> {
    pub shortcode: &'a str,
    pub receipt: &'a str,
    pub amount_cents: u64,
    pub phone: &'a str,
    pub msisdn: Msisdn,
    pub reference: &'a str,
}

impl C2b<'_> {
    /// As a confirmation has it; a validation differs in its address only.
    pub fn body(&self) -> Vec<u8> {
        let kind = match self.reference {
            "" => "Customer Merchant Payment",
            _ => "Pay Bill",
        };
        format!(
            concat!(
                r#"{{"TransactionType":"{}","TransID":{},"TransTime":"{}","TransAmount":"{}","#,
                r#""BusinessShortCode":{},"BillRefNumber":{},"InvoiceNumber":"","#,
                r#""OrgAccountBalance":"26781.80","ThirdPartyTransID":"","MSISDN":"{}","#,
                r#""FirstName":"ACHIENG"}}"#,
            ),
            kind,
            quoted(self.receipt),
            transaction_time(self.receipt),
            shillings(self.amount_cents),
            quoted(self.shortcode),
            quoted(self.reference),
            self.msisdn.of(self.phone),
        )
        .into_bytes()
    }
}

/// Receipts as M-Pesa makes them: year, month and day in a letter or digit each, and seven more.
#[derive(Clone, Debug)]
pub struct Receipts {
    date: [u8; 3],
    next: u64,
}

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const TAILS: u64 = 36u64.pow(7);

impl Receipts {
    /// Of 22 November 2026. Generators of other seeds may meet after some billions.
    pub fn new(seed: u64) -> Self {
        Self::on(2026, 11, 22, seed)
    }

    /// Of a day from 2006 to 2031.
    pub fn on(year: u16, month: u8, day: u8, seed: u64) -> Self {
        let letter = |number: u64| b'A' + u8::try_from(number.min(25)).unwrap_or(25);
        let day_code = match day {
            1..=9 => b'0' + day,
            _ => letter(u64::from(day.saturating_sub(10))),
        };
        let year = letter(u64::from(year.saturating_sub(2006)));
        let month = letter(u64::from(month.saturating_sub(1)));
        Self { date: [year, month, day_code], next: Random::new(seed).below(TAILS) }
    }
}

impl Iterator for Receipts {
    type Item = String;

    /// Never the same twice: the step has no factor in common with the number of tails.
    fn next(&mut self) -> Option<String> {
        self.next = (self.next + 30_517_578_131) % TAILS;
        let mut left = self.next;
        let mut receipt = self.date.to_vec();
        for _ in 0..7 {
            receipt.push(DIGITS[usize::try_from(left % 36).unwrap_or(0)]);
            left /= 36;
        }
        String::from_utf8(receipt).ok()
    }
}

/// As pushes of today are named: moment, and the last nine digits of the phone.
pub fn checkout_request_id(number: u64, phone: &str) -> String {
    let tail = &phone[phone.len().saturating_sub(9)..];
    let (minutes, seconds) = (number / 60 % 60, number % 60);
    let millis = number / 3600 % 1000;
    format!("ws_CO_2211202610{minutes:02}{seconds:02}{millis:03}{tail}")
}

/// The same bodies again, so often in all.
pub fn repeated<T: Clone>(bodies: &[T], times: usize) -> Vec<T> {
    (0..times).flat_map(|_| bodies.iter().cloned()).collect()
}

/// Out of their order, in the same way for the same seed.
pub fn shuffled<T>(mut bodies: Vec<T>, seed: u64) -> Vec<T> {
    let mut random = Random::new(seed);
    for last in (1..bodies.len()).rev() {
        bodies.swap(last, random.index(last + 1));
    }
    bodies
}

fn shillings(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The day its receipt says, some time in the morning.
fn transaction_time(receipt: &str) -> String {
    let code = receipt.as_bytes();
    let letter = |at: usize| code.get(at).map_or(0, |byte| u64::from(byte.saturating_sub(b'A')));
    let day = match code.get(2) {
        Some(digit @ b'0'..=b'9') => u64::from(digit - b'0'),
        _ => letter(2) + 10,
    };
    let seconds: u64 = code.iter().map(|byte| u64::from(*byte)).sum::<u64>() % 60;
    format!("{}{:02}{day:02}1015{seconds:02}", 2006 + letter(0), letter(1) + 1)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn receipts_are_dated_and_never_the_same_twice() {
        let receipts: BTreeSet<String> = Receipts::new(1).take(10_000).collect();
        assert_eq!(receipts.len(), 10_000);
        assert!(receipts.iter().all(|receipt| receipt.starts_with("UKM") && receipt.len() == 10));
        assert!(transaction_time("UKM4P1TST9").starts_with("20261122"));
    }

    #[test]
    fn a_hash_is_that_of_the_twelve_digits() {
        let expected = "94c392c311d522da950619227b3361752a42042db7e1e699b26e628305c68a88";
        assert_eq!(Msisdn::Hashed.of("254705912645"), expected);
        assert_eq!(Msisdn::Masked.of("254708374149"), "25470****149");
        assert_eq!(Msisdn::MaskedWide.of("254708374126"), "2547 ***** 126");
    }

    #[test]
    fn bodies_are_json_with_the_money_as_written() {
        let paid = StkSuccess {
            checkout: "ws_CO_1",
            receipt: "UKM4P1TST9",
            amount_cents: 2050,
            phone: "254708374149",
        };
        let paid = String::from_utf8(paid.body()).unwrap();
        assert!(paid.contains(r#"{"Name":"Amount","Value":20.50}"#), "{paid}");
        for body in [
            paid.into_bytes(),
            StkFailure { checkout: "a\"b", code: "SFC_IC0003", description: "no" }.body(),
            C2b {
                shortcode: "600638",
                receipt: "UKM4P1TST9",
                amount_cents: 2000,
                phone: "254708374149",
                msisdn: Msisdn::Hashed,
                reference: "x\" \\",
            }
            .body(),
        ] {
            serde_json::from_slice::<serde_json::Value>(&body).unwrap();
        }
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut mixed = shuffled((0..50).collect::<Vec<_>>(), 7);
        assert_ne!(mixed, (0..50).collect::<Vec<_>>());
        mixed.sort_unstable();
        assert_eq!(mixed, (0..50).collect::<Vec<_>>());
    }
}
