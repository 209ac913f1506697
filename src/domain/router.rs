//! Routers: the MikroTiks that let customers in.

use super::payment::checked_text;
use super::{Invalid, text_enum};
use std::fmt;
use std::str::FromStr;

text_enum! {
    /// How a router learns of customers: its own user list, RADIUS, or both.
    pub enum Access { Local = "local", Radius = "radius", Both = "both" }
}

impl Access {
    /// Whether customers are written to the router's own user list.
    pub fn is_over_ssh(self) -> bool {
        matches!(self, Access::Local | Access::Both)
    }

    /// Whether the router asks RADIUS.
    pub fn is_over_radius(self) -> bool {
        matches!(self, Access::Radius | Access::Both)
    }
}

text_enum! {
    /// What stands between us and a router, as an operator would say it.
    pub enum RouterState {
        /// Nobody has talked to it yet.
        Unknown = "unknown",
        Up = "up",
        Unreachable = "unreachable",
        LoginRefused = "login_refused",
        HostKeyChanged = "host_key_changed",
        PermissionMissing = "permission_missing",
        HotspotMissing = "hotspot_missing",
        Busy = "busy",
    }
}

impl RouterState {
    /// Whether customers cannot be let in there; of one nobody has talked to, nobody knows.
    pub fn is_down(self) -> bool {
        !matches!(self, RouterState::Up | RouterState::Unknown)
    }
}

checked_text!(
    /// What operators call a router.
    RouterName,
    "not a router name: 1 to 64 characters, none of them a control character or a colon",
    |text| {
        (1..=64).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(|it| it.is_control() || it == ':')
    }
);

/// Where a router's SSH server is: `HOST` or `HOST:PORT`, port 22 by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterAddress {
    pub host: String,
    pub port: u16,
}

impl FromStr for RouterAddress {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<RouterAddress, Invalid> {
        let bad = || Invalid(format!("{text:?} is not an address like 192.168.88.1 or HOST:22"));
        let (host, port) = match text.strip_prefix('[').and_then(|it| it.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let is_host_char = |it: char| it.is_ascii_alphanumeric() || "-._:%".contains(it);
        if host.is_empty() || host.starts_with('-') || !host.chars().all(is_host_char) {
            return Err(bad());
        }
        let port = port.map_or(Ok(22), |it| it.parse().map_err(|_| bad()))?;
        if port == 0 {
            return Err(bad());
        }
        Ok(RouterAddress { host: host.to_owned(), port })
    }
}

impl fmt::Display for RouterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        match self.port {
            22 => write!(f, "{open}{}{close}", self.host),
            port => write!(f, "{open}{}{close}:{port}", self.host),
        }
    }
}

#[test]
fn addresses_are_read_and_written() {
    for text in ["192.168.88.1", "router.lan:2222", "[fd00::1]:2200"] {
        assert_eq!(text.parse::<RouterAddress>().unwrap().to_string(), text);
    }
    assert_eq!("10.0.0.1:22".parse::<RouterAddress>().unwrap().to_string(), "10.0.0.1");
    for text in ["", "-oProxy", "host:0", "host:x", "ho st", "host:99999"] {
        assert!(text.parse::<RouterAddress>().is_err(), "{text}");
    }
}
