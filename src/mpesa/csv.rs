//! Comma-separated values as spreadsheets write them (RFC 4180): quotes, doubled quotes, line
//! breaks inside of quotes. Semicolons and tabs separate as well, if the file says so.

/// One record, and the line of the file that it begins on; the first is 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
    /// Its quote is never closed: the rest of the file is in it.
    pub(super) is_open: bool,
}

impl Record {
    fn at(line: usize) -> Record {
        Record { line, cells: Vec::new(), is_open: false }
    }
}

/// Reads a whole file. A quote that is never closed goes to the end of it, and its record says so.
pub(super) fn records(text: &str, separator: char) -> Vec<Record> {
    let mut records = Vec::new();
    let (mut record, mut cell) = (Record::at(1), String::new());
    let (mut line, mut is_quoted) = (1, false);
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        line += usize::from(it == '\n');
        match it {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                is_quoted = true;
            }
            _ if is_quoted => cell.push(it),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                record.cells.push(std::mem::take(&mut cell));
                records.push(std::mem::replace(&mut record, Record::at(line)));
            }
            _ if it == separator => record.cells.push(std::mem::take(&mut cell)),
            _ => cell.push(it),
        }
    }
    if !cell.is_empty() || !record.cells.is_empty() {
        record.cells.push(cell);
        records.push(Record { is_open: is_quoted, ..record });
    }
    records.retain(|it| it.cells.iter().any(|cell| !cell.trim().is_empty()));
    records
}

#[test]
fn records_are_read_as_spreadsheets_write_them() {
    let check = |text: &str, expected: &[&[&str]]| {
        let read: Vec<Vec<String>> = records(text, ',').into_iter().map(|it| it.cells).collect();
        assert_eq!(read, expected, "{text:?}");
    };
    check("a,b\r\nc,d\r\n", &[&["a", "b"], &["c", "d"]]);
    check("a,b\n\n,\nc", &[&["a", "b"], &["c"]]);
    check("\"a,b\",\"say \"\"x\"\"\"\n", &[&["a,b", "say \"x\""]]);
    check("\"two\nlines\",b", &[&["two\nlines", "b"]]);
    check("a \"quoted\" word,\"\"", &[&["a \"quoted\" word", ""]]);
    check("\"never closed,\n", &[&["never closed,\n"]]);
    check("", &[]);
    let open: Vec<bool> = records("a\n\"b\nc\n", ',').iter().map(|it| it.is_open).collect();
    assert_eq!(open, [false, true]);
    let lines: Vec<usize> = records("\"1\n2\",x\ny\n\nz", ',').iter().map(|it| it.line).collect();
    assert_eq!(lines, [1, 3, 5]);
}
