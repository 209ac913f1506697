//! How rows are read: each value comes with its length, so that nothing inside it can pass for
//! structure. RouterOS escapes nothing in its own `as-value` output.
//!
//! ```text
//! R<nonce>            a row begins
//! K <key> <n> <value> n bytes, whatever they are
//! E<nonce>            the row ends
//! Z<nonce> <rows>     all rows were sent
//! ```

use super::nonce::Nonce;
use super::{Class, RouterError, Row};
use std::borrow::Cow;

/// Reads what a line of `tables` times [`super::Read::script`] printed. Each table has its own end.
///
/// Other people's lines between ours are passed over: a router may greet, or mix in its log. That
/// is safe, since the seal is printed only after all else was carried out, and names the count.
///
/// # Errors
/// `Garbled` if lengths, order or count do not fit; there is no guessing where to go on.
/// `Incomplete` if it ends too early. Otherwise what the router says instead of rows.
pub(super) fn parse(
    output: &[u8],
    nonce: &Nonce,
    tables: usize,
) -> Result<Vec<Vec<Row>>, RouterError> {
    let [open, close] = ["R", "E"].map(|it| format!("{it}{nonce}").into_bytes());
    let mut rest = output;
    let mut done = Vec::new();
    let mut rows = Vec::new();
    let mut row: Option<Row> = None;
    let mut foreign: Option<&[u8]> = None;
    while !rest.is_empty() {
        if let (Some(row), Some(field)) = (&mut row, rest.strip_prefix(b"K ")) {
            let Field { key, value, after } = take_field(field)?;
            if !row.push(key, &value) {
                return Err(garbled("a field that was there before"));
            }
            rest = after;
            continue;
        }
        let (line, after) = take_line(rest);
        if line == open && row.is_none() {
            row = Some(Row::default());
        } else if line == close
            && let Some(row) = row.take()
        {
            rows.push(row);
        } else if line == format!("Z{nonce} {}", rows.len()).as_bytes() && row.is_none() {
            done.push(std::mem::take(&mut rows));
            if done.len() == tables {
                let is_last = after.trim_ascii().is_empty();
                return if is_last { Ok(done) } else { Err(garbled("text behind the seal")) };
            }
        } else if !rest.contains(&b'\n') && is_frame(line) {
            break; // The beginning of a line.
        } else if let Some(error) = objection(line) {
            return Err(error);
        } else if !line.trim_ascii().is_empty() {
            foreign.get_or_insert(rest);
        }
        rest = after;
    }
    let has_begun = row.is_some() || !rows.is_empty() || !done.is_empty();
    match foreign.filter(|it| !has_begun && it.contains(&b'\n')) {
        Some(words) => Err(failure(words)),
        None => Err(RouterError::Incomplete("its answer stops in the middle".to_owned())),
    }
}

/// Why a line that does not belong to the answer ends it, if it does.
fn objection(line: &[u8]) -> Option<RouterError> {
    if line.starts_with(b"K ") || is_frame(line) {
        return Some(garbled("a line of a row or of another answer"));
    }
    match failure(line) {
        RouterError::Refused { class: Class::Unknown, .. } | RouterError::Incomplete(_) => None,
        error => Some(error),
    }
}

/// The answer in front of the seal, if the seal is there.
pub(super) fn unseal<'a>(output: &'a [u8], nonce: &Nonce) -> Option<&'a [u8]> {
    let sealed = output.trim_ascii_end();
    let answer = sealed.strip_suffix(format!("Z{nonce}").as_bytes())?;
    let is_line = answer.is_empty() || answer.ends_with(b"\n");
    is_line.then_some(answer.trim_ascii_end())
}

/// What an output without a seal means: the router refused, or the line was cut.
pub(super) fn failure(output: &[u8]) -> RouterError {
    let text = String::from_utf8_lossy(output);
    match RouterError::from_text(&text) {
        RouterError::Refused { class: Class::Unknown, .. } if text.lines().all(is_answer) => {
            RouterError::Incomplete("its answer has no end".to_owned())
        }
        RouterError::Refused { class: Class::Unknown, .. } if is_frame(output) => {
            garbled("a line of another answer")
        }
        error => error,
    }
}

