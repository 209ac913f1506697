//! `mlango queue push`

use super::WHO;
use crate::cli::Desk;
use crate::domain::Invalid;
use crate::domain::queue::Queue;
use crate::domain::time::{Timestamp, parse_moment, parse_span};
use crate::job::JobKind;
use crate::jobs::by_hand::{self, PushError, Wanted};
use anyhow::Context as _;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Push {
    /// What kind of job
    #[arg(value_parser = parse_kind)]
    kind: Kind,
    /// What it is about, as a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    args: String,
    /// Another queue than its own
    #[arg(long)]
    queue: Option<Queue>,
    /// Not before so much time has passed, e.g. 10m
    #[arg(long, value_name = "SPAN", value_parser = parse_span, conflicts_with = "at")]
    delay: Option<Duration>,
    /// Not before then: RFC 3339, or `YYYY-MM-DD HH:MM` in East Africa. It waits for a clock that
    /// was set
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Kind(&'static JobKind);

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.kind)
    }
}

fn parse_kind(word: &str) -> Result<Kind, Invalid> {
    by_hand::parse_kind(word).map(Kind)
}

impl Push {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let wanted = Wanted {
            kind: self.kind.0,
            args: &self.args,
            queue: self.queue,
            delay: self.delay.unwrap_or_default(),
            not_before: self.at,
        };
        let pushed = match by_hand::push(desk.store, WHO, &wanted) {
            Err(error @ PushError::Args { .. }) => {
                Err(error).context("give it --args as the manual shows")?
            }
            other => other?,
        };
        let by_hand::Pushed { id, queue, .. } = pushed;
        let sentence = format!("job {id} is in {queue}; `mlango queue show {id}` tells of it");
        desk.done(&sentence, &pushed)
    }
}
