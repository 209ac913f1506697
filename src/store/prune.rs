//! What is only a record goes after a while, a slice at a time.

use super::{Result, Tx, accounting, failed_jobs};
use crate::domain::time::Timestamp;

/// So many rows of a table at once.
const SLICE: u32 = 500;
/// So many runs of jobs are remembered at most.
const HISTORY_ROWS: u32 = 100_000;
const DAY_MS: i64 = 86_400_000;
const HISTORY_DAYS: i64 = 14;
const EVENT_DAYS: i64 = 30;
const BATCH_DAYS: i64 = 30;
/// What a customer may still ask about.
const SESSION_DAYS: i64 = 90;

/// Removes a slice of what is old: runs of jobs, events, ended batches, and failed jobs that were
/// forgotten. True if there may be more. By age only while the wall clock is trusted.
pub fn prune(tx: &Tx<'_>) -> Result<bool> {
    failed_jobs::purge(tx)?;
    let mut is_full = surplus(tx)?;
    if let Some(wall) = tx.now.trusted_wall() {
        let before = |days: i64| Timestamp(wall.0 - days * DAY_MS);
        let soon = Timestamp(wall.0 + DAY_MS);
        is_full |= aged(tx, "job_history", "ended_at_ms", before(HISTORY_DAYS), soon)?;
        is_full |= aged(tx, "events", "at_ms", before(EVENT_DAYS), soon)?;
        is_full |= batches(tx, before(BATCH_DAYS))?;
        is_full |= accounting::prune(tx, before(SESSION_DAYS), SLICE)?;
    }
    Ok(is_full)
}

fn surplus(tx: &Tx<'_>) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "DELETE FROM job_history WHERE id IN (
               SELECT id FROM job_history
               WHERE id <= (SELECT id FROM job_history ORDER BY id DESC LIMIT 1 OFFSET ?1)
               ORDER BY id LIMIT ?2)",
        )?
        .execute((HISTORY_ROWS, SLICE))?;
    Ok(is_slice(rows))
}

/// Removes from the first row on up to the first that is young. Rows go in the order they were
/// written, so one whose clock was wrong goes with its neighbours.
fn aged(tx: &Tx<'_>, table: &str, at: &str, before: Timestamp, soon: Timestamp) -> Result<bool> {
    let first = format!("SELECT id, {at} AS at FROM {table} ORDER BY id LIMIT ?1");
    let rows = tx
        .prepare_cached(&format!(
            "WITH first AS MATERIALIZED ({first})
             DELETE FROM {table} WHERE id IN (
               SELECT id FROM first
               WHERE id < coalesce((SELECT min(id) FROM first WHERE at BETWEEN ?2 AND ?3),
                                   9223372036854775807))"
        ))?
        .execute((SLICE, before, soon))?;
    Ok(is_slice(rows))
}

/// One that a failed job may still be retried in stays.
fn batches(tx: &Tx<'_>, before: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "DELETE FROM job_batches WHERE id IN (
               SELECT id FROM job_batches
               WHERE ended_at_ms < ?1
                 AND id NOT IN (SELECT batch_id FROM failed_jobs WHERE batch_id IS NOT NULL)
                 AND id NOT IN (SELECT batch_id FROM jobs WHERE batch_id IS NOT NULL)
               ORDER BY id LIMIT ?2)",
        )?
        .execute((before, SLICE))?;
    Ok(is_slice(rows))
}

fn is_slice(rows: usize) -> bool {
    u32::try_from(rows).is_ok_and(|it| it == SLICE)
}
