//! A JSON body as its text: values are found in it and judged by how they are written, so that
//! an amount never passes through a float. Nothing is built up: a body costs its own bytes.

use super::strict::{self, Malformed};
use std::borrow::Cow;

/// One value of a checked document, as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The object that `body` is. One byte order mark is overlooked.
    pub(super) fn document(body: &'a [u8]) -> Result<Json<'a>, Malformed> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|_| Malformed("not UTF-8 text"))?;
        strict::check(text)?;
        Ok(Json(text.trim_matches(is_space)))
    }

    pub(super) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// The value of a key, which counts with its case; `None` where there is none or no object.
    pub(super) fn get(self, key: &str) -> Option<Json<'a>> {
        if !self.is_object() {
            return None;
        }
        let mut parts = Parts::of(self);
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            if name.string().is_some_and(|it| it == key) {
                return Some(value);
            }
        }
        None
    }

    /// The entries, if this is a list.
    pub(super) fn entries(self) -> Option<impl Iterator<Item = Json<'a>>> {
        self.0.starts_with('[').then(|| Parts::of(self))
    }

    /// The text of a string.
    pub(super) fn string(self) -> Option<Cow<'a, str>> {
        if !self.0.starts_with('"') {
            return None;
        }
        strict::unquoted(self.0).ok()
    }

    /// A number as written.
    pub(super) fn number(self) -> Option<&'a str> {
        self.0.starts_with(|it: char| it == '-' || it.is_ascii_digit()).then_some(self.0)
    }

    /// A string's text, or a number as written.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        self.number().map(Cow::Borrowed).or_else(|| self.string())
    }

    /// Whether both say the same: strings by their text, anything else as written.
    pub(super) fn says_the_same_as(self, other: Json<'_>) -> bool {
        match (self.string(), other.string()) {
            (Some(one), Some(two)) => one == two,
            _ => self.0 == other.0,
        }
    }
}

fn is_space(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\n' | '\r')
}

/// The values in a list one by one, or an object's keys and values by turns. It leans on the
/// document having been checked: between values stand only white space and punctuation.
struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(whole: Json<'a>) -> Parts<'a> {
        Parts { rest: &whole.0[1..whole.0.len() - 1] }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let rest = self.rest.trim_start_matches(|it| is_space(it) || it == ',' || it == ':');
        if rest.is_empty() {
            return None;
        }
        let (value, rest) = rest.split_at(value_length(rest));
        self.rest = rest;
        Some(Json(value))
    }
}

/// How many bytes the value takes that `text` begins with.
fn value_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += strict::string_length(&text[at..]).unwrap_or(text.len() - at),
            b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
            b'}' | b']' => (at, depth) = (at + 1, depth.saturating_sub(1)),
            _ => {
                let ends = |it: char| is_space(it) || matches!(it, ',' | ':' | '}' | ']');
                let is_scalar = depth == 0;
                at += if is_scalar { text[at..].find(ends).unwrap_or(text.len() - at) } else { 1 };
            }
        }
        if depth == 0 {
            break;
        }
    }
    at
}

#[test]
fn values_are_found_where_they_stand() {
    let body = br#" {"a": {"b" :[1, "x,]}\"", {"c":-2.50 } ,null] } , "d":"\u0041", "e" : 7} "#;
    let document = Json::document(body).unwrap();
    assert!(document.is_object());
    let list: Vec<_> =
        document.get("a").and_then(|it| it.get("b")).unwrap().entries().unwrap().collect();
    assert_eq!(list.len(), 4);
    assert_eq!(list[0].number(), Some("1"));
    assert_eq!(list[1].string().as_deref(), Some("x,]}\""));
    assert_eq!(list[2].get("c").and_then(Json::number), Some("-2.50"));
    assert!(list[3].text().is_none());
    assert_eq!(document.get("d").unwrap().text().as_deref(), Some("A"));
    assert_eq!(document.get("e").unwrap().text().as_deref(), Some("7"));
    assert!(document.get("A").is_none() && document.get("c").is_none());
    assert!(document.get("e").unwrap().get("a").is_none());
    assert!(document.get("a").unwrap().entries().is_none());
}

#[test]
fn one_mark_before_the_body_is_overlooked() {
    assert!(Json::document(b"\xef\xbb\xbf{}").is_ok());
    assert!(Json::document(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
    assert!(Json::document(b"\xff\xfe{\0}\0").is_err());
    assert!(Json::document(b"{\"ignored\":\"\xc3\"}").is_err());
}
