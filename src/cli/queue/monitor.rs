//! `mlango queue monitor`

use crate::cli::print::{json, or_dash};
use crate::cli::table::{Table, number, text};
use crate::cli::{Desk, Shape};
use crate::domain::queue::Queue;
use crate::domain::time::span_text;
use crate::view::queues::{LENGTH_MAX, Monitored, Verdict, monitored};
use anyhow::ensure;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Monitor {
    /// Which queues, with commas between [default: all]
    #[arg(value_name = "Q,Q…", value_delimiter = ',')]
    queues: Vec<Queue>,
    /// More jobs than this ready, delayed and waiting are too many
    #[arg(long, value_name = "N", default_value_t = LENGTH_MAX)]
    max: u32,
}

impl Monitor {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let now = desk.store.now();
        let found =
            desk.store.read(|conn| monitored(conn, desk.config, now, &self.queues, self.max))?;
        match desk.shape {
            Shape::Json => json(desk.out, &found)?,
            Shape::Table => table(&found).print(desk.out)?,
        }
        let long = found.iter().filter(|it| it.status == Verdict::Alert);
        let long: Vec<_> = long.map(|it| it.queue.name.as_str()).collect();
        ensure!(
            long.is_empty(),
            "more than {} jobs wait in {}; `mlango queue workers` shows who works on them",
            self.max,
            long.join(", ")
        );
        Ok(())
    }
}

fn table(queues: &[Monitored]) -> Table {
    let mut table = Table::new(&[
        text("QUEUE"),
        number("READY"),
        number("DELAYED"),
        number("WAITING"),
        number("RUNNING"),
        number("FAILED"),
        number("OLDEST"),
        text("STATUS"),
    ]);
    for Monitored { queue: it, status } in queues {
        let oldest = it.oldest_ready_seconds.map(|it| span_text(Duration::from_secs(it)));
        let name = if it.paused { format!("{} (paused)", it.name) } else { it.name.to_string() };
        table.row([
            name,
            it.ready.to_string(),
            it.delayed.to_string(),
            it.waiting.to_string(),
            it.running.to_string(),
            it.failed.to_string(),
            or_dash(oldest),
            status.as_str().to_owned(),
        ]);
    }
    table
}
