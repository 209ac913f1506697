//! What answers have in common: JSON for programs, lists, and a word of warning.

use super::table::{Column, Table};
use super::{Desk, Outside, Shape};
use clap::Args;
use serde::Serialize;
use std::io::{self, Write};

/// As many rows of a table as a person looks through.
const TABLE_ROWS: usize = 50;

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Page {
    /// At most so many rows [default: 50, all with --json]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl Page {
    fn rows(self, shape: Shape) -> usize {
        let given = self.limit.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
        given.unwrap_or(match shape {
            Shape::Table => TABLE_ROWS,
            Shape::Json => usize::MAX,
        })
    }
}

/// One thing of a list, as programs and as people read it.
pub(super) trait Listed: Serialize {
    const COLUMNS: &'static [Column];

    fn cells(&self) -> Vec<String>;
}

impl Outside<'_> {
    /// Says what the operator should know beside the answer.
    pub(super) fn warn(&mut self, sentence: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.notes, "mlango: {sentence}")?)
    }
}

impl Desk<'_> {
    pub(super) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        json(self.out, value)
    }

    /// Answers with one thing a command made or changed: for people a sentence.
    pub(super) fn done(&mut self, sentence: &str, value: &impl Serialize) -> anyhow::Result<()> {
        match self.shape {
            Shape::Table => Ok(writeln!(self.out, "{sentence}")?),
            Shape::Json => self.json(value),
        }
    }

    /// Says what the operator should know beside the answer.
    pub(super) fn warn(&mut self, sentence: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.notes, "mlango: {sentence}")?)
    }

    /// Prints the first of `things`, which come one after another out of the database, or of what
    /// was read of it. `none` is said to people where there are none.
    pub(super) fn list<T: Listed>(
        &mut self,
        page: Page,
        none: &str,
        mut things: impl Iterator<Item = anyhow::Result<T>>,
    ) -> anyhow::Result<()> {
        let rows = page.rows(self.shape);
        if self.shape == Shape::Json {
            return json_list(self.out, things.take(rows));
        }
        let mut table = Table::new(T::COLUMNS);
        for thing in things.by_ref().take(rows) {
            table.row(thing?.cells());
        }
        if table.len() == 0 {
            return Ok(writeln!(self.out, "{none}")?);
        }
        table.print(self.out)?;
        if things.next().is_some() {
            writeln!(self.out, "… and more: --limit N shows N of them")?;
        }
        Ok(())
    }
}

pub(super) fn json(out: &mut dyn Write, value: &impl Serialize) -> anyhow::Result<()> {
    to_json(out, value)?;
    Ok(writeln!(out)?)
}

/// Fails with the error of `out` itself, so that a reader who has gone is known for one.
fn to_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(out, value).map_err(io::Error::from)
}

/// An array, one thing after the other: a long list is never whole in memory.
fn json_list<T: Serialize>(
    out: &mut dyn Write,
    things: impl Iterator<Item = anyhow::Result<T>>,
) -> anyhow::Result<()> {
    let mut separator = "[";
    for thing in things {
        write!(out, "{separator}")?;
        to_json(out, &thing?)?;
        separator = ",\n";
    }
    let start = if separator == "[" { "[" } else { "" };
    Ok(writeln!(out, "{start}]")?)
}

/// What is said where nothing is.
pub(super) fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or_else(|| "-".to_owned(), |it| it.to_string())
}
