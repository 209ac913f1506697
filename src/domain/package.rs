//! Packages: what is for sale.

use super::ids::PackageId;
use super::money::Cents;
use super::payment::checked_text;
use super::{Invalid, text_enum};
use std::fmt;
use std::str::FromStr;

text_enum! {
    /// When bought time begins to run.
    pub enum Starts { Access = "access", Payment = "payment", FirstLogin = "first-login" }
}

text_enum! {
    /// What buying a running package again does: it always adds time to the end.
    pub enum Again {
        Extend = "extend",
        /// It also lets one more device in while both purchases run.
        Device = "device",
    }
}

checked_text!(
    /// What operators and C2B references call a package. Compared without regard to case.
    PackageCode,
    "not a package code: 1 to 20 letters, digits, dots, dashes or underscores",
    |text| {
        (1..=20).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    }
);

/// What is for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub id: PackageId,
    pub code: PackageCode,
    /// As customers read it.
    pub name: String,
    pub price: Cents,
    pub seconds: i64,
    pub rate: Option<Rate>,
    /// Upload and download together; `None` is without limit.
    pub bytes: Option<i64>,
    pub devices: u32,
    pub starts: Starts,
    pub again: Again,
    pub is_active: bool,
}

/// Upload and download in bits a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub upload_bps: u64,
    pub download_bps: u64,
}

impl FromStr for Rate {
    type Err = Invalid;

    /// Reads `2M/5M`, upload first; `5M` is both. k is 1,000 and M is 1,000,000.
    fn from_str(text: &str) -> Result<Rate, Invalid> {
        let (upload, download) = text.split_once('/').unwrap_or((text, text));
        match (bits(upload), bits(download)) {
            (Some(upload_bps), Some(download_bps)) => Ok(Rate { upload_bps, download_bps }),
            _ => Err(Invalid(format!("{text:?} is not a rate like 2M/5M (upload/download)"))),
        }
    }
}

fn bits(text: &str) -> Option<u64> {
    let (digits, unit) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1_000),
        b'M' => (&text[..text.len() - 1], 1_000_000),
        b'G' => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let bits = is_plain.then(|| digits.parse::<u64>().ok()).flatten()?.checked_mul(unit)?;
    // Below 1 kbit/s nothing works, and RouterOS counts in 32 bits up to 4 Gbit/s.
    (1_000..=4_000_000_000).contains(&bits).then_some(bits)
}

impl fmt::Display for Rate {
    /// As RouterOS writes it: `2M/5M`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |bits: u64| match bits {
            _ if bits.is_multiple_of(1_000_000) => format!("{}M", bits / 1_000_000),
            _ if bits.is_multiple_of(1_000) => format!("{}k", bits / 1_000),
            _ => bits.to_string(),
        };
        f.pad(&format!("{}/{}", short(self.upload_bps), short(self.download_bps)))
    }
}

/// Reads a volume such as `5GiB`, `500MB` or `1048576`; at least one byte.
pub fn parse_bytes(text: &str) -> Result<i64, Invalid> {
    let split = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let unit: Option<i64> = match unit.trim() {
        "" | "B" => Some(1),
        "kB" | "KB" => Some(1_000),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        "TB" => Some(1_000_000_000_000),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        "TiB" => Some(1 << 40),
        _ => None,
    };
    let bytes = digits.parse::<i64>().ok().zip(unit).and_then(|(count, it)| count.checked_mul(it));
    bytes
        .filter(|it| (1..=1 << 50).contains(it))
        .ok_or_else(|| Invalid(format!("{text:?} is not a volume like 5GiB or 500MB")))
}

#[test]
fn rates_and_volumes_are_read_and_written() {
    let rate: Rate = "2M/512k".parse().unwrap();
    assert_eq!((rate.upload_bps, rate.download_bps), (2_000_000, 512_000));
    assert_eq!(rate.to_string(), "2M/512k");
    assert_eq!("5M".parse::<Rate>().unwrap().to_string(), "5M/5M");
    for text in ["", "/", "2M/", "-1M/2M", "0/0", "2X/5M", "9999999999999999999M"] {
        assert!(text.parse::<Rate>().is_err(), "{text}");
    }
    assert_eq!(parse_bytes("5GiB").unwrap(), 5_368_709_120);
    assert_eq!(parse_bytes("500MB").unwrap(), 500_000_000);
    for text in ["", "0", "GiB", "-5GiB", "1.5GiB", "99999999999TiB"] {
        assert!(parse_bytes(text).is_err(), "{text}");
    }
}
