//! Two clocks. The wall clock of a box without a battery lies after a power cut, and jumps when
//! it is set right; engine time only ever goes on.

use super::{Invalid, text_enum};
use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// Nobody tells when the wall clock is set: whoever waits for that asks again so often.
pub const ASK_CLOCK_AGAIN: Duration = Duration::from_secs(10 * 60);
/// Kenya is three hours ahead of UTC all year.
const EAT_OFFSET_MS: i64 = 3 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Wall time: milliseconds since 1970, UTC. What people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Engine time: milliseconds this box has been at work, over all its starts. Delays count in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineTime(pub i64);

/// One instant, by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    pub engine: EngineTime,
    /// For the record. It may be years off; to decide by it, ask `trusted_wall`.
    pub wall: Timestamp,
    pub is_wall_trusted: bool,
}

impl Now {
    /// The wall time, if it may decide something: an expiry, a calendar, the age of a signature.
    pub fn trusted_wall(&self) -> Option<Timestamp> {
        self.is_wall_trusted.then_some(self.wall)
    }
}

text_enum! {
    /// Whether the wall clock may decide anything.
    pub enum ClockTrust {
        /// When the kernel or timesyncd says it was set, and it is plausible.
        Auto = "auto",
        /// Always: the operator vouches for it.
        Trusted = "trusted",
        Untrusted = "untrusted",
    }
}

/// Where the time comes from: the system, or a test.
pub trait Clock: Send + Sync {
    fn now(&self) -> Now;
}

impl Timestamp {
    /// The first instant of the East African day that this one falls in.
    pub fn start_of_day(self) -> Timestamp {
        let local = self.0 + EAT_OFFSET_MS;
        Timestamp(local - local.rem_euclid(DAY_MS) - EAT_OFFSET_MS)
    }

    /// The same moment a day later, and a day before: no clock is ever changed in East Africa.
    pub fn next_day(self) -> Timestamp {
        Timestamp(self.0.saturating_add(DAY_MS))
    }

    pub fn previous_day(self) -> Timestamp {
        Timestamp(self.0.saturating_sub(DAY_MS))
    }

    /// The time of day and date in East Africa for an SMS, as in `22 Nov 14:05`.
    pub fn local_short(self) -> String {
        zoned(Timestamp(self.0 + EAT_OFFSET_MS)).strftime("%-d %b %H:%M").to_string()
    }

    /// The East African day, as in `2026-11-22`.
    pub fn local_day(self) -> String {
        zoned(Timestamp(self.0 + EAT_OFFSET_MS)).strftime("%Y-%m-%d").to_string()
    }

    /// The same with seconds, for pages: `22 Nov 14:05:09`.
    pub fn local_exact(self) -> String {
        zoned(Timestamp(self.0 + EAT_OFFSET_MS)).strftime("%-d %b %H:%M:%S").to_string()
    }

    /// What `text` says in the given format (that of `strptime`), by the clocks of East Africa.
    pub fn from_local(text: &str, format: &str) -> Option<Timestamp> {
        let local = jiff::civil::DateTime::strptime(format, text).ok()?;
        let utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Timestamp(utc.timestamp().as_millisecond() - EAT_OFFSET_MS))
    }

    /// Whole seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long it is from `earlier` to here; zero if it is the other way round.
    pub fn since(self, earlier: Timestamp) -> Duration {
        millis(self.0.saturating_sub(earlier.0))
    }
}

impl EngineTime {
    /// How long it is from `earlier` to here; zero if it is the other way round.
    pub fn since(self, earlier: EngineTime) -> Duration {
        millis(self.0.saturating_sub(earlier.0))
    }
}

fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}

fn plus(base_ms: i64, span: Duration) -> i64 {
    base_ms.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, span: Duration) -> Timestamp {
        Timestamp(plus(self.0, span))
    }
}

impl Add<Duration> for EngineTime {
    type Output = EngineTime;

    fn add(self, span: Duration) -> EngineTime {
        EngineTime(plus(self.0, span))
    }
}

