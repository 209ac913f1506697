//! How far each recurring job has come.

use super::{Result, Tx};
use crate::domain::schedule::Mark;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

fn from_row(row: &Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark {
        next_engine: row.get("next_engine_ms")?,
        next_at: row.get("next_at_ms")?,
        last_nominal: row.get("last_nominal_at_ms")?,
    })
}

/// Nothing is known of a schedule that was never looked at.
pub fn get(conn: &Connection, name: &str) -> Result<Mark> {
    let mark = conn
        .prepare_cached("SELECT * FROM schedules WHERE name = ?1")?
        .query_row([name], from_row)
        .optional()?;
    Ok(mark.unwrap_or_default())
}

/// When its job was last owed because its time had come.
pub fn last_enqueued(conn: &Connection, name: &str) -> Result<Option<Timestamp>> {
    let at = conn
        .prepare_cached("SELECT last_enqueued_at_ms FROM schedules WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(at.flatten())
}

/// Notes how far a schedule has come, and whether its job was owed just now.
pub fn put(tx: &Tx<'_>, name: &str, mark: &Mark, enqueued: Option<Timestamp>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO schedules (name, next_engine_ms, next_at_ms, last_nominal_at_ms,
                                last_enqueued_at_ms)
         VALUES (:name, :next_engine, :next_at, :last_nominal, :enqueued)
         ON CONFLICT DO UPDATE SET
           next_engine_ms = :next_engine, next_at_ms = :next_at,
           last_nominal_at_ms = :last_nominal,
           last_enqueued_at_ms = coalesce(:enqueued, last_enqueued_at_ms)",
    )?
    .execute(named_params! {
        ":name": name, ":next_engine": mark.next_engine, ":next_at": mark.next_at,
        ":last_nominal": mark.last_nominal, ":enqueued": enqueued,
    })?;
    Ok(())
}
