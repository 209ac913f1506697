//! Reads one table of the file key by key, so that whatever is wrong is told with its line.

use super::error::ConfigError;
use crate::domain::Invalid;
use crate::domain::package::parse_bytes;
use crate::domain::time::{parse_span, span_text};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) type Reading<T> = Result<T, ConfigError>;

/// Where the text came from, to name it in errors.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    pub(super) origin: &'t str,
}

impl Source<'_> {
    /// The line, counted from 1, that holds the byte at `offset`.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
    }
}

/// A table of the file, or the absence of one: then every key has its default.
pub(super) struct Section<'t> {
    source: Source<'t>,
    /// `[http]`, as the operator writes it; empty for the top of the file.
    name: String,
    table: Option<&'t DeTable<'t>>,
    keys: &'static [&'static str],
}

/// A value, and where it stands.
#[derive(Clone)]
pub(super) struct Value<'t> {
    source: Source<'t>,
    name: String,
    spanned: &'t Spanned<DeValue<'t>>,
}

impl<'t> Section<'t> {
    /// The top of the file. A key that is not in `keys` is refused here, before any value is read.
    pub(super) fn top(
        source: Source<'t>,
        table: &'t DeTable<'t>,
        keys: &'static [&'static str],
    ) -> Reading<Section<'t>> {
        let top = Section { source, name: String::new(), table: Some(table), keys };
        top.refuse_unknown()?;
        Ok(top)
    }

    /// The table `name` inside this one.
    pub(super) fn open(&self, name: &str, keys: &'static [&'static str]) -> Reading<Section<'t>> {
        let full = match self.name.trim_matches(['[', ']']) {
            "" => format!("[{name}]"),
            outer => format!("[{outer}.{name}]"),
        };
        let table = match self.value(name) {
            None => None,
            Some(value) => match value.spanned.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => return Err(value.wrong(format!("a section {full}"))),
            },
        };
        let inner = Section { source: self.source, name: full, table, keys };
        inner.refuse_unknown()?;
        Ok(inner)
    }

    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// The names that stand in this table, in the order of the alphabet.
    pub(super) fn names(&self) -> Vec<&'t str> {
        self.table.into_iter().flat_map(|it| it.keys()).map(|it| it.get_ref().as_ref()).collect()
    }

    pub(super) fn get(&self, key: &'static str) -> Option<Value<'t>> {
        debug_assert!(self.keys.contains(&key), "{key} is read but not listed");
        self.value(key)
    }

    /// The value of any key, listed or not: a header, say.
    pub(super) fn value(&self, key: &str) -> Option<Value<'t>> {
        let spanned = self.table?.get(key)?;
        let name = format!("{} {key}", self.name).trim().to_owned();
        Some(Value { source: self.source, name, spanned })
    }

    /// What `read` makes of the value of `key`, or `default` where the file does not name it.
    pub(super) fn read<T>(
        &self,
        key: &'static str,
        default: T,
        read: impl FnOnce(Value<'t>) -> Reading<T>,
    ) -> Reading<T> {
        self.get(key).map_or(Ok(default), read)
    }

    /// An error for a key that must be there and is not.
    pub(super) fn missing(&self, key: &'static str, example: &str) -> ConfigError {
        let Source { origin, .. } = self.source;
        ConfigError::Wrong(format!(
            "{origin}: {} {key} is missing; add a line like {key} = {example}",
            self.name
        ))
    }

    fn refuse_unknown(&self) -> Reading<()> {
        if self.keys.is_empty() {
            return Ok(()); // Its keys are the operator's own: header names.
        }
        for key in self.table.into_iter().flat_map(|it| it.keys()) {
            let word = key.get_ref().as_ref();
            if !self.keys.contains(&word) {
                return Err(self.unknown(word, key.span().start));
            }
        }
        Ok(())
    }

    fn unknown(&self, word: &str, offset: usize) -> ConfigError {
        let place = match self.name.as_str() {
            "" => "at the top of the file".to_owned(),
            name => format!("in {name}"),
        };
        let line = self.source.line(offset);
        let advice = match nearest(word, self.keys) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known are {}", self.keys.join(", ")),
        };
        let origin = self.source.origin;
        ConfigError::Wrong(format!("{origin}: unknown key `{word}` {place}, line {line}; {advice}"))
    }
}