/// Whether the line is an id or a number: an answer, though without its seal.
fn is_answer(line: &str) -> bool {
    line.strip_prefix('*').unwrap_or(line).bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the text begins with a line of a frame, such as `R9c41`, that has lost its place.
fn is_frame(text: &[u8]) -> bool {
    let line = take_line(text).0;
    let mark = match line {
        [b'R' | b'E' | b'Z', mark @ ..] => mark.split(|&byte| byte == b' ').next(),
        _ => None,
    };
    mark.is_some_and(|it| !it.is_empty() && it.iter().all(u8::is_ascii_hexdigit))
}

struct Field<'o> {
    key: String,
    value: Cow<'o, [u8]>,
    /// What stands behind its line.
    after: &'o [u8],
}

/// Reads `<key> <n> <value>` and the line's end: by count, not by looks.
fn take_field(field: &[u8]) -> Result<Field<'_>, RouterError> {
    let cut = || RouterError::Incomplete("its answer stops inside a row".to_owned());
    let end = field.iter().position(|&byte| byte == b'\n').unwrap_or(field.len());
    let mut words = field[..end].splitn(3, |&byte| byte == b' ');
    let (key, length) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let start = key.len() + length.len() + 2;
    if words.next().is_none() {
        return Err(if end == field.len() { cut() } else { garbled("the head of a field") });
    }
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let key =
        str::from_utf8(key).ok().filter(|it| !it.is_empty() && it.bytes().all(|it| is_key(&it)));
    let key = key.ok_or_else(|| garbled("the name of a field"))?;
    let is_length = (1..=9).contains(&length.len()) && length.iter().all(u8::is_ascii_digit);
    let length = str::from_utf8(length).ok().filter(|_| is_length).and_then(|it| it.parse().ok());
    let length: usize = length.ok_or_else(|| garbled("the length of a field"))?;
    let (exact, after) = field[start..].split_at_checked(length).ok_or_else(cut)?;
    if let Some(after) = behind_line_end(after) {
        return Ok(Field { key: key.to_owned(), value: exact.into(), after });
    }
    let (value, after) = without_returns(&field[start..], length);
    match behind_line_end(after) {
        Some(after) => Ok(Field { key: key.to_owned(), value: value.into(), after }),
        None if matches!(after, b"" | b"\r") => Err(cut()),
        None => Err(garbled(&format!("{key} is not {length} bytes long; a field"))),
    }
}

fn behind_line_end(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(b"\r").unwrap_or(bytes).strip_prefix(b"\n")
}

/// Takes `length` bytes, as they were before a console made line ends of line feeds in a value,
/// as in scripts that operators keep in profiles.
fn without_returns(bytes: &[u8], length: usize) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut rest = bytes;
    while value.len() < length && !rest.is_empty() {
        rest = rest.strip_prefix(b"\r").filter(|it| it.starts_with(b"\n")).unwrap_or(rest);
        value.push(rest[0]);
        rest = &rest[1..];
    }
    (value, rest)
}

/// Splits off a line without its end, `\n` or `\r\n`.
fn take_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (line, after) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), after)
}

