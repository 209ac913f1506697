//! What time a router believes it is, in either of its spellings.

use crate::domain::time::Timestamp;
use crate::routeros::value::parse_span;
use crate::routeros::{Console, Operation, Read, RouterError, Row};
use std::time::Duration;

/// A router's own drift, and the time its answer takes, stay below this.
pub const CLOCK_LIMIT: Duration = Duration::from_secs(60);

/// How far a router's clock is off; `None` if it does not say.
#[derive(Clone, Copy, Debug)]
pub struct ReadClock {
    /// The right time.
    pub now: Timestamp,
}

impl Operation for ReadClock {
    type Answer = Option<Duration>;

    fn run(&self, console: &Console<'_>) -> Result<Option<Duration>, RouterError> {
        let rows = console.rows(&Read::single("/system clock"))?;
        Ok(rows.first().and_then(|it| row_off_by(it, self.now)))
    }
}

/// The same, of a row of `/system clock`.
pub(super) fn row_off_by(row: &Row, now: Timestamp) -> Option<Duration> {
    let text = |key| row.text(key).unwrap_or_default();
    off_by(&text("date"), &text("time"), &text("gmt-offset"), now)
}

/// Zones are whole quarters of an hour from UTC.
const QUARTER: i64 = 900;

/// How far the router's clock is off; `None` if it cannot be read. Without its offset from UTC only
/// what no zone explains counts.
fn off_by(date: &str, time: &str, offset: &str, now: Timestamp) -> Option<Duration> {
    let local = seconds(date, time)?;
    let now = now.0.div_euclid(1000);
    let off = match offset_seconds(offset) {
        Some(offset) => local - offset - now,
        None => {
            let apart = local - now;
            let zone = (apart + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
            apart - zone.clamp(-12 * 3600, 14 * 3600)
        }
    };
    Some(Duration::from_secs(off.unsigned_abs()))
}

/// `2026-01-14`, or `jan/14/2026` as version 6 has it, and `09:59:59`.
fn seconds(date: &str, time: &str) -> Option<i64> {
    let format = if date.contains('/') { "%b/%d/%Y %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    let local = jiff::civil::DateTime::strptime(format, format!("{date} {time}")).ok()?;
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// `+03:00`, `03:00:00` or `10800`.
fn offset_seconds(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Ok(seconds) = digits.parse::<i64>() {
        return Some(sign * seconds);
    }
    let full = if digits.len() == 5 { format!("{digits}:00") } else { digits.to_owned() };
    let span = parse_span(&full)?;
    Some(sign * i64::try_from(span.as_secs()).ok()?)
}

#[test]
fn clocks_of_all_versions_are_compared() {
    // 2026-01-14 06:59:59 UTC
    let now = Timestamp(1_768_373_999_000);
    let check = |date: &str, time: &str, offset: &str, seconds: Option<u64>| {
        let off = off_by(date, time, offset, now).map(|it| it.as_secs());
        assert_eq!(off, seconds, "{date} {time} {offset}");
    };
    check("2026-01-14", "09:59:59", "+03:00", Some(0));
    check("jan/14/2026", "09:59:59", "03:00:00", Some(0));
    check("Jan/14/2026", "10:01:59", "10800", Some(120));
    check("2026-01-14", "02:59:50", "-04:00", Some(9));
    check("2026-01-14", "06:59:59", "+03:00", Some(10_800));
    check("2026-01-14", "09:58:59", "", Some(60));
    check("2026-01-14", "12:29:59", "?", Some(0));
    check("1970-01-02", "03:00:00", "+03:00", Some(1_768_287_599));
    check("jan/02/1970", "00:00:10", "", Some(1_768_244_389));
    check("", "09:59:59", "+03:00", None);
    check("2026-14-01", "09:59:59", "+03:00", None);
}
