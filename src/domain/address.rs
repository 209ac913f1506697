//! Lists of IP addresses: who may reach what.

use super::Invalid;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// All addresses that agree with one in its first `bits` bits, as in `192.168.88.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = Invalid;

    /// Reads `10.0.0.0/8`, `fd00::/8`, or one address. Bits set behind the prefix are refused:
    /// they are a slip more often than meant.
    fn from_str(text: &str) -> Result<Network, Invalid> {
        let bad = |why: &str| Invalid(format!("{text:?} is not a network like 10.0.0.0/8: {why}"));
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad("no IP address"))?;
        if address.to_canonical() != address {
            return Err(bad("write an IPv4 address as IPv4"));
        }
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match prefix {
            None => most,
            Some(digits) if digits.bytes().all(|it| it.is_ascii_digit()) => digits
                .parse()
                .ok()
                .filter(|it| *it <= most)
                .ok_or_else(|| bad(&format!("the prefix is from 0 to {most}")))?,
            Some(_) => return Err(bad("the prefix is no number")),
        };
        let has_host_bits = match address {
            IpAddr::V4(it) => it.to_bits().checked_shl(bits).unwrap_or(0) != 0,
            IpAddr::V6(it) => it.to_bits().checked_shl(bits).unwrap_or(0) != 0,
        };
        if has_host_bits {
            return Err(bad(&format!("bits are set behind the first {bits}")));
        }
        Ok(Network { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl<'de> serde::Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Network, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Addresses that something is for; empty, it is for nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct AddressList(Vec<Network>);

impl AddressList {
    pub fn new(networks: Vec<Network>) -> AddressList {
        AddressList(networks)
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|it| it.contains(address))
    }

    pub fn networks(&self) -> &[Network] {
        &self.0
    }
}

impl FromStr for AddressList {
    type Err = Invalid;

    /// Reads networks with commas between them.
    fn from_str(text: &str) -> Result<AddressList, Invalid> {
        let words = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        words.map(str::parse).collect::<Result<_, _>>().map(AddressList)
    }
}

#[test]
fn networks_contain_their_addresses() {
    let check = |list: &str, address: &str, is_in: bool| {
        let list: AddressList = list.parse().unwrap();
        assert_eq!(list.contains(address.parse().unwrap()), is_in, "{address} in {list:?}");
    };
    check("127.0.0.0/8", "127.0.0.1", true);
    check("127.0.0.0/8", "128.0.0.1", false);
    check("127.0.0.0/8", "::ffff:127.1.2.3", true);
    check("127.0.0.0/8", "::1", false);
    check("10.1.2.3", "10.1.2.3", true);
    check("10.1.2.3", "10.1.2.2", false);
    check("0.0.0.0/0", "203.0.113.9", true);
    check("0.0.0.0/0", "2001:db8::1", false);
    check("::/0", "2001:db8::1", true);
    check("fd00::/8, 192.168.88.0/23", "fdab::1", true);
    check("fd00::/8, 192.168.88.0/23", "192.168.89.255", true);
    check("fd00::/8, 192.168.88.0/23", "192.168.90.0", false);
    check("", "127.0.0.1", false);
}

#[test]
fn a_bad_network_says_what_is_wrong() {
    let check = |text: &str, why: &str| {
        let error = text.parse::<Network>().unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    check("localhost", "no IP address");
    check("10.0.0.0/33", "from 0 to 32");
    check("10.0.0.0/-1", "no number");
    check("10.0.0.0/", "from 0 to 32");
    check("10.0.0.1/8", "bits are set");
    check("::ffff:10.0.0.0/104", "as IPv4");
    check("fd00::/129", "from 0 to 128");
}