fn garbled(what: &str) -> RouterError {
    RouterError::Garbled(format!("{what} is not where it belongs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(output: &str) -> Result<Vec<Row>, RouterError> {
        parse(output.as_bytes(), &Nonce::known("9c41"), 1).map(|mut it| it.remove(0))
    }

    #[test]
    fn tables_that_come_together_stay_apart() {
        let row = |name: &str| format!("R9c41\nK name {} {name}\nE9c41\n", name.len());
        let output = format!("{}{}Z9c41 2\r\nZ9c41 0\n{}Z9c41 1\n", row("a"), row("b"), row("c"));
        let read = |output: &str| parse(output.as_bytes(), &Nonce::known("9c41"), 3);
        let tables = read(&output).unwrap();
        assert_eq!(tables.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 1]);
        assert!(tables[2][0].is("name", "c"));
        for end in 0..output.len() - 2 {
            let error = read(&output[..end]).unwrap_err();
            assert!(matches!(error, RouterError::Incomplete(_)), "cut at {end}: {error:?}");
        }
        assert!(matches!(read(&format!("{output}Z9c41 0\n")), Err(RouterError::Garbled(_))));
        let refused = read("Z9c41 0\nno such item (4)\n").unwrap_err();
        assert!(matches!(refused, RouterError::NotFound(_)), "{refused:?}");
    }

    #[test]
    fn rows_are_read_by_length() {
        let evil = "x\nK name 1 y\r\nE9c41\nZ9c41 1\n";
        let output = format!(
            "R9c41\r\nK .id 2 *1\r\nK comment {} {evil}\r\nK name 0 \r\nE9c41\r\n\
             R9c41\nE9c41\nZ9c41 2\r\n",
            evil.len()
        );
        let rows = parsed(&output).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].text("comment").unwrap(), evil);
        assert_eq!(rows[0].text("name").unwrap(), "");
        assert_eq!(rows[0].text("server"), None);
        for end in 0..output.len() - 3 {
            let error = parsed(&output[..end]).unwrap_err();
            assert!(matches!(error, RouterError::Incomplete(_)), "cut at {end}: {error:?}");
        }
        assert_eq!(parsed("Z9c41 0\n").unwrap().len(), 0);
    }

    #[test]
    fn foreign_lines_are_passed_over_but_refusals_are_not() {
        let log = "00:00:01 echo: system,error,critical login failure for user a via ssh";
        let mixed = format!(
            "\r\nWelcome (6)\n{log}\nR9c41\n{log}\nK name 3 abc\n\n{log}\nE9c41\n{log}\nZ9c41 1\n"
        );
        assert!(parsed(&mixed).unwrap()[0].is("name", "abc"));
        let refused = parsed("Welcome\nnot enough permissions (9)\nZ9c41 0\n").unwrap_err();
        assert!(matches!(refused, RouterError::PermissionMissing(_)), "{refused:?}");
        let inside = parsed("R9c41\nfailure: no\nK name 1 a\nE9c41\nZ9c41 1\n").unwrap_err();
        assert!(matches!(inside, RouterError::Refused { class: Class::Failure, .. }));
        let alone = parsed("never heard of\n").unwrap_err();
        assert!(matches!(&alone, RouterError::Refused { text, .. } if text == "never heard of"));
        let cut = parsed(&format!("{log}\nR9c41\nK name 1 a\n")).unwrap_err();
        assert!(matches!(cut, RouterError::Incomplete(_)));
        assert!(matches!(parsed("K name 1 a\nZ9c41 0\n"), Err(RouterError::Garbled(_))));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let garbled = |output: &str| {
            let error = parsed(output).unwrap_err();
            assert!(matches!(error, RouterError::Garbled(_)), "{output:?}: {error:?}");
        };
        garbled("Z9c41 1\n");
        garbled("Z9c41 0\nmore\n");
        garbled("R9c41\nR9c41\nE9c41\nZ9c41 1\n");
        garbled("R9c41\nZ9c41 1\n");
        garbled("E9c41\nZ9c41 0\n");
        garbled("R0000\nE0000\nZ0000 1\n");
        garbled("R9c41\nK name 2 abc\nE9c41\nZ9c41 1\n");
        garbled("R9c41\nK name x abc\nE9c41\nZ9c41 1\n");
        garbled("R9c41\nK na=me 3 abc\nE9c41\nZ9c41 1\n");
        garbled("R9c41\nK name\nE9c41\nZ9c41 1\n");
    }

    #[test]
    fn a_refusal_is_told_from_a_cut() {
        let check = |output: &str, wanted: RouterError| {
            assert_eq!(failure(output.as_bytes()), wanted, "{output:?}");
        };
        let incomplete = RouterError::Incomplete("its answer has no end".to_owned());
        check("", incomplete.clone());
        check("*3F\r\n", incomplete);
        check("no such item (4)\r\n", RouterError::NotFound("no such item (4)".to_owned()));
        let unknown =
            RouterError::Refused { class: Class::Unknown, text: "never heard of".to_owned() };
        check("never heard of\r\n", unknown);
        assert_eq!(unseal(b"*3F\r\nZ9c41\r\n", &Nonce::known("9c41")), Some(&b"*3F"[..]));
        assert_eq!(unseal(b"Z9c41", &Nonce::known("9c41")), Some(&b""[..]));
        assert_eq!(unseal(b"xZ9c41\n", &Nonce::known("9c41")), None);
    }
}