fn zoned(at: Timestamp) -> jiff::Zoned {
    let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    stamp.to_zoned(jiff::tz::TimeZone::UTC)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, as in `2026-11-22T11:05:09Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&zoned(*self).strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        parse_moment(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

macro_rules! in_database_as_milliseconds {
    ($($name:ident),+) => {$(
        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<$name> {
                value.as_i64().map($name)
            }
        }
    )+};
}
in_database_as_milliseconds!(Timestamp, EngineTime);

/// Reads a span such as `90s`, `30m`, `1h30m`, `7d` or `2w`: largest unit first, each at most
/// once. A number needs its unit, so that `30` is never taken for something it is not.
pub fn parse_span(text: &str) -> Result<Duration, Invalid> {
    let bad = || Invalid(format!("{text:?} is not a duration like 30m, 1h30m or 7d"));
    let mut rest = text;
    let mut seconds: u64 = 0;
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let Some(after) = rest[digits..].strip_prefix(unit).filter(|_| 0 < digits) else {
            continue;
        };
        let count: u64 = rest[..digits].parse().map_err(|_| bad())?;
        seconds =
            count.checked_mul(length).and_then(|it| seconds.checked_add(it)).ok_or_else(bad)?;
        rest = after;
    }
    if text.is_empty() || !rest.is_empty() || seconds > 10 * 366 * 86_400 {
        return Err(bad());
    }
    Ok(Duration::from_secs(seconds))
}

/// Reads a moment: RFC 3339, or `2026-11-22 14:05` as clocks in East Africa show it.
pub fn parse_moment(text: &str) -> Result<Timestamp, Invalid> {
    let bad = || Invalid(format!("{text:?} is neither RFC 3339 nor like 2026-11-22 14:05"));
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(at.as_millisecond()));
    }
    Timestamp::from_local(text, "%Y-%m-%d %H:%M").ok_or_else(bad)
}

/// Writes a span the way [`parse_span`] reads it, two units at most: `1h30m`, `7d`.
pub fn span_text(span: Duration) -> String {
    let mut rest = span.as_secs();
    let mut parts = Vec::new();
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if length <= rest {
            parts.push(format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}

#[test]
fn spans_are_read_and_written() {
    let check = |text: &str, seconds: Option<u64>| {
        assert_eq!(parse_span(text).ok().map(|it| it.as_secs()), seconds, "{text:?}");
    };
    check("1h", Some(3600));
    check("1h30m", Some(5400));
    check("7d", Some(604_800));
    check("0s", Some(0));
    for text in ["", "h", "1", "1 h", "1m1h", "-1h", "1.5h", "99999999999999999999s", "1h2h"] {
        check(text, None);
    }
    assert_eq!(span_text(Duration::from_secs(5400)), "1h30m");
    assert_eq!(span_text(Duration::from_secs(694_861)), "1w1d");
}

#[test]
fn moments_are_read_in_two_ways() {
    let read = |text: &str| parse_moment(text).map(|it| it.to_string()).ok();
    assert_eq!(read("2026-11-22 14:05").as_deref(), Some("2026-11-22T11:05:00Z"));
    assert_eq!(read("2026-11-22T14:05:09+03:00").as_deref(), Some("2026-11-22T11:05:09Z"));
    assert_eq!(read("2026-11-22T11:05:09Z").as_deref(), Some("2026-11-22T11:05:09Z"));
    for text in ["", "14:05", "2026-11-22", "2026-13-22 14:05", "2026-11-22 25:05", "tomorrow"] {
        assert_eq!(read(text), None, "{text:?}");
    }
}

#[test]
fn a_day_is_east_african() {
    let late = Timestamp(1_700_000_000_000); // 2023-11-14T22:13:20Z, already the 15th in Nairobi
    assert_eq!(late.start_of_day().to_string(), "2023-11-14T21:00:00Z");
    assert_eq!(late.local_short(), "15 Nov 01:13");
}
