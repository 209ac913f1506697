//! Times: what the console reads, and the two ways in which it writes them.

pub(crate) const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
const WEEK: i64 = 7 * DAY;

/// `1w3d15:41:57`, `00:00:00.500` or `1w3d15h41m57s`, `450ms`; to nanoseconds.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if rest[digits..].starts_with(':') {
            return total.checked_add(parse_clock(rest)?);
        }
        let number: i64 = rest[..digits].parse().ok()?;
        let unit_length =
            rest[digits..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - digits);
        let unit = match &rest[digits..digits + unit_length] {
            "w" => WEEK,
            "d" => DAY,
            "h" => 3600 * SECOND,
            "m" => 60 * SECOND,
            "s" => SECOND,
            "ms" => SECOND / 1000,
            "us" => 1000,
            "ns" => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + unit_length..];
    }
    (!text.is_empty()).then_some(total)
}

fn parse_clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut fields = whole.split(':');
    let (hours, minutes, seconds) = (fields.next()?, fields.next()?, fields.next()?);
    let is_number = |field: &str| !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit());
    let is_fraction = fraction.len() <= 9 && fraction.bytes().all(|b| b.is_ascii_digit());
    if fields.next().is_some() || !is_fraction {
        return None;
    }
    let mut total = 0i64;
    for field in [hours, minutes, seconds] {
        if !is_number(field) {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(field.parse().ok()?)?;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    total.checked_mul(SECOND)?.checked_add(nanos)
}

/// As `get` and `as-value` write it.
pub(crate) fn clock(nanos: i64) -> String {
    let (sign, nanos) = if nanos < 0 { ("-", -nanos) } else { ("", nanos) };
    let seconds = nanos % DAY / SECOND;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let days = weeks_and_days(nanos);
    let fraction = fraction(nanos % SECOND);
    format!("{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}")
}

/// As `print detail` and `terse` write it.
pub(crate) fn units(nanos: i64) -> String {
    let mut text = weeks_and_days(nanos);
    let seconds = nanos % DAY / SECOND;
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let millis = (nanos % SECOND / 1_000_000, "ms");
    for (number, unit) in parts.into_iter().chain([millis]) {
        if number > 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn weeks_and_days(nanos: i64) -> String {
    let part = |number: i64, unit| if number > 0 { format!("{number}{unit}") } else { "".into() };
    part(nanos / WEEK, "w") + &part(nanos % WEEK / DAY, "d")
}

fn fraction(nanos: i64) -> String {
    match nanos {
        0 => String::new(),
        _ if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_written() {
        for (text, as_clock, as_units) in [
            ("29m46s", "00:29:46", "29m46s"),
            ("00:29:46", "00:29:46", "29m46s"),
            ("1w3d15:41:57", "1w3d15:41:57", "1w3d15h41m57s"),
            ("450ms", "00:00:00.450", "450ms"),
            ("0s", "00:00:00", "0s"),
        ] {
            let nanos = parse(text).unwrap();
            assert_eq!((clock(nanos).as_str(), units(nanos).as_str()), (as_clock, as_units));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "1x", "10:00", "1:2:3:4", "h", "1d-", "::"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