impl<'t> Value<'t> {
    /// An error that says what would have been right.
    pub(super) fn wrong(&self, expected: impl Display) -> ConfigError {
        let is_secret = self.name.contains("headers"); // A number or a word may be the key itself.
        let found = match self.spanned.get_ref() {
            other if is_secret => format!("{} {}", article(other.type_str()), other.type_str()),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(it) => it.to_string(),
            other => format!("{} {}", article(other.type_str()), other.type_str()),
        };
        self.refused(format!("expected {expected}, found {found}"))
    }

    /// An error with words of its own.
    pub(super) fn refused(&self, reason: impl Display) -> ConfigError {
        let line = self.source.line(self.spanned.span().start);
        ConfigError::Wrong(format!("{}: {}, line {line}: {reason}", self.source.origin, self.name))
    }

    pub(super) fn text(&self) -> Reading<&'t str> {
        self.spanned.get_ref().as_str().ok_or_else(|| self.wrong("text in quotes"))
    }

    pub(super) fn owned_text(self) -> Reading<String> {
        self.text().map(str::to_owned)
    }

    /// Text that a domain type reads.
    pub(super) fn parse<T: FromStr<Err = Invalid>>(self) -> Reading<T> {
        self.text()?.parse().map_err(|error| self.refused(error))
    }

    /// A whole number in `range`; its limits are part of the error.
    pub(super) fn number<T>(self, range: RangeInclusive<T>) -> Reading<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let number = match self.spanned.get_ref() {
            DeValue::Integer(it) => i64::from_str_radix(it.as_str(), it.radix()).ok(),
            _ => None,
        };
        number.and_then(|it| T::try_from(it).ok()).filter(|it| range.contains(it)).ok_or_else(
            || self.wrong(format!("a whole number from {} to {}", range.start(), range.end())),
        )
    }

    /// A span such as `"90s"`, within `range`.
    pub(super) fn span(self, range: RangeInclusive<Duration>) -> Reading<Duration> {
        let span = parse_span(self.text()?).map_err(|error| self.refused(error))?;
        if !range.contains(&span) {
            let (least, most) = (span_text(*range.start()), span_text(*range.end()));
            return Err(self.refused(format!("expected a duration from {least} to {most}")));
        }
        Ok(span)
    }

    /// A size such as `"256KiB"` in bytes, within `range`.
    pub(super) fn size(self, range: RangeInclusive<u64>) -> Reading<u64> {
        let size = parse_bytes(self.text()?).map_err(|error| self.refused(error))?;
        u64::try_from(size).ok().filter(|it| range.contains(it)).ok_or_else(|| {
            self.refused(format!("expected from {} to {} bytes", range.start(), range.end()))
        })
    }

    /// Each value of a list; an error names the line of the one that is wrong.
    pub(super) fn list<T>(self, read: impl Fn(Value<'t>) -> Reading<T>) -> Reading<Vec<T>> {
        let DeValue::Array(items) = self.spanned.get_ref() else {
            return Err(self.wrong("a list in square brackets"));
        };
        items.iter().map(|spanned| read(Value { spanned, ..self.clone() })).collect()
    }

    /// The plain JSON value, where text, whole numbers and truth values may stand side by side.
    pub(super) fn json(self) -> Reading<serde_json::Value> {
        match self.spanned.get_ref() {
            DeValue::String(text) => Ok(text.as_ref().into()),
            DeValue::Boolean(it) => Ok((*it).into()),
            DeValue::Integer(_) => self.number(i64::MIN..=i64::MAX).map(Into::into),
            _ => Err(self.wrong("text, a whole number, true or false")),
        }
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The known word that `word` was most likely meant to be, if any is near.
fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let near = known.iter().map(|it| (distance(word, it), *it)).min()?;
    (near.0 <= 2.max(near.1.len() / 3)).then_some(near.1)
}

/// How many letters must be put in, taken out or changed to come from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..to.len() {
            let changed = diagonal + usize::from(letter != to[j]);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[test]
fn near_words_are_found() {
    let known = &["listen", "workers", "body_limit"];
    assert_eq!(nearest("lisen", known), Some("listen"));
    assert_eq!(nearest("worker", known), Some("workers"));
    assert_eq!(nearest("body-limit", known), Some("body_limit"));
    assert_eq!(nearest("colour", known), None);
    assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
}
