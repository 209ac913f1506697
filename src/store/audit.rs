//! Who did what by hand.

use super::timeline::Moment;
use super::{Result, Tx};
use rusqlite::Connection;

/// Notes an action of `who`, such as `cli`, about e.g. `payment:17`.
pub fn insert(tx: &Tx<'_>, who: &str, what: &str, about: Option<&str>, detail: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO audit (who, what, about, detail, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (who, what, about, detail, tx.now.wall),
    )?;
    Ok(())
}

/// Whether `who` ever did `what` about this.
pub fn has(conn: &Connection, who: &str, what: &str, about: &str) -> Result<bool> {
    let has = conn
        .prepare_cached(
            "SELECT EXISTS (
               SELECT 1 FROM audit WHERE about = ?3 AND who = ?1 AND what = ?2)",
        )?
        .query_row((who, what, about), |row| row.get(0))?;
    Ok(has)
}

/// How often `what` was done about e.g. `payment:17`.
pub fn count(conn: &Connection, what: &str, about: &str) -> Result<i64> {
    let count = conn
        .prepare_cached("SELECT count(*) FROM audit WHERE about = ?1 AND what = ?2")?
        .query_row((about, what), |row| row.get(0))?;
    Ok(count)
}

/// What was done last by hand, the latest first.
pub fn latest(conn: &Connection, limit: u32) -> Result<Vec<Moment>> {
    let mut statement = conn.prepare_cached(
        "SELECT at_ms, format('%s by %s', what, who),
                format('%s %s', coalesce(about, ''), detail)
         FROM audit ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], |row| {
        Ok(Moment { at: row.get(0)?, what: row.get(1)?, detail: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
