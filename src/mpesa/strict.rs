//! Checks that a body is exactly one JSON object, and one that every reader understands alike:
//! no key twice in any object, read or not, no broken string, no bottomless nesting.
//!
//! serde_json alone will not do: it lets the last of two equal keys win, fails the whole document
//! over one number beyond a float, and looks neither at keys nor strings that it skips.

use std::borrow::Cow;
use std::collections::HashSet;

/// How deep objects and lists may lie in one another; the outermost counts as one.
const MAX_DEPTH: usize = 128;

/// Why a body is not one clean JSON object, as a fragment for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) &'static str);

/// Reads `text` once from end to end. Time is linear in its length; besides the text itself only
/// the keys of the objects still open are held.
pub(super) fn check(text: &str) -> Result<(), Malformed> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    if reader.peek() != Some(b'{') {
        return Err(Malformed("not a JSON object"));
    }
    reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(Malformed("more follows after the JSON object"));
    }
    Ok(())
}

/// The text of a JSON string token, quotes and escapes undone.
pub(super) fn unquoted(token: &str) -> Result<Cow<'_, str>, Malformed> {
    let is_plain = |byte: u8| byte != b'\\' && 0x20 <= byte;
    match token.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(inner) if inner.bytes().all(is_plain) => Ok(Cow::Borrowed(inner)),
        _ => serde_json::from_str(token).map(Cow::Owned).map_err(|_| Malformed("a broken string")),
    }
}

/// How many bytes the string token takes that `text` begins with, both quotes included.
pub(super) fn string_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over `byte`, with white space before it, if that is what comes next.
    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<(), Malformed> {
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'[') if MAX_DEPTH <= depth => Err(Malformed("nested too deep")),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Malformed> {
        self.at += 1;
        if self.takes(b'}') {
            return Ok(());
        }
        // The standard hasher is seeded: nobody can prepare keys that collide.
        let mut keys = HashSet::new();
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(Malformed("a key is missing"));
            }
            if !keys.insert(self.string()?) {
                return Err(Malformed("the same key twice in one object"));
            }
            if !self.takes(b':') {
                return Err(Malformed("a key without a value"));
            }
            self.value(depth)?;
            if self.takes(b'}') {
                return Ok(());
            }
            if !self.takes(b',') {
                return Err(Malformed("an object that does not end"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<(), Malformed> {
        self.at += 1;
        if self.takes(b']') {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.takes(b']') {
                return Ok(());
            }
            if !self.takes(b',') {
                return Err(Malformed("a list that does not end"));
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Malformed> {
        let rest = &self.text[self.at..];
        let length = string_length(rest).ok_or(Malformed("a string that does not end"))?;
        self.at += length;
        unquoted(&rest[..length])
    }

    /// RFC 8259, section 6. How large a number may be is for its reader to say.
    fn number(&mut self) -> Result<(), Malformed> {
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(Malformed("a broken number")) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<(), Malformed> {
        let rest = &self.text[self.at..];
        let known = ["true", "false", "null"].into_iter().find(|it| rest.starts_with(it));
        let word = known.ok_or(Malformed("not JSON"))?;
        self.at += word.len();
        Ok(())
    }
}

#[test]
fn only_one_clean_object_passes() {
    let passes = |text: &str, is_clean: bool| {
        assert_eq!(check(text).is_ok(), is_clean, "{text}");
    };
    for text in [
        "{}",
        " \t\r\n{ } \n",
        r#"{"a":{"a":1},"b":[{"a":-0.5e+9},true,false,null,"\ud83d\ude00\n"]}"#,
        r#"{"a":1e309,"A":123456789012345678901234567890}"#,
    ] {
        passes(text, true);
    }
    for text in [
        "",
        "[]",
        "null",
        "\"a\"",
        "{",
        "{}{}",
        "{} x",
        r#"{"a":1,}"#,
        r#"{"a" 1}"#,
        r#"{a:1}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":01}"#,
        r#"{"a":1.}"#,
        r#"{"a":-}"#,
        r#"{"a":+1}"#,
        r#"{"a":1e}"#,
        r#"{"a":NaN}"#,
        r#"{"a":nullx}"#,
        r#"{"a":"\ud83d"}"#,
        r#"{"\udc00":1}"#,
        r#"{"a":"\x"}"#,
        "{\"a\":\"\u{0}\"}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "\u{feff}{}",
        "{\u{a0}}",
    ] {
        passes(text, false);
    }
}

#[test]
fn a_key_may_stand_once_however_it_is_written() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":[{"deep":{"b":1,"c":2,"b":3}}]}"#,
        r#"{"":1,"":1}"#,
    ] {
        assert_eq!(check(text), Err(Malformed("the same key twice in one object")), "{text}");
    }
}

#[test]
fn nesting_ends_at_128() {
    let nested = |lists: usize| format!("{{\"a\":{}{}}}", "[".repeat(lists), "]".repeat(lists));
    assert!(check(&nested(127)).is_ok());
    assert_eq!(check(&nested(128)), Err(Malformed("nested too deep")));
    assert!(check(&nested(120_000)).is_err());
}
