//! Keeps old log files small and few.

use crate::domain::queue::Queue;
use crate::job::{Cx, Done, Job, JobError};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// Packs log files that were put aside, and removes what is more than the configuration keeps.
/// Where there is nothing to do it reads a directory, and writes nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateLogs {}

impl Job for RotateLogs {
    const KIND: &'static str = "rotate_logs";
    const QUEUE: Queue = Queue::LogRotation;
    const EPHEMERAL: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some("all".to_owned())
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let packed = cx.world.logs.tend(cx.deadline).context("tend the log files")?;
        if 0 < packed {
            log::info!("{packed} old log files are packed");
        }
        Ok(Done::nothing())
    }
}
