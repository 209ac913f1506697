//! How runs ended: the rows that timelines and averages are made of.

use super::outbox::Claim;
use super::{Result, Tx};
use crate::domain::text_enum;
use rusqlite::named_params;

text_enum! {
    pub enum RunOutcome {
        Done = "done",
        Retry = "retry",
        Snoozed = "snoozed",
        Parked = "parked",
        Failed = "failed",
    }
}

/// Notes how the run of `claim` ended.
pub fn insert(tx: &Tx<'_>, claim: &Claim, outcome: RunOutcome, error: Option<&str>) -> Result<()> {
    let millis = |span: std::time::Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "INSERT INTO job_history (job_id, queue, kind, run, outcome, about, error, wait_ms,
                                  run_ms, ended_at_ms)
         VALUES (:job_id, :queue, :kind, :run, :outcome, :about, substr(:error, 1, 4096),
                 :wait_ms, :run_ms, :now)",
    )?
    .execute(named_params! {
        ":job_id": claim.id, ":queue": claim.queue, ":kind": claim.kind, ":run": claim.run,
        ":outcome": outcome, ":about": claim.about, ":error": error,
        ":wait_ms": millis(claim.started.since(claim.run_at)),
        ":run_ms": millis(tx.now.engine.since(claim.started)), ":now": tx.now.wall,
    })?;
    Ok(())
}

#[test]
fn the_schema_knows_the_same_words() {
    super::assert_schema_has::<RunOutcome>("outcome", RunOutcome::ALL.iter().map(|it| it.as_str()));
}
