//! `mlango queue prune-failed`

use super::flush::hours;
use super::{WHO, jobs};
use crate::cli::Desk;
use crate::jobs::by_hand;
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub struct PruneFailed {
    /// Those that failed more than so many hours ago
    #[arg(long, value_name = "H")]
    hours: u32,
}

impl PruneFailed {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let older_than = hours(self.hours);
        let count = desk.store.write(|tx| by_hand::prune_failed(tx, WHO, older_than))?;
        desk.done(&format!("{} removed for good", jobs(count)), &json!({ "pruned": count }))
    }
}
