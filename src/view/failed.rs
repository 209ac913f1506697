//! Jobs that were given up, as operators and programs are shown them.

use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::Timestamp;
use crate::store::failed_jobs::FailedJob;
use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Debug, Serialize)]
pub struct FailedView {
    pub id: JobId,
    pub queue: Queue,
    pub kind: String,
    pub args: Value,
    pub error: String,
    pub tries: u32,
    pub failed_at: Timestamp,
    pub tags: Vec<String>,
}

/// Equal failures, as one.
#[derive(Clone, Debug, Serialize)]
pub struct FailedGroup {
    pub count: i64,
    #[serde(flatten)]
    pub newest: FailedView,
}

impl FailedView {
    pub fn new(job: FailedJob) -> anyhow::Result<FailedView> {
        let id = job.id;
        let args = serde_json::from_str(&job.args);
        let tags = job.tags.as_deref().map(serde_json::from_str).transpose();
        Ok(FailedView {
            id,
            queue: job.queue,
            kind: job.kind,
            args: args.with_context(|| format!("the args of job {id} are not JSON"))?,
            error: job.error,
            tries: job.tries,
            failed_at: job.failed_at,
            tags: tags
                .with_context(|| format!("the tags of job {id} are not JSON"))?
                .unwrap_or_default(),
        })
    }
}

impl FailedGroup {
    pub fn new(newest: FailedJob, count: i64) -> anyhow::Result<FailedGroup> {
        Ok(FailedGroup { count, newest: FailedView::new(newest)? })
    }
}
