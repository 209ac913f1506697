//! Devices online, as routers and RADIUS report them.

use super::Result;
use crate::domain::ids::SubscriptionId;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

/// How a session ended that we ended ourselves.
pub const KICKED: &str = "kicked";

/// One device's time online.
#[derive(Clone, Debug)]
pub struct Session {
    pub started_at: Timestamp,
    /// `None` while it is online.
    pub ended_at: Option<Timestamp>,
    pub why_ended: Option<String>,
}

/// The session to speak of: one that is online, or else the last one.
pub fn latest_of(conn: &Connection, id: SubscriptionId) -> Result<Option<Session>> {
    let session = conn
        .prepare_cached(
            "SELECT started_at_ms, ended_at_ms, why_ended FROM sessions
             WHERE id = coalesce(
               (SELECT max(id) FROM sessions WHERE subscription_id = ?1 AND ended_at_ms IS NULL),
               (SELECT max(id) FROM sessions WHERE subscription_id = ?1))",
        )?
        .query_row([id], |row| {
            let (started_at, ended_at, why_ended) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Session { started_at, ended_at, why_ended })
        })
        .optional()?;
    Ok(session)
}

/// How many devices of one subscription are online.
pub fn online_of(conn: &Connection, id: SubscriptionId) -> Result<i64> {
    let sql = "SELECT count(*) FROM sessions WHERE subscription_id = ?1 AND ended_at_ms IS NULL";
    Ok(conn.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
}
