//! Addresses of devices on the hotspot.

use super::Invalid;
use std::fmt;
use std::str::FromStr;

/// A device's MAC address, shown as RouterOS does: `AA:BB:CC:00:11:22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mac([u8; 6]);

impl FromStr for Mac {
    type Err = Invalid;

    /// Reads six pairs of hexadecimal digits, with colons or dashes between them.
    fn from_str(text: &str) -> Result<Mac, Invalid> {
        let bad = || Invalid(format!("{text:?} is not a MAC address like AA:BB:CC:00:11:22"));
        let is_mixed = text.contains(':') && text.contains('-');
        let pairs: Vec<&str> = text.split([':', '-']).collect();
        let is_pair = |it: &&str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_hexdigit());
        if is_mixed || !pairs.iter().all(is_pair) {
            return Err(bad());
        }
        let bytes: Vec<u8> =
            pairs.iter().filter_map(|it| u8::from_str_radix(it, 16).ok()).collect();
        bytes.try_into().map(Mac).map_err(|_| bad())
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self.0.iter().map(|it| format!("{it:02X}")).collect();
        f.pad(&pairs.join(":"))
    }
}

#[test]
fn macs_are_read_and_written() {
    for text in ["aa:bb:cc:00:11:22", "AA-BB-CC-00-11-22"] {
        assert_eq!(text.parse::<Mac>().unwrap().to_string(), "AA:BB:CC:00:11:22");
    }
    for text in ["", "aabbcc001122", "aa:bb:cc:00:11", "aa:bb-cc:00:11:22", "zz:bb:cc:00:11:22"] {
        assert!(text.parse::<Mac>().is_err(), "{text}");
    }
}
