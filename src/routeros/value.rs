//! RouterOS's spellings of times, sizes, flags and versions. What cannot be read is `None`, and
//! never zero: no limit and "a limit we do not understand" are different things to sell.

use std::time::Duration;

/// Reads `1w3d15:41:57`, `00:00:00.5` or `1w3d15h41m57s`, `450ms`: RouterOS writes either.
pub fn parse_span(text: &str) -> Option<Duration> {
    if text.contains(':') { clock_span(text) } else { unit_span(text) }
}

fn unit_span(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    if text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (count, after) = leading_number(rest)?;
        let length = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, after) = after.split_at(length);
        let span = match unit {
            "w" => Duration::from_secs(count.checked_mul(604_800)?),
            "d" => Duration::from_secs(count.checked_mul(86_400)?),
            "h" => Duration::from_secs(count.checked_mul(3_600)?),
            "m" => Duration::from_secs(count.checked_mul(60)?),
            "s" => Duration::from_secs(count),
            "ms" => Duration::from_millis(count),
            "us" => Duration::from_micros(count),
            "ns" => Duration::from_nanos(count),
            _ => return None,
        };
        total = total.checked_add(span)?;
        rest = after;
    }
    Some(total)
}

fn clock_span(text: &str) -> Option<Duration> {
    let colon = text.find(':')?;
    let (days, clock) = match text[..colon].rfind(['w', 'd']) {
        Some(at) => (unit_span(&text[..=at])?, &text[at + 1..]),
        None => (Duration::ZERO, text),
    };
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut seconds = 0;
    let parts: Vec<&str> = whole.split(':').collect();
    let [hours, minutes, rest] = parts[..] else { return None };
    for (part, below) in [(hours, 100), (minutes, 60), (rest, 60)] {
        let is_pair = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = is_pair.then(|| part.parse().ok())??;
        (number < below).then_some(())?;
        seconds = seconds * 60 + number;
    }
    let is_fraction = (1..=9).contains(&fraction.len());
    (is_fraction && fraction.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    let nanos: u64 = format!("{fraction:0<9}").parse().ok()?;
    days.checked_add(Duration::from_secs(seconds))?.checked_add(Duration::from_nanos(nanos))
}

/// Splits `57s` into 57 and `s`.
fn leading_number(text: &str) -> Option<(u64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Reads a number of bytes, plain or as people see it: `83439616`, `40.2MiB`.
pub fn parse_size(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|&it| it != ' ').collect(); // 79 740 110 494
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let unit =
        units.into_iter().find_map(|(unit, shift)| Some((digits.strip_suffix(unit)?, shift)));
    let Some((number, shift)) = unit else {
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        return is_plain.then(|| digits.parse().ok()).flatten();
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let all = [whole, fraction].concat();
    let is_number = !whole.is_empty() && !fraction.is_empty() && fraction.len() <= 3;
    (is_number && all.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let scaled = all.parse::<i128>().ok()?.checked_mul(1 << shift)?;
    i64::try_from((scaled + scale / 2) / scale).ok()
}

/// Reads a flag. `None`, for anything else, means unknown: versions before 7.20 leave flags out.
pub fn parse_flag(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

/// A RouterOS version; a beta is older than a release candidate, that older than the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
    pub stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Beta(u32),
    Candidate(u32),
    Release,
}

impl Version {
    pub const fn release(major: u32, minor: u32, patch: u32) -> Version {
        Version { major, minor, patch, stage: Stage::Release }
    }

    /// Reads the beginning of `7.12.2 (stable)` or `7.23rc1`.
    /// Releases below these let a stranger in through the SSH server's login name.
    pub fn has_known_holes(self) -> bool {
        match (self.major, self.minor) {
            (6, _) => self < Version::release(6, 49, 23),
            (7, 24) => self < Version::release(7, 24, 2),
            _ => self < Version::release(7, 23, 4),
        }
    }

    pub fn parse(text: &str) -> Option<Version> {
        let number = |text: &str| -> Option<u32> { text.parse().ok() };
        let end = text.bytes().position(|it| !it.is_ascii_alphanumeric() && it != b'.');
        let text = &text[..end.unwrap_or(text.len())];
        let letters = text.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(text.len());
        let (numbers, stage) = text.split_at(letters);
        let parts = numbers.split('.').map(number).collect::<Option<Vec<u32>>>()?;
        let (major, minor, patch) = match parts[..] {
            [major, minor] => (major, minor, 0),
            [major, minor, patch] => (major, minor, patch),
            _ => return None,
        };
        let stage = match (stage.strip_prefix("beta"), stage.strip_prefix("rc")) {
            (Some(count), _) => Stage::Beta(number(count)?),
            (_, Some(count)) => Stage::Candidate(number(count)?),
            _ => stage.is_empty().then_some(Stage::Release)?,
        };
        Some(Version { major, minor, patch, stage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(parse_span(text), millis.map(Duration::from_millis), "{text:?}");
        };
        check("00:29:46", Some(1_786_000));
        check("14s", Some(14_000));
        check("1w3d15:41:57", Some(920_517_000));
        check("1w3d15h41m57s", Some(920_517_000));
        check("00:00:00.5", Some(500));
        check("0s", Some(0));
        for text in ["", "none", "never", "10:00", "1x", "5", "-1s", "1d", "1:2:3", "00:60:00"] {
            check(text, (text == "1d").then_some(86_400_000));
        }
        for text in ["00:00:00.", "d00:00:01", "00:00:00:00", "99999999999999999999s", "1é"] {
            check(text, None);
        }
    }

    #[test]
    fn sizes_and_flags_are_read() {
        let check =
            |text: &str, bytes: Option<i64>| assert_eq!(parse_size(text), bytes, "{text:?}");
        check("83439616", Some(83_439_616));
        check("40.2MiB", Some(42_152_755));
        check("5GiB", Some(5_368_709_120));
        check("79 740 110 494", Some(79_740_110_494));
        for text in ["", "MiB", "x", "-1", "1.MiB", ".5MiB", "5GB", "99999999999999999999"] {
            check(text, None);
        }
        assert_eq!(["true", "yes", "false", "no", ""].map(parse_flag), {
            [Some(true), Some(true), Some(false), Some(false), None]
        });
    }

    #[test]
    fn versions_are_ordered() {
        let check = |text: &str, wanted: Version| {
            assert_eq!(Version::parse(text), Some(wanted), "{text:?}");
        };
        check("7.12.2 (stable)", Version::release(7, 12, 2));
        check("6.49.18 (long-term)", Version::release(6, 49, 18));
        check("7.20", Version::release(7, 20, 0));
        let candidate = Version::parse("7.23rc1 (testing)").unwrap();
        let beta = Version::parse("7.23beta5").unwrap();
        assert!(beta < candidate && candidate < Version::release(7, 23, 0));
        for text in ["", "7", "7.x", "7.1.2.3", "v7.1", "7.1alpha2"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }

    fn rows(file: &str) -> Vec<(String, String)> {
        let Some(dir) = std::env::var_os("MLANGO_CASES") else { return Vec::new() };
        let path = std::path::Path::new(&dir).join("routeros").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<(String, String)> = text
            .lines()
            .skip(1)
            .map(|row| {
                let columns: Vec<&str> = row.split('\t').collect();
                (columns[0].to_owned(), columns[1].to_owned())
            })
            .collect();
        assert!(!rows.is_empty());
        rows
    }

    #[test]
    fn time_and_size_vectors_hold() {
        for (text, seconds) in rows("duration-vectors.tsv") {
            let wanted = (seconds != "NULL").then(|| seconds.parse::<f64>().unwrap());
            assert_eq!(parse_span(&text).map(|it| it.as_secs_f64()), wanted, "{text:?}");
        }
        for (text, bytes) in rows("size-vectors.tsv") {
            assert_eq!(parse_size(&text), bytes.parse().ok(), "{text:?}");
        }
    }
}
