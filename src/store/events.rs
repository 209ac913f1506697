//! What happened, for those who watch. A row is written in the transaction of the fact.

use super::{Result, Tx};
use crate::domain::text_enum;
use rusqlite::Connection;

text_enum! {
    pub enum EventName {
        PaymentProcessed = "payment.processed",
        PaymentFailed = "payment.failed",
        UserProvisioned = "user.provisioned",
        ProvisioningFailed = "provisioning.failed",
        RouterUp = "router.up",
        RouterDown = "router.down",
        SessionExpired = "session.expired",
        JobFailed = "job.failed",
    }
}

/// Adds an event. `body` holds no password, but eight stars where one would stand.
pub fn insert(tx: &Tx<'_>, name: EventName, body: &impl serde::Serialize) -> Result<()> {
    tx.prepare_cached("INSERT INTO events (name, body, at_ms) VALUES (?1, ?2, ?3)")?.execute((
        name,
        serde_json::to_string(body)?,
        tx.now.wall,
    ))?;
    tx.has_news();
    Ok(())
}

/// One of them, as it was written.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: i64,
    pub name: EventName,
    pub body: String,
}

/// The first `count` after the one that is numbered `last`, in their order.
pub fn after(conn: &Connection, last: i64, count: usize) -> Result<Vec<Event>> {
    let mut statement = conn
        .prepare_cached("SELECT id, name, body FROM events WHERE ?1 < id ORDER BY id LIMIT ?2")?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let rows = statement.query_map((last, count), |row| {
        Ok(Event { id: row.get(0)?, name: row.get(1)?, body: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The number of the latest there ever was; zero before the first.
pub fn last_id(conn: &Connection) -> Result<i64> {
    let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
