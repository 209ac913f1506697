//! `mlango queue failed`

use crate::cli::Desk;
use crate::cli::print::{Listed, Page};
use crate::cli::table::{Column, number, text};
use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::store::failed_jobs;
use crate::view::failed::{FailedGroup, FailedView};
use clap::Args;
use std::collections::VecDeque;

/// So many are read at a time.
const BATCH: u32 = 200;

#[derive(Debug, Args)]
pub struct Failed {
    /// Only those of one queue
    #[arg(long)]
    queue: Option<Queue>,
    /// Fold equal failures into one line, with a count
    #[arg(long)]
    group: bool,
    #[command(flatten)]
    page: Page,
}

impl Failed {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let none = "no job has failed";
        if self.group {
            let groups = desk.store.read(|conn| failed_jobs::groups(conn, self.queue, u32::MAX))?;
            let groups = groups.into_iter().map(|(job, count)| FailedGroup::new(job, count));
            return desk.list(self.page, none, groups);
        }
        let (store, queue) = (desk.store.clone(), self.queue);
        let mut batch: VecDeque<_> = VecDeque::new();
        let mut oldest: Option<JobId> = None;
        let mut next = move || -> anyhow::Result<Option<FailedView>> {
            if batch.is_empty() {
                batch = store.read(|conn| failed_jobs::page(conn, queue, oldest, BATCH))?.into();
            }
            let Some(next) = batch.pop_front() else { return Ok(None) };
            oldest = Some(next.id);
            FailedView::new(next).map(Some)
        };
        desk.list(self.page, none, std::iter::from_fn(move || next().transpose()))
    }
}

impl Listed for FailedView {
    const COLUMNS: &'static [Column] = &[
        number("ID"),
        text("FAILED"),
        text("QUEUE"),
        text("KIND"),
        text("ARGS"),
        number("TRIES"),
        text("ERROR"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.failed_at.local_short(),
            self.queue.to_string(),
            self.kind.clone(),
            self.args.to_string(),
            self.tries.to_string(),
            self.error.clone(),
        ]
    }
}

impl Listed for FailedGroup {
    const COLUMNS: &'static [Column] = &[
        number("COUNT"),
        text("LAST"),
        number("LAST ID"),
        text("QUEUE"),
        text("KIND"),
        text("ERROR"),
    ];

    fn cells(&self) -> Vec<String> {
        let job = &self.newest;
        vec![
            self.count.to_string(),
            job.failed_at.local_short(),
            job.id.to_string(),
            job.queue.to_string(),
            job.kind.clone(),
            job.error.clone(),
        ]
    }
}
