//! `mlango queue`: work that is owed, and work that failed.

mod export;
mod failed;
mod flush;
mod forget;
mod import;
mod monitor;
mod order;
mod prune_failed;
mod push;
mod retry;
mod show;
mod undo;
mod work;
mod workers;

pub use work::Work;

use super::{Task, inside};
use crate::jobs::by_hand::Order;
use clap::Subcommand;

/// How the audit calls whoever uses the command line.
const WHO: &str = "cli";

#[derive(Debug, Subcommand)]
pub enum Queue {
    /// Show the jobs that were given up, the newest first
    Failed(failed::Failed),
    /// Put failed jobs back into their queues
    Retry(retry::Retry),
    /// Take failed jobs away; `undo` brings them back for a day
    Forget(forget::Forget),
    /// Take all failed jobs away; `undo` brings them back for a day
    Flush(flush::Flush),
    /// Bring back what was forgotten or flushed in the last 24 hours
    Undo(undo::Undo),
    /// Remove old failed jobs for good
    PruneFailed(prune_failed::PruneFailed),
    /// Show how each queue does; ends with 1 if one is too long
    Monitor(monitor::Monitor),
    /// Have workers leave a queue alone, or all: what runs ends, nothing new begins
    Pause(order::Target),
    /// Let a paused queue go on, or all
    Resume(order::Target),
    /// Give a queue new workers with the settings that the configuration has now, or all
    Restart(order::Target),
    /// Say what became of a job, and why it is not running
    Show(show::Show),
    /// Add a job by hand
    Push(push::Push),
    /// Write jobs to a file, to be imported here again or on another box
    Export(export::Export),
    /// Take in the jobs of a file that `export` wrote; those that are here already are left alone
    Import(import::Import),
    /// Work in the foreground, when no server runs
    Work(Work),
    /// Show who works, and on what
    Workers(workers::Workers),
}

impl Queue {
    pub(super) fn task(self) -> Task {
        match self {
            Queue::Failed(it) => inside(move |desk| it.run(desk)),
            Queue::Retry(it) => inside(move |desk| it.run(desk)),
            Queue::Forget(it) => inside(move |desk| it.run(desk)),
            Queue::Flush(it) => inside(move |desk| it.run(desk)),
            Queue::Undo(it) => inside(move |desk| it.run(desk)),
            Queue::PruneFailed(it) => inside(move |desk| it.run(desk)),
            Queue::Monitor(it) => inside(move |desk| it.run(desk)),
            Queue::Pause(it) => inside(move |desk| it.run(desk, Order::Pause)),
            Queue::Resume(it) => inside(move |desk| it.run(desk, Order::Resume)),
            Queue::Restart(it) => inside(move |desk| it.run(desk, Order::Restart)),
            Queue::Show(it) => inside(move |desk| it.run(desk)),
            Queue::Push(it) => inside(move |desk| it.run(desk)),
            Queue::Export(it) => inside(move |desk| it.run(desk)),
            Queue::Import(it) => inside(move |desk| it.run(desk)),
            Queue::Work(it) => Task::Work(it),
            Queue::Workers(it) => inside(move |desk| it.run(desk)),
        }
    }
}

/// `1 job`, `2 jobs`
fn jobs(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}

/// What is left to be said of jobs that were named and are not there.
fn refuse_missing(missing: &[impl ToString]) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let (word, are) = if missing.len() == 1 { ("job", "is") } else { ("jobs", "are") };
    anyhow::bail!(
        "{word} {} {are} not among the failed; `mlango queue failed` lists those that are",
        names.join(", ")
    )
}
