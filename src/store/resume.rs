//! Where engine time goes on from. It counts the time this box has been at work, over all its
//! starts, and is the same in every process of one boot: the server's and a command's beside it.

use super::Result;
use crate::domain::time::{EngineTime, Now, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

/// The running kernel, by `/proc/sys/kernel/random/boot_id` and `CLOCK_BOOTTIME`.
#[derive(Clone, Debug)]
pub struct Boot {
    pub id: String,
    pub uptime_ms: i64,
}

/// What a clock starts from.
#[derive(Clone, Copy, Debug)]
pub struct ClockBase {
    /// The engine time that belongs to [`Boot::uptime_ms`].
    pub engine: EngineTime,
    /// The last wall time that was believed.
    pub trusted_wall: Option<Timestamp>,
    /// What another boot would go on from, as long as nothing is saved.
    pub(super) saved: EngineTime,
}

/// Finds engine time again: by the kernel's own steady clock in a boot we know, and in a new one
/// at the latest moment that any row tells of. Time without power does not count.
pub(super) fn resume(conn: &mut Connection, boot: &Boot) -> Result<ClockBase> {
    let known: Option<i64> = conn
        .query_row("SELECT boot_offset_ms FROM meta WHERE boot_id = ?1", [&boot.id], |row| {
            row.get(0)
        })
        .optional()?;
    let engine = match known {
        Some(offset) => EngineTime(boot.uptime_ms + offset),
        None => first_of_a_boot(conn, boot)?,
    };
    let sql = "SELECT trusted_wall_at_ms, engine_ms FROM meta";
    let (trusted_wall, saved) = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(ClockBase { engine, trusted_wall, saved })
}

fn first_of_a_boot(conn: &mut Connection, boot: &Boot) -> Result<EngineTime> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let latest: i64 = tx.query_row(
        "SELECT max(engine_ms,
                    coalesce((SELECT max(started_engine_ms) FROM jobs WHERE state = 'running'), 0),
                    coalesce((SELECT received_engine_ms FROM callbacks
                              ORDER BY id DESC LIMIT 1), 0),
                    coalesce((SELECT created_engine_ms FROM payments ORDER BY id DESC LIMIT 1), 0))
         FROM meta",
        [],
        |row| row.get(0),
    )?;
    tx.execute(
        "UPDATE meta SET engine_ms = ?1, boot_id = ?2, boot_offset_ms = ?1 - ?3",
        (latest, &boot.id, boot.uptime_ms),
    )?;
    tx.commit()?;
    Ok(EngineTime(latest))
}

pub(super) fn save(conn: &Connection, now: Now) -> Result<()> {
    conn.prepare_cached(
        "UPDATE meta SET engine_ms = ?1, trusted_wall_at_ms = coalesce(?2, trusted_wall_at_ms)",
    )?
    .execute((now.engine, now.trusted_wall()))?;
    Ok(())
}
