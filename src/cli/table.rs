//! Tables for a terminal: no wider than 80 columns, whatever is in them.

use crate::mpesa::printable;
use std::io::{self, Write};

const WIDTH: usize = 80;
const GAP: &str = "  ";
/// Narrower, a text says nothing any more.
const LEAST: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    name: &'static str,
    side: Side,
}

/// A column of text: cut short where the table is too wide.
pub(super) const fn text(name: &'static str) -> Column {
    Column { name, side: Side::Left }
}

/// A column of numbers: never cut.
pub(super) const fn number(name: &'static str) -> Column {
    Column { name, side: Side::Right }
}

pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|it| printable(&it)).collect());
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths();
        let names = self.columns.iter().map(|it| it.name.to_owned()).collect();
        for row in std::iter::once(&names).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, column), width) in row.iter().zip(&self.columns).zip(&widths) {
                let cell = shortened(cell, *width);
                match column.side {
                    Side::Left => line.push_str(&format!("{cell:<width$}")),
                    Side::Right => line.push_str(&format!("{cell:>width$}")),
                }
                line.push_str(GAP);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Each column as wide as its widest cell; of the texts the widest gives way until all fit.
    fn widths(&self) -> Vec<usize> {
        let length = |it: &str| it.chars().count();
        let mut widths: Vec<usize> = self.columns.iter().map(|it| length(it.name)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(length(cell));
            }
        }
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        while WIDTH < widths.iter().sum::<usize>() + gaps {
            let texts = widths.iter_mut().zip(&self.columns);
            let widest =
                texts.filter(|(_, it)| it.side == Side::Left).map(|(width, _)| width).max();
            match widest {
                Some(width) if LEAST < *width => *width -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// Writes `text` over as many lines as it takes, all but the first behind `indent` spaces; the
/// caller has written as much of the first.
pub(super) fn print_wrapped(out: &mut dyn Write, indent: usize, text: &str) -> io::Result<()> {
    let mut column = indent;
    for (nth, word) in printable(text).split_whitespace().enumerate() {
        let length = word.chars().count();
        if nth != 0 && WIDTH < column + 1 + length {
            write!(out, "\n{:indent$}", "")?;
            column = indent;
        } else if nth != 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += length;
    }
    writeln!(out)
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[test]
fn a_table_fits_a_terminal() {
    let mut table = Table::new(&[text("NAME"), number("N"), text("ERROR")]);
    table.row(["a".to_owned(), "1".to_owned(), "x".repeat(200)]);
    table.row(["bcd\u{1b}[2J".to_owned(), "1000".to_owned(), String::new()]);
    let mut out = Vec::new();
    table.print(&mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "NAME        N  ERROR");
    assert!(lines[1].starts_with("a           1  xxx") && lines[1].ends_with("x…"), "{out}");
    assert!(lines.iter().all(|it| it.chars().count() <= WIDTH), "{out}");
    assert_eq!(lines[2], "bcd\u{fffd}[2J  1000", "nothing moves the cursor");
}

#[test]
fn a_sentence_goes_on_below() {
    let mut out = Vec::new();
    print_wrapped(&mut out, 4, &"word ".repeat(20)).unwrap();
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].len() + 4 <= WIDTH && lines[1].starts_with("    word"), "{out}");
}
