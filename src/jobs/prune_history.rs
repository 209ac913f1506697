//! Keeps what is only a record from filling the disk.

use crate::domain::queue::Queue;
use crate::job::{Cx, Done, Job, JobError};
use crate::store::prune;
use serde::{Deserialize, Serialize};

/// Removes old records, a slice at a time: as long as there is more it owes itself again, so that
/// no payment waits behind a long write. Callbacks, payments and audit rows are never removed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PruneHistory {}

impl Job for PruneHistory {
    const KIND: &'static str = "prune_history";
    const QUEUE: Queue = Queue::Default;
    const PRIORITY: u8 = 5;

    fn unique_key(&self) -> Option<String> {
        Some("all".to_owned())
    }

    fn run(&self, _cx: &Cx) -> Result<Done, JobError> {
        Ok(Done::writing(|tx| {
            if prune::prune(tx)? {
                PruneHistory {}.enqueue(tx)?;
            }
            Ok(())
        }))
    }
}
