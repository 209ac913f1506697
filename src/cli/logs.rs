//! `mlango logs`: what was logged last, and what is logged now.

use super::print::{self, json};
use super::{Outside, Shape};
use crate::domain::queue::Queue;
use crate::logging::{Follower, last_lines, log_file};
use crate::mpesa::printable;
use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Logs {
    /// Whose; without one, what belongs to no queue
    queue: Option<Queue>,
    /// Go on as more is logged, until interrupted; with --json a line each
    #[arg(short, long)]
    follow: bool,
    /// So many lines back, into what was put aside and packed
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    lines: usize,
}

/// A line, taken apart.
#[derive(Serialize)]
struct Line<'l> {
    /// `None` if the line is none of ours.
    at: Option<&'l str>,
    /// Whether the clock was, when that was written.
    trusted: bool,
    level: Option<&'l str>,
    text: &'l str,
}

impl Logs {
    pub fn run(&self, outside: &mut Outside<'_>) -> anyhow::Result<()> {
        let directory = outside.config.data_dir.join("logs");
        let path = log_file(&directory, self.queue);
        let name = path.display();
        let (lines, end) = last_lines(&path, self.lines).with_context(|| format!("read {name}"))?;
        if lines.is_empty() && !(self.follow && directory.is_dir()) {
            if outside.shape == Shape::Json {
                return json(outside.out, &[(); 0]);
            }
            bail!("nothing is logged in {name} yet; `mlango serve` and `mlango queue work` do");
        }
        match outside.shape {
            Shape::Json if !self.follow => {
                let lines: Vec<_> = lines.iter().map(|it| parsed(it)).collect();
                return json(outside.out, &lines);
            }
            _ => say(outside, &lines)?,
        }
        if !self.follow {
            return Ok(());
        }
        let mut follower = Follower::new(&path, end).with_context(|| format!("follow {name}"))?;
        loop {
            outside.out.flush()?;
            let lines = follower.next_lines().with_context(|| format!("follow {name}"))?;
            say(outside, &lines)?;
        }
    }
}

fn say(outside: &mut Outside<'_>, lines: &[String]) -> anyhow::Result<()> {
    for line in lines {
        match outside.shape {
            Shape::Json => print::json(outside.out, &parsed(line))?,
            Shape::Table => writeln!(outside.out, "{}", printable(line))?,
        }
    }
    Ok(())
}

/// `2026-11-22T11:05:09Z INFO message`, with a `~` in front while the clock is not trusted.
fn parsed(line: &str) -> Line<'_> {
    let stamp = line.strip_prefix('~').unwrap_or(line);
    let mut parts = stamp.splitn(3, ' ');
    let (at, level, text) = (parts.next(), parts.next(), parts.next());
    let levels = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
    match (at, level, text) {
        (Some(at), Some(level), Some(text)) if levels.contains(&level) => {
            Line { at: Some(at), trusted: !line.starts_with('~'), level: Some(level), text }
        }
        _ => Line { at: None, trusted: false, level: None, text: line },
    }
}
