//! What was found or done, a line at a time: for people as it happens, for programs at the end.

use super::Shape;
use super::print::json;
use super::table::print_wrapped;
use crate::mpesa::printable;
use serde::Serialize;
use std::io::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mark {
    Ok,
    /// It works, but should be looked at.
    Advice,
    /// It does not work before this is mended.
    Missing,
    /// It was tried, and did not work.
    Failed,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Mark::Ok => "ok",
            Mark::Advice => "advice",
            Mark::Missing => "missing",
            Mark::Failed => "failed",
        }
    }
}

/// As wide as the longest mark, and a gap.
const MARK_WIDTH: usize = 9;

#[derive(Serialize)]
struct Line {
    state: Mark,
    what: String,
    text: String,
}

pub(super) struct Report<'o> {
    out: &'o mut dyn Write,
    shape: Shape,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Whole<'l> {
    ok: bool,
    checks: &'l [Line],
}

impl Report<'_> {
    pub(super) fn new(out: &mut dyn Write, shape: Shape) -> Report<'_> {
        Report { out, shape, lines: Vec::new() }
    }

    /// Adds a line about `what`, such as `router Main`.
    pub(super) fn line(&mut self, state: Mark, what: &str, text: &str) -> anyhow::Result<()> {
        if self.shape == Shape::Table {
            write!(self.out, "{:<MARK_WIDTH$}", state.word())?;
            print_wrapped(self.out, MARK_WIDTH, &format!("{what}: {text}"))?;
            self.out.flush()?;
        }
        let (what, text) = (what.to_owned(), printable(text));
        self.lines.push(Line { state, what, text });
        Ok(())
    }

    /// Adds the line of a step that was tried, and hands its answer on.
    pub(super) fn step<T>(
        &mut self,
        what: &str,
        good: &str,
        result: anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        match result {
            Ok(value) => {
                self.line(Mark::Ok, what, good)?;
                Ok(Some(value))
            }
            Err(error) => {
                self.line(Mark::Failed, what, &format!("{error:#}"))?;
                Ok(None)
            }
        }
    }

    /// Whether nothing is missing and nothing failed.
    pub(super) fn is_ok(&self) -> bool {
        self.lines.iter().all(|it| matches!(it.state, Mark::Ok | Mark::Advice))
    }

    /// Ends the report; to programs all is said now.
    pub(super) fn end(self) -> anyhow::Result<()> {
        match self.shape {
            Shape::Table => Ok(()),
            Shape::Json => {
                let whole = Whole { ok: self.is_ok(), checks: &self.lines };
                json(self.out, &whole)
            }
        }
    }
}
