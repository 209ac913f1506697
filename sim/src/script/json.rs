//! `:serialize to=json`, with its habit of taking texts of digits for numbers.

use super::value::Value;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Strings {
    /// `json.no-string-conversion`.
    Kept,
    /// `"0712"` becomes `712.000000`.
    Converted,
}

pub(super) fn text(value: &Value, strings: Strings) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, strings, &mut out);
    out
}

fn write(value: &Value, strings: Strings, out: &mut Vec<u8>) {
    match value {
        Value::Nothing => out.extend(b"null"),
        Value::Num(_) | Value::Bool(_) => out.extend(value.render()),
        Value::Array(entries) => write_entries(entries, strings, out),
        value => {
            let text = value.render();
            let number = std::str::from_utf8(&text).ok().filter(|_| strings == Strings::Converted);
            match number.filter(|text| looks_numeric(text)).and_then(|t| t.parse::<f64>().ok()) {
                Some(number) => out.extend(format!("{number:.6}").bytes()),
                None => write_string(&text, out),
            }
        }
    }
}

fn looks_numeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Entries with keys make an object, others an array.
fn write_entries(entries: &[(Option<Vec<u8>>, Value)], strings: Strings, out: &mut Vec<u8>) {
    let is_object = entries.iter().any(|(key, _)| key.is_some());
    out.push(if is_object { b'{' } else { b'[' });
    for (position, (key, value)) in entries.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        if is_object {
            write_string(key.as_deref().unwrap_or_default(), out);
            out.push(b':');
        }
        write(value, strings, out);
    }
    out.push(if is_object { b'}' } else { b']' });
}

fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..=0x1F => out.extend(format!("\\u{byte:04x}").bytes()),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
}
