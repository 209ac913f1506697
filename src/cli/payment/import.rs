//! `mlango payment import`: M-Pesa's statement against our books.

use crate::cli::print::or_dash;
use crate::cli::progress::Progress;
use crate::cli::table::{Table, number, text};
use crate::cli::{Desk, Shape};
use crate::domain::ids::PaymentId;
use crate::domain::time::Timestamp;
use crate::jobs::sale::{Recorded, Refusal};
use crate::mpesa::statement;
use crate::store::payments;
use crate::view::statement::{Comparison, Line, compare};
use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

/// More than a hundred thousand rows; neither they nor a wrong path must fill a small box's memory.
const STATEMENT_LIMIT: u64 = 16 << 20;

#[derive(Debug, Args)]
pub struct Import {
    /// As the M-Pesa organisation portal exports it
    #[arg(value_name = "STATEMENT.csv")]
    file: PathBuf,
    /// Record what is missing here
    #[arg(long)]
    apply: bool,
}

#[derive(Serialize)]
struct Imported {
    #[serde(flatten)]
    comparison: Comparison,
    /// What `--apply` took in, as it is now.
    recorded: Vec<Line>,
}

impl Import {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let name = self.file.display();
        let bytes = read(&self.file)?;
        let statement =
            statement::read(&bytes).with_context(|| format!("{name} is no statement"))?;
        let comparison = desk.store.read(|conn| compare(conn, &statement))?;
        let ids = if self.apply { record(desk, &comparison)? } else { Vec::new() };
        let recorded = desk
            .store
            .read(|conn| ids.iter().map(|&id| Ok(Line::of(&payments::get(conn, id)?))).collect())?;
        let imported = Imported { comparison, recorded };
        match desk.shape {
            Shape::Json => desk.json(&imported),
            Shape::Table => self.print(desk.out, &imported),
        }
    }

    fn print(&self, out: &mut dyn Write, imported: &Imported) -> anyhow::Result<()> {
        let it = &imported.comparison;
        let (from, until) =
            (it.from.map(Timestamp::local_short), it.until.map(Timestamp::local_short));
        writeln!(out, "statement   {} to {}", or_dash(from), or_dash(until))?;
        writeln!(out, "came in     {} in {} payments", it.statement.amount(), it.statement.count)?;
        writeln!(out, "equal here  {} in {} payments", it.matched.amount(), it.matched.count)?;
        let gone = it.came_and_went;
        if 0 < gone.count {
            writeln!(out, "not kept    {} in {}, reversed, never here", gone.amount(), gone.count)?;
        }
        lines(out, "missing here: on the statement, not received", &it.missing_here)?;
        lines(out, "missing there: received here, not on the statement", &it.missing_there)?;
        if !it.different.is_empty() {
            writeln!(out, "\ndifferent amounts")?;
            let columns = [text("RECEIPT"), number("PAYMENT"), number("HERE"), number("THERE")];
            let mut table = Table::new(&columns);
            for it in &it.different {
                table.row([
                    it.receipt.to_string(),
                    it.payment_id.to_string(),
                    or_dash(it.amount_cents),
                    it.statement_cents.to_string(),
                ]);
            }
            table.print(out)?;
        }
        let reversed = "reversed by M-Pesa: `mlango payment close PAYMENT --reason reversed`";
        lines(out, reversed, &it.reversed)?;
        for row in &it.not_understood {
            writeln!(out, "line {} is not understood: {}", row.line, row.why)?;
        }
        lines(out, "recorded", &imported.recorded)?;
        if it.is_equal() {
            writeln!(out, "\nboth agree to the cent")?;
        } else if !self.apply && !it.missing_here.is_empty() {
            writeln!(out, "\n--apply records what is missing here")?;
        }
        Ok(())
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let name = file.display();
    let mut bytes = Vec::new();
    let opened = File::open(file).with_context(|| format!("read {name}"))?;
    let length = opened.take(STATEMENT_LIMIT + 1).read_to_end(&mut bytes);
    let length = length.with_context(|| format!("read {name}"))?;
    if usize::try_from(STATEMENT_LIMIT).is_ok_and(|limit| limit < length) {
        bail!("{name} is longer than 16 MiB; export a shorter period from the portal");
    }
    Ok(bytes)
}

/// Takes in what is missing, one after the other, so that no callback waits for a long statement.
/// One that came meanwhile is left as it is.
fn record(desk: &Desk<'_>, comparison: &Comparison) -> anyhow::Result<Vec<PaymentId>> {
    let mut progress = Progress::new("recorded", comparison.credits.len());
    let mut ids = Vec::new();
    for (nth, credit) in comparison.credits.iter().enumerate() {
        let recorded = Recorded {
            receipt: credit.receipt.clone(),
            amount: credit.amount,
            payer: credit.payer.clone(),
            package: None,
            reference: credit.reference.clone(),
            paid_at: Some(credit.paid_at),
        };
        let id = desk.at_counter(|counter, tx| match counter.record(tx, &recorded) {
            Err(Refusal::KnownReceipt(..)) => Ok(None),
            other => other.map(Some),
        })?;
        ids.extend(id);
        progress.done(nth + 1);
    }
    Ok(ids)
}

fn lines(out: &mut dyn Write, title: &str, lines: &[Line]) -> anyhow::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    let mut table = Table::new(&[
        text("RECEIPT"),
        text("PAID AT"),
        number("AMOUNT"),
        number("PAYMENT"),
        text("MONEY"),
    ]);
    for it in lines {
        table.row([
            or_dash(it.receipt.as_ref()),
            or_dash(it.paid_at.map(Timestamp::local_short)),
            or_dash(it.amount_cents),
            or_dash(it.payment_id),
            or_dash(it.state),
        ]);
    }
    Ok(table.print(out)?)
}
