//! `[mpesa]`: whose money is ours, who may tell of it, and what to make of money nobody announced.

use super::section::{Reading, Section, Value};
use super::sections::{file, some_text};
use crate::domain::money::Cents;
use crate::domain::payment::Shortcode;
use crate::domain::text_enum;
use std::net::IpAddr;
use std::path::PathBuf;

text_enum! {
    /// Who says which package is meant by money that nobody announced.
    pub enum Unmatched {
        /// Its amount or reference names the package.
        Grant = "grant",
        /// An operator assigns one.
        Hold = "hold",
    }
}

text_enum! {
    /// What becomes of an amount that is no package's price.
    pub enum Overpaid {
        Hold = "hold",
        /// The dearest active package that is not above the amount; the surplus is noted.
        Below = "below",
    }
}

#[derive(Debug)]
pub struct Mpesa {
    /// Ours: never empty. Money for another one is held.
    pub shortcodes: Vec<Shortcode>,
    pub path_token_file: PathBuf,
    /// When set, every callback must be signed.
    pub hmac_secret_file: Option<PathBuf>,
    /// Addresses or networks such as `127.0.0.0/8`, well-formed, from which callbacks may come.
    pub allow_from: Vec<String>,
    pub unmatched: Unmatched,
    /// What unsigned, unmatched callbacks may be granted in a day, all together.
    pub unsigned_limit: Cents,
    /// When not empty, a C2B reference must begin with one of these.
    pub references: Vec<String>,
    pub overpaid: Overpaid,
}

pub(super) const MPESA_KEYS: &[&str] = &[
    "shortcodes",
    "path_token_file",
    "hmac_secret_file",
    "allow_from",
    "unmatched",
    "unsigned_limit",
    "references",
    "overpaid",
];

impl Mpesa {
    pub(super) fn read(top: &Section<'_>) -> Reading<Mpesa> {
        let section = top.open("mpesa", MPESA_KEYS)?;
        let missing = || section.missing("shortcodes", "[\"600638\"]");
        let value = section.get("shortcodes").ok_or_else(missing)?;
        let shortcodes = value.clone().list(Value::parse)?;
        if shortcodes.is_empty() {
            return Err(value.refused("expected at least one paybill or till number"));
        }
        Ok(Mpesa {
            shortcodes,
            path_token_file: section.read("path_token_file", "path.token".into(), file)?,
            hmac_secret_file: section.read("hmac_secret_file", None, file_or_none)?,
            allow_from: section
                .read("allow_from", vec!["127.0.0.0/8".to_owned()], |it| it.list(network))?,
            unmatched: section.read("unmatched", Unmatched::Grant, Value::parse)?,
            unsigned_limit: section.read("unsigned_limit", Cents(200_000), Value::parse)?,
            references: section.read("references", Vec::new(), |it| it.list(some_text))?,
            overpaid: section.read("overpaid", Overpaid::Hold, Value::parse)?,
        })
    }
}

fn file_or_none(value: Value<'_>) -> Reading<Option<PathBuf>> {
    let text = value.text()?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

/// An address, or a network as an address in it and the length of its prefix.
fn network(value: Value<'_>) -> Reading<String> {
    let text = value.text()?;
    if !is_network(text) {
        return Err(value.refused(format!(
            "expected an address or a network like \"127.0.0.0/8\", found {text:?}"
        )));
    }
    Ok(text.to_owned())
}

fn is_network(text: &str) -> bool {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let is_length = |it: &str| !it.starts_with('+') && it.parse::<u8>().is_ok_and(|it| it <= bits);
    prefix.is_none_or(is_length)
}

#[test]
fn networks_are_told_from_nonsense() {
    for text in ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "10.1.2.3/24", "::1", "fd00::/8"] {
        assert!(is_network(text), "{text}");
    }
    for text in ["", "localhost", "10.0.0.0/33", "10.0.0/8", "::/129", "1.2.3.4/", "1.2.3.4/+8"] {
        assert!(!is_network(text), "{text}");
    }
}
