//! `mlango report`: a day's takings.

use super::table::{Table, number, print_wrapped, text};
use super::{Desk, Shape};
use crate::domain::Invalid;
use crate::domain::time::{Timestamp, span_text};
use crate::view::day::{self, Day, Sum};
use clap::Args;
use std::io::Write;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Report {
    /// today, yesterday, or as in 2026-11-22; days are East African
    #[arg(long, default_value = "today", value_parser = which)]
    day: Which,
    /// For a spreadsheet: day, what, count, amount in shillings
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Today,
    Yesterday,
    /// Its first moment.
    That(Timestamp),
}

fn which(text: &str) -> Result<Which, Invalid> {
    match text {
        "today" => Ok(Which::Today),
        "yesterday" => Ok(Which::Yesterday),
        _ => Timestamp::from_local(&format!("{text} 00:00"), "%Y-%m-%d %H:%M")
            .map(Which::That)
            .ok_or_else(|| Invalid(format!("{text:?} is not a day like 2026-11-22"))),
    }
}

impl Report {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let now = desk.store.now();
        let today = now.wall.start_of_day();
        let from = match self.day {
            Which::Today => today,
            Which::Yesterday => today.previous_day(),
            Which::That(day) => day,
        };
        if !now.is_wall_trusted {
            desk.warn(&format!(
                "the clock is not trusted: what it takes for today, {}, may be another day",
                today.local_day()
            ))?;
        }
        let view = desk.store.read(|conn| day::day(conn, from, now))?;
        match desk.shape {
            Shape::Json => desk.json(&view),
            Shape::Table if self.csv => csv(desk.out, &view),
            Shape::Table => print(desk.out, &view),
        }
    }
}

fn sums(view: &Day) -> [(&'static str, Sum); 7] {
    [
        ("received", view.received),
        ("by M-Pesa", view.mpesa),
        ("in cash", view.cash),
        ("served", view.served),
        ("unserved", view.unserved),
        ("held", view.held),
        ("returned", view.returned),
    ]
}

fn csv(out: &mut dyn Write, view: &Day) -> anyhow::Result<()> {
    let day = &view.day;
    writeln!(out, "day,what,count,amount")?;
    for (what, sum) in sums(view) {
        writeln!(out, "{day},{what},{},{}", sum.count, sum.amount())?;
    }
    writeln!(out, "{day},comped,{},", view.comped.count)?;
    writeln!(out, "{day},expired but online,{},", view.expired_but_online)?;
    Ok(writeln!(out, "{day},routers not read,{},", view.routers_not_read.len())?)
}

fn print(out: &mut dyn Write, view: &Day) -> anyhow::Result<()> {
    writeln!(out, "{}, as of {}\n", view.day, view.as_of.local_short())?;
    let mut table = Table::new(&[text("MONEY"), number("COUNT"), number("SHILLINGS")]);
    for (what, sum) in sums(view) {
        let indent = if matches!(what, "by M-Pesa" | "in cash") { "  " } else { "" };
        table.row([format!("{indent}{what}"), sum.count.to_string(), sum.amount().to_string()]);
    }
    table.print(out)?;
    if !view.packages.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&[text("PACKAGE"), number("SOLD"), number("SHILLINGS")]);
        for it in &view.packages {
            table.row([
                it.package.to_string(),
                it.sum.count.to_string(),
                it.sum.amount().to_string(),
            ]);
        }
        table.print(out)?;
    }
    let given = Duration::from_secs(u64::try_from(view.comped.seconds).unwrap_or(0));
    writeln!(out, "\ncomped              {} times, {}", view.comped.count, span_text(given))?;
    writeln!(out, "above the price     {}", view.surplus_cents)?;
    writeln!(out, "expired but online  {} devices", view.expired_but_online)?;
    let unread: Vec<_> = view
        .routers_not_read
        .iter()
        .map(|it| {
            let seen = it.seen_at.map_or("never".to_owned(), Timestamp::local_short);
            format!("{} ({}, last seen {seen})", it.name, it.state)
        })
        .collect();
    write!(out, "routers not read    ")?;
    let unread = if unread.is_empty() { "none".to_owned() } else { unread.join(", ") };
    Ok(print_wrapped(out, 20, &unread)?)
}
