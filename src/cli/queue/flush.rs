//! `mlango queue flush`

use super::{WHO, jobs};
use crate::cli::Desk;
use crate::domain::queue::Queue;
use crate::jobs::by_hand;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Flush {
    /// Only those of this queue
    #[arg(long)]
    queue: Option<Queue>,
    /// Only those that failed more than so many hours ago
    #[arg(long, value_name = "H")]
    hours: Option<u32>,
}

impl Flush {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let older_than = self.hours.map(hours);
        let done = desk.store.write(|tx| by_hand::flush(tx, WHO, self.queue, older_than))?;
        let count = jobs(done.forgotten.len());
        desk.done(&format!("{count} forgotten; `mlango queue undo` brings back"), &done)
    }
}

pub(super) fn hours(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 3600)
}
