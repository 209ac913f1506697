//! `mlango queue forget`

use super::{WHO, jobs, refuse_missing};
use crate::cli::Desk;
use crate::domain::ids::JobId;
use crate::jobs::by_hand;
use clap::Args;

#[derive(Debug, Args)]
pub struct Forget {
    /// Their numbers
    #[arg(value_name = "ID", required = true)]
    jobs: Vec<JobId>,
}

impl Forget {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let done = desk.store.write(|tx| by_hand::forget(tx, WHO, &self.jobs))?;
        let count = jobs(done.forgotten.len());
        desk.done(&format!("{count} forgotten; `mlango queue undo` brings back"), &done)?;
        refuse_missing(&done.missing)
    }
}
