//! `mlango queue retry`

use super::{WHO, jobs, refuse_missing};
use crate::cli::Desk;
use crate::domain::Invalid;
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::parse_span;
use crate::jobs::by_hand::{self, Chosen, Narrowed, parse_range};
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Retry {
    /// Their numbers, or `all`
    #[arg(value_name = "ID|all", value_parser = parse_wanted,
          required_unless_present_any = ["queue", "range", "since"])]
    jobs: Vec<Wanted>,
    /// Only those of this queue
    #[arg(long)]
    queue: Option<Queue>,
    /// Only those with numbers from A to B
    #[arg(long, value_name = "A-B", value_parser = parse_range)]
    range: Option<(JobId, JobId)>,
    /// Only those that failed so long ago at most, e.g. 1h
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    since: Option<Duration>,
}

/// One word of those that say which.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    One(JobId),
    All,
}

fn parse_wanted(word: &str) -> Result<Wanted, Invalid> {
    match (word, word.parse()) {
        ("all", _) => Ok(Wanted::All),
        (_, Ok(id)) => Ok(Wanted::One(id)),
        _ => Err(Invalid(format!("{word:?} is neither the number of a job nor \"all\""))),
    }
}

impl Retry {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let narrowed = Narrowed { queue: self.queue, range: self.range, since: self.since };
        let chosen = self.chosen();
        let done = desk.store.write(|tx| by_hand::retry(tx, WHO, &chosen, &narrowed))?;
        let mut sentence = format!("{} to be tried again", jobs(done.retried.len()));
        if 0 < done.quarantined {
            sentence += &format!(
                "; left in quarantine for crashing the box: {} (`mlango queue retry ID` tries \
                 one again)",
                jobs(done.quarantined)
            );
        }
        desk.done(&sentence, &done)?;
        refuse_missing(&done.missing)
    }

    fn chosen(&self) -> Chosen {
        let mut ids = Vec::new();
        for wanted in &self.jobs {
            match wanted {
                Wanted::One(id) => ids.push(*id),
                Wanted::All => return Chosen::All,
            }
        }
        if ids.is_empty() { Chosen::All } else { Chosen::These(ids) }
    }
}
