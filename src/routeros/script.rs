//! What is said to a router's console: one line of ASCII in which no value can become syntax.

use super::nonce::Nonce;
use super::{RouterError, error};
use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

/// RouterOS publishes no limit; libssh2 refuses around 32 KiB, RouterOS windows are 16 KiB.
const LINE_LIMIT: usize = 8 * 1024;

/// Console input under construction. Words are literals of this program; everything else comes in
/// as a [`Value`] and is quoted, or is of a type that has no way to hold syntax.
#[derive(Clone, Default)]
pub struct Script {
    text: String,
    /// A value held a NUL byte, for which the console has no spelling.
    has_nul: bool,
}

/// A finished line: ASCII, no line break, not too long. It may hold passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine(String);

/// What stands behind an attribute name.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Any bytes but NUL.
    Text(&'a [u8]),
    Number(i64),
    /// Whole seconds; what is below a second is dropped.
    Span(Duration),
}

/// The console's name of a row, such as `*3F`. A row that is made anew has another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemId(String);

impl Script {
    /// Starts a command, such as `"/ip hotspot user add"`. Paths are written with spaces: the form
    /// with slashes is unknown to RouterOS 6.
    pub fn command(mut self, words: &'static str) -> Script {
        self.text.push_str(if self.text.is_empty() { "" } else { "; " });
        self.glue(words)
    }

    /// Goes on without a space.
    pub fn glue(mut self, words: &'static str) -> Script {
        self.text.push_str(words);
        self
    }

    /// Adds ` name=value`.
    pub fn arg<'a>(mut self, name: &'static str, value: impl Into<Value<'a>>) -> Script {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push('=');
        self.value(value.into())
    }

    /// Adds ` *3F`.
    pub fn id(mut self, id: &ItemId) -> Script {
        self.text.push(' ');
        self.text.push_str(&id.0);
        self
    }

    /// Adds ` where a="x" and b="y"`, or nothing without conditions.
    pub fn matching(mut self, conditions: &[(&'static str, Value<'_>)]) -> Script {
        for (at, (name, value)) in conditions.iter().enumerate() {
            self.text.push_str(if at == 0 { " where" } else { " and" });
            self = self.arg(name, *value);
        }
        self
    }

    /// Adds a nonce behind its letter, quotes left to the caller: `R9c41b2`.
    pub(super) fn mark(mut self, letter: char, nonce: &Nonce) -> Script {
        self.text.push(letter);
        self.text.push_str(nonce.as_str());
        self
    }

    /// Ends the line.
    ///
    /// # Errors
    /// `Unsayable` if it is too long or a value held a NUL byte.
    pub fn finish(self) -> Result<CommandLine, RouterError> {
        let is_plain = self.text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if self.has_nul || !is_plain {
            return Err(RouterError::Unsayable("a value holds a NUL byte".to_owned()));
        }
        if LINE_LIMIT < self.text.len() {
            let length = self.text.len();
            return Err(RouterError::Unsayable(format!("it is {length} bytes long")));
        }
        Ok(CommandLine(self.text))
    }

    fn value(mut self, value: Value<'_>) -> Script {
        match value {
            Value::Text(bytes) => {
                self.has_nul |= bytes.contains(&0);
                quote(bytes, &mut self.text);
            }
            Value::Number(number) => self.text.push_str(&number.to_string()),
            Value::Span(span) => self.text.push_str(&span_text(span)),
        }
        self
    }
}

impl CommandLine {
    /// The line for the wire; for people there is `Debug`, which hides passwords.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&error::redact(&self.0))
    }
}

/// Writes a console string. Quotes alone do not make a value inert: `$` and `\` work inside them.
/// So all but a few bytes go as hex, whose digits RouterOS wants in upper case.
fn quote(bytes: &[u8], out: &mut String) {
    out.push('"');
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b" _.,:@+-/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\{byte:02X}"); // Writing to a String cannot fail.
        }
    }
    out.push('"');
}

