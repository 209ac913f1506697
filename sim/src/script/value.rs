//! The values of the script language, and how they become text.

use super::time;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Nothing,
    Str(Vec<u8>),
    Num(i64),
    Bool(bool),
    /// Nanoseconds.
    Time(i64),
    /// Of a row: `*1C`.
    Id(u32),
    /// An address or prefix, in its own spelling.
    Ip(Vec<u8>),
    Array(Vec<(Option<Vec<u8>>, Value)>),
    /// What `:parse` made of a text that it took.
    Code(Vec<u8>),
}

impl Value {
    pub(crate) fn text(text: impl AsRef<[u8]>) -> Self {
        Self::Str(text.as_ref().to_vec())
    }

    pub(crate) fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::Array(values.into_iter().map(|value| (None, value)).collect())
    }

    /// What a bare word means.
    pub(super) fn from_word(word: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(word) else { return Self::Str(word.to_vec()) };
        match text {
            "true" | "yes" => return Self::Bool(true),
            "false" | "no" => return Self::Bool(false),
            _ => {}
        }
        let hex = |text: &str| u32::from_str_radix(text, 16).ok();
        if let Some(id) = text.strip_prefix('*').and_then(hex) {
            return Self::Id(id);
        }
        if let Some(number) = text.strip_prefix("0x").and_then(hex) {
            return Self::Num(number.into());
        }
        if let Ok(number) = text.parse() {
            return Self::Num(number);
        }
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            let address = text.split_once('/').map_or(text, |(address, _)| address);
            if address.parse::<std::net::Ipv4Addr>().is_ok() {
                return Self::Ip(word.to_vec());
            }
            if let Some(time) = time::parse(text) {
                return Self::Time(time);
            }
        }
        Self::Str(word.to_vec())
    }

    /// As `:tostr` and `:put` have it: nothing is quoted or escaped, records run together.
    pub(crate) fn render(&self) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Str(text) | Self::Ip(text) | Self::Code(text) => text.clone(),
            Self::Num(number) => number.to_string().into_bytes(),
            Self::Bool(truth) => truth.to_string().into_bytes(),
            Self::Time(nanos) => time::clock(*nanos).into_bytes(),
            Self::Id(id) => format!("*{id:X}").into_bytes(),
            Self::Array(entries) => {
                let mut text = Vec::new();
                for (position, (key, value)) in entries.iter().enumerate() {
                    if position > 0 {
                        text.push(b';');
                    }
                    if let Some(key) = key {
                        text.extend_from_slice(key);
                        text.push(b'=');
                    }
                    text.extend(value.render());
                }
                text
            }
        }
    }

    pub(crate) fn render_lossy(&self) -> String {
        String::from_utf8_lossy(&self.render()).into_owned()
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Str(_) => "str",
            Self::Num(_) => "num",
            Self::Bool(_) => "bool",
            Self::Time(_) => "time",
            Self::Id(_) => "id",
            Self::Ip(address) if address.contains(&b'/') => "ip-prefix",
            Self::Ip(_) => "ip",
            Self::Array(_) => "array",
            Self::Code(_) => "code",
        }
    }

    pub(super) fn as_number(&self) -> Option<i64> {
        match self {
            Self::Num(number) => Some(*number),
            Self::Bool(truth) => Some((*truth).into()),
            Self::Str(text) => std::str::from_utf8(text).ok()?.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Str(text) => match text.as_slice() {
                b"true" | b"yes" => Some(true),
                b"false" | b"no" => Some(false),
                _ => None,
            },
            Self::Num(number) => Some(*number != 0),
            _ => None,
        }
    }
}
