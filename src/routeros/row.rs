//! A row as a router gave it: raw bytes, and three answers to every question about them: so,
//! not so, unknown.

use super::error::redact;
use super::value::{parse_flag, parse_size, parse_span};
use super::{ItemId, RouterError};
use std::fmt;
use std::time::Duration;

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row(Vec<(String, Vec<u8>)>);

impl Row {
    /// Whether the field is new: a row has no field twice.
    pub(super) fn push(&mut self, key: String, value: &[u8]) -> bool {
        let is_new = self.bytes(&key).is_none();
        self.0.push((key, value.to_owned()));
        is_new
    }

    /// The bytes as they came; `None` if the router left the field out.
    pub fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| &value[..])
    }

    /// The value for people. What is no UTF-8 is replaced, so it never equals a text of ours.
    pub fn text(&self, key: &str) -> Option<String> {
        self.bytes(key).map(|it| String::from_utf8_lossy(it).into_owned())
    }

    /// Whether the field is there and holds exactly these bytes.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.bytes(key) == Some(value.as_bytes())
    }

    pub fn id(&self) -> Result<ItemId, RouterError> {
        self.text(".id").unwrap_or_default().parse()
    }

    /// `None`: left out, or not a time.
    pub fn span(&self, key: &str) -> Option<Duration> {
        parse_span(&self.text(key)?)
    }

    /// A count or a size in bytes. `None`: left out, or not a number.
    pub fn number(&self, key: &str) -> Option<i64> {
        parse_size(&self.text(key)?)
    }

    /// `None`: left out, which means unknown, or not a flag.
    pub fn flag(&self, key: &str) -> Option<bool> {
        parse_flag(&self.text(key)?)
    }

    /// A limit in time; `None` is without limit, which RouterOS writes in several ways.
    ///
    /// # Errors
    /// `Garbled` if it is there and cannot be read: that is not the same as none.
    pub fn span_limit(&self, key: &str) -> Result<Option<Duration>, RouterError> {
        self.limit(key, parse_span).map(|it| it.filter(|it| !it.is_zero()))
    }

    /// A limit in bytes; see [`Row::span_limit`].
    pub fn size_limit(&self, key: &str) -> Result<Option<i64>, RouterError> {
        self.limit(key, parse_size).map(|it| it.filter(|it| *it != 0))
    }

    fn limit<T>(&self, key: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, RouterError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match text.as_str() {
            "" | "none" | "never" | "unlimited" => Ok(None),
            text => parse(text)
                .map(Some)
                .ok_or_else(|| RouterError::Garbled(format!("{key} is {text:?}"))),
        }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secret = |key: &str| key.contains("password") || key.contains("secret");
        let shown = |key: &str, value: &[u8]| match is_secret(key) {
            true => "…".to_owned(),
            false => redact(&String::from_utf8_lossy(value)),
        };
        f.debug_map().entries(self.0.iter().map(|(key, value)| (key, shown(key, value)))).finish()
    }
}

#[cfg(test)]
impl Row {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
impl From<&[(&str, &str)]> for Row {
    fn from(fields: &[(&str, &str)]) -> Row {
        Row(fields.iter().map(|(key, it)| ((*key).to_owned(), it.as_bytes().to_owned())).collect())
    }
}

#[test]
fn absent_is_not_zero() {
    let row = Row::from(&[("a", "10:00"), ("b", "0s"), ("c", ""), ("d", "1d00:00:00")][..]);
    assert!(row.span_limit("a").is_err());
    for key in ["b", "c", "gone"] {
        assert_eq!(row.span_limit(key), Ok(None), "{key}");
    }
    assert_eq!(row.span_limit("d"), Ok(Some(Duration::from_secs(86_400))));
    assert_eq!((row.span("a"), row.span("gone"), row.flag("gone")), (None, None, None));
    assert!(row.size_limit("a").is_err());
}

#[test]
fn bytes_stay_and_secrets_hide() {
    let mut row = Row::default();
    row.push("name".to_owned(), b"Zo\xE9");
    row.push("password".to_owned(), b"w4t8");
    assert_eq!(row.bytes("name"), Some(&b"Zo\xE9"[..]));
    assert!(!row.is("name", "Zo\u{FFFD}") && row.is("password", "w4t8"));
    assert!(!format!("{row:?}").contains("w4t8"));
}
