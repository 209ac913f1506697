//! Time that operators gave away.

use super::{Result, Tx};
use crate::domain::ids::SubscriptionId;
use crate::domain::time::Timestamp;
use rusqlite::Connection;

/// Notes that `who`, such as `cli`, gave a subscription so many seconds.
pub fn insert(tx: &Tx<'_>, who: &str, id: SubscriptionId, seconds: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO comps (subscription_id, seconds, who, at_ms) VALUES (?1, ?2, ?3, ?4)",
        (id, seconds, who, tx.now.wall),
    )?;
    Ok(())
}

/// How often something was given from `from` to before `until`, and how many seconds in all.
pub fn between(conn: &Connection, from: Timestamp, until: Timestamp) -> Result<(i64, i64)> {
    let given = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(seconds), 0) FROM comps
             WHERE at_ms >= ?1 AND at_ms < ?2",
        )?
        .query_row((from, until), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(given)
}
