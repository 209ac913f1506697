//! `mlango queue push`

use super::WHO;
use crate::cli::Desk;
use crate::domain::Invalid;
use crate::domain::queue::Queue;
use crate::domain::time::{Timestamp, parse_moment, parse_span};
use crate::job::JobKind;
use crate::jobs::KINDS;
use crate::store::audit;
use crate::store::outbox::{self, NewJob};
use anyhow::Context as _;
use clap::Args;
use serde_json::json;
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
    /// Not before then: RFC 3339, or `YYYY-MM-DD HH:MM` in East Africa
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
    KINDS.iter().find(|it| it.kind == word).map(Kind).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|it| it.kind).collect();
        Invalid(format!("{word:?} is not one of {}", known.join(", ")))
    })
}

impl Push {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let kind = self.kind.0;
        let job = (kind.check)(&self.args).with_context(|| {
            format!(
                "{} is not what a job of kind {} is about; give it --args as the manual shows",
                self.args, kind.kind
            )
        })?;
        let delay = self.delay.unwrap_or_default();
        // Whoever pushes a job by hand wants it, even beside one that does the same.
        let queue = self.queue.unwrap_or(job.queue);
        let job = NewJob { queue, unique_key: None, delay, not_before: self.at, ..job };
        let id = desk.store.write(|tx| {
            let id = outbox::insert(tx, &job)?;
            let about = id.map(|it| format!("job:{it}"));
            audit::insert(tx, WHO, "queue push", about.as_deref(), kind.kind)?;
            Ok(id)
        })?;
        let id = id.context("the job was not taken; try once more")?;
        let sentence = format!("job {id} is in {queue}; `mlango queue show {id}` tells of it");
        desk.done(&sentence, &json!({ "id": id, "queue": queue, "kind": kind.kind }))
    }
}
