//! `mlango diagnose`

use super::table::print_wrapped;
use super::{Desk, Shape};
use crate::domain::queue::Queue;
use crate::domain::time::EngineTime;
use crate::jobs::by_hand::{self, Order};
use crate::logging;
use crate::store::queues;
use crate::view::diagnosis::{Finding, Scope, Section, diagnose, is_critical};
use crate::view::{Disk, Severity, Surroundings, server, status};
use anyhow::ensure;
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::time::{Duration, Instant};

/// As the audit has it.
const WHO: &str = "cli";
/// How long new workers are waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Exits with 1 if anything is urgent.
#[derive(Debug, Args)]
pub struct Diagnose {
    /// Tell all that was looked at
    #[arg(long)]
    detailed: bool,
    /// Show the last errors of each log
    #[arg(long)]
    logs: bool,
    /// Forget the failed jobs that no customer waits for, give every queue new workers, and look
    /// whether they work; `queue undo` brings the jobs back for a day
    #[arg(long)]
    fix_failed: bool,
}

impl Diagnose {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let mut findings = look(desk);
        findings.push(match self.fix_failed {
            true => fix(desk)?,
            false => what_fixing_does(&findings),
        });
        let errors = match self.logs {
            true => logging::look(&desk.config.data_dir.join("logs"))?,
            false => Vec::new(),
        };
        match desk.shape {
            Shape::Json => {
                let logs: Vec<_> = errors
                    .iter()
                    .map(|it| json!({ "name": it.name, "bytes": it.bytes, "errors": it.errors }))
                    .collect();
                desk.json(&json!({ "findings": findings, "logs": logs }))?;
            }
            Shape::Table => {
                self.print(desk.out, &findings)?;
                for log in errors.iter().filter(|it| !it.errors.is_empty()) {
                    writeln!(desk.out, "\n{}", log.name)?;
                    for line in &log.errors {
                        writeln!(desk.out, "  {line}")?;
                    }
                }
            }
        }
        let urgent = findings.iter().filter(|it| it.severity == Some(Severity::Error)).count();
        let what = if urgent == 1 { "thing is" } else { "things are" };
        ensure!(urgent == 0, "{urgent} {what} urgent: see what is marked !!, and what to do");
        Ok(())
    }

    fn print(&self, out: &mut dyn Write, findings: &[Finding]) -> anyhow::Result<()> {
        for (nth, section) in Section::ALL.iter().enumerate() {
            writeln!(out, "{}{}. {section}", if nth == 0 { "" } else { "\n" }, nth + 1)?;
            let is_told = |it: &&Finding| self.detailed || !it.is_detail;
            for finding in findings.iter().filter(|it| it.section == *section).filter(is_told) {
                print_finding(out, finding)?;
            }
        }
        Ok(())
    }
}

fn print_finding(out: &mut dyn Write, finding: &Finding) -> anyhow::Result<()> {
    const INDENT: usize = 5;
    let mark = match finding.severity {
        None => "ok",
        Some(Severity::Warning) => " !",
        Some(Severity::Error) => "!!",
    };
    write!(out, "  {mark} ")?;
    print_wrapped(out, INDENT, &finding.text)?;
    for (word, text) in [("means: ", &finding.impact), ("do: ", &finding.advice)] {
        if !text.is_empty() {
            write!(out, "{:INDENT$}{word}", "")?;
            print_wrapped(out, INDENT + word.len(), text)?;
        }
    }
    Ok(())
}

fn look(desk: &Desk<'_>) -> Vec<Finding> {
    let disk = Disk::of(&desk.config.data_dir);
    let around = Surroundings { disk, ..Surroundings::default() };
    let found = status(desk.store, desk.config, &around).map_err(anyhow::Error::from);
    let found = found.and_then(|status| {
        diagnose(&Scope { store: desk.store, config: desk.config, status: &status })
    });
    // A technician needs an answer most where nothing can be read.
    found.unwrap_or_else(|error| vec![unreadable(&error)])
}

fn unreadable(error: &anyhow::Error) -> Finding {
    Finding::bad(
        Section::Database,
        Severity::Error,
        format!("it cannot be read: {error:#}"),
        "Nothing can be said of payments, queues and routers.",
        "Stop the program, keep a copy of the data directory, and restore the last backup.",
    )
}

/// What nobody waits for can be forgotten by a program; the rest needs a person.
fn harmless() -> impl Iterator<Item = Queue> {
    Queue::ALL.iter().copied().filter(|it| !is_critical(*it))
}

fn what_fixing_does(findings: &[Finding]) -> Finding {
    let is_failed = |it: &&Finding| it.section == Section::FailedJobs;
    let is_harmless = |it: &Finding| it.severity == Some(Severity::Warning);
    match findings.iter().filter(is_failed).any(is_harmless) {
        false => Finding::good(Section::AutoFix, "there is nothing that could be mended by itself"),
        true => Finding::good(
            Section::AutoFix,
            "`mlango diagnose --fix-failed` forgets the failed jobs that no customer waits for, \
             and gives every queue new workers",
        ),
    }
}

fn fix(desk: &mut Desk<'_>) -> anyhow::Result<Finding> {
    let before = desk.store.now().engine;
    let forgotten = desk.store.write(|tx| {
        let mut count = 0;
        for queue in harmless() {
            count += by_hand::flush(tx, WHO, Some(queue), None)?.forgotten.len();
        }
        by_hand::order(tx, WHO, Order::Restart, None)?;
        Ok(count)
    })?;
    let jobs = match forgotten {
        0 => "no failed job was to be forgotten".to_owned(),
        1 => "1 failed job was forgotten".to_owned(),
        count => format!("{count} failed jobs were forgotten"),
    };
    if !server::is_running(&desk.config.data_dir) {
        let text = format!("{jobs}; no server runs whose workers could start afresh");
        return Ok(Finding::good(Section::AutoFix, text));
    }
    if desk.shape == Shape::Table {
        desk.warn("waiting for new workers")?;
    }
    Ok(match has_new_workers(desk, before)? {
        true => {
            let text = format!("{jobs}, and every queue has new workers");
            Finding::good(Section::AutoFix, text)
        }
        false => Finding::bad(
            Section::AutoFix,
            Severity::Error,
            format!("{jobs}, but after {} s not every queue has new workers", PATIENCE.as_secs()),
            "The server does not hear what it is told.",
            "Start it again: `systemctl restart mlango`. Nothing is lost by that.",
        ),
    })
}

/// Whether the workers of every queue have begun since `before`.
fn has_new_workers(desk: &Desk<'_>, before: EngineTime) -> anyhow::Result<bool> {
    let until = Instant::now() + PATIENCE;
    loop {
        let workers = desk.store.read(queues::workers)?;
        let mut on_record = workers.iter().filter_map(|it| it.since);
        if on_record.all(|since| before <= since) {
            return Ok(true);
        }
        if until <= Instant::now() {
            return Ok(false);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