/// A span as the console takes it everywhere: `1d2h3m4s`, and `0s` for none.
fn span_text(span: Duration) -> String {
    let mut rest = span.as_secs();
    let mut text = String::new();
    for (unit, length) in [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)] {
        if length <= rest {
            let _ = write!(text, "{}{unit}", rest / length);
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(text.as_bytes())
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Value<'a> {
        Value::Text(text.as_bytes())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

impl From<Duration> for Value<'_> {
    fn from(span: Duration) -> Self {
        Value::Span(span)
    }
}

impl FromStr for ItemId {
    type Err = RouterError;

    fn from_str(text: &str) -> Result<ItemId, RouterError> {
        let digits = text.strip_prefix('*').unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(RouterError::Garbled(format!("{text:?} stands where a row's id belongs")));
        }
        Ok(ItemId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(bytes: &[u8]) -> String {
        let mut out = String::new();
        quote(bytes, &mut out);
        out
    }

    /// Reads a console string by the documented escapes, the other way round than `quote`.
    fn unquoted(literal: &str) -> Vec<u8> {
        let mut inside = literal.strip_prefix('"').unwrap().strip_suffix('"').unwrap().bytes();
        let mut out = Vec::new();
        while let Some(byte) = inside.next() {
            assert!(byte != b'"' && byte != b'$', "{literal}");
            out.push(match byte {
                b'\\' => {
                    let digits = [inside.next().unwrap(), inside.next().unwrap()];
                    assert!(!digits.iter().any(u8::is_ascii_lowercase), "{literal}");
                    u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                plain => plain,
            });
        }
        out
    }

    #[test]
    fn a_value_cannot_become_syntax() {
        let script = Script::default()
            .command("/x set")
            .id(&"*3F".parse().unwrap())
            .arg("c", "a$b\n")
            .arg("n", 5)
            .arg("t", Duration::from_secs(93_784))
            .command("/y")
            .matching(&[("name", "\"]; /system reset".into()), ("d", 1.into())]);
        let line = script.finish().unwrap();
        let (set, find) = line.as_str().split_once("; ").unwrap();
        assert_eq!(set, r#"/x set *3F c="a\24b\0A" n=5 t=1d2h3m4s"#);
        assert_eq!(find, r#"/y where name="\22\5D\3B /system reset" and d=1"#);
    }

    #[test]
    fn every_byte_survives_quoting() {
        for pair in 1..=0xFFFF_u16 {
            let bytes = pair.to_be_bytes();
            assert_eq!(unquoted(&quoted(&bytes)), bytes);
        }
        assert_eq!(quoted("Zoé".as_bytes()), r#""Zo\C3\A9""#);
        assert_eq!(quoted(b""), r#""""#);
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        let refused = |value: &[u8]| {
            let script = Script::default().command("/x").arg("name", Value::Text(value));
            matches!(script.finish(), Err(RouterError::Unsayable(_)))
        };
        assert!(refused(b"a\0b"));
        assert!(refused(&[b'a'; LINE_LIMIT]));
        assert!(!refused(&[b'a'; LINE_LIMIT - 20]));
        for text in ["", "3F", "*", "*3G", "*3F; /x", "**1"] {
            assert!(text.parse::<ItemId>().is_err(), "{text}");
        }
    }

    #[test]
    fn passwords_do_not_show() {
        let script = Script::default().command("/x").arg("name", "a").arg("password", "w4t8 x");
        let shown = format!("{:?}", script.arg("comment", "c").finish().unwrap());
        assert_eq!(shown, r#"/x name="a" password=… comment="c""#);
    }

    #[test]
    fn quoting_vectors_hold() {
        let Some(dir) = std::env::var_os("MLANGO_CASES") else { return };
        let path = std::path::Path::new(&dir).join("routeros/escape-vectors.jsonl");
        let mut count = 0;
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let input = case["in"].as_str().unwrap();
            assert_eq!(quoted(input.as_bytes()), case["out"].as_str().unwrap(), "{input:?}");
            count += 1;
        }
        assert!(0 < count);
    }
}
