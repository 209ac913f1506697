//! Devices online, as routers and RADIUS report them.

use super::{Result, Tx};
use crate::domain::ids::{RouterId, SessionId, SubscriptionId};
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

/// A device that came online.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    pub subscription_id: SubscriptionId,
    pub router_id: Option<RouterId>,
    /// As a router writes it.
    pub mac: &'a str,
    pub started_at: Timestamp,
}

/// Notes that a device is online. If it was known to be, by whoever told, that is its session.
pub fn begin(tx: &Tx<'_>, new: &NewSession<'_>) -> Result<SessionId> {
    let known = tx
        .prepare_cached(
            "SELECT id FROM sessions
             WHERE subscription_id = ?1 AND router_id IS ?2 AND mac = ?3 AND ended_at_ms IS NULL",
        )?
        .query_row((new.subscription_id, new.router_id, new.mac), |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    tx.prepare_cached(
        "INSERT INTO sessions (subscription_id, router_id, mac, started_at_ms)
         VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((new.subscription_id, new.router_id, new.mac, new.started_at))?;
    Ok(SessionId(tx.last_insert_rowid()))
}

/// Notes that a device is not online any more, or is after all: `ended` says when and why.
pub fn set_ended(tx: &Tx<'_>, id: SessionId, ended: Option<(Timestamp, &str)>) -> Result<()> {
    let (at, why) = ended.unzip();
    tx.prepare_cached(
        "UPDATE sessions SET ended_at_ms = ?2, why_ended = ?3
         WHERE id = ?1 AND (ended_at_ms IS NULL) <> (?2 IS NULL)",
    )?
    .execute((id, at, why))?;
    Ok(())
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

/// A device that is online, as far as was noted.
#[derive(Clone, Debug)]
pub struct Online {
    pub id: SessionId,
    pub subscription_id: SubscriptionId,
    pub mac: String,
}

/// All that are online at one router.
pub fn online_on(conn: &Connection, router_id: RouterId) -> Result<Vec<Online>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, subscription_id, mac FROM sessions INDEXED BY sessions_online
         WHERE router_id = ?1 AND ended_at_ms IS NULL",
    )?;
    let rows = statement.query_map([router_id], |row| {
        Ok(Online { id: row.get(0)?, subscription_id: row.get(1)?, mac: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends all that are online at a router of which nobody will hear any more.
pub(super) fn end_all_on(tx: &Tx<'_>, router_id: RouterId, why: &str) -> Result<()> {
    tx.execute(
        "UPDATE sessions SET ended_at_ms = ?2, why_ended = ?3
         WHERE router_id = ?1 AND ended_at_ms IS NULL",
        (router_id, tx.now.wall, why),
    )?;
    Ok(())
}

/// The routers where devices of one subscription are online.
pub fn routers_of(conn: &Connection, id: SubscriptionId) -> Result<Vec<RouterId>> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT router_id FROM sessions
         WHERE subscription_id = ?1 AND ended_at_ms IS NULL AND router_id IS NOT NULL",
    )?;
    let rows = statement.query_map([id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends all that are online on one router: we have sent them away, and it has confirmed that.
pub fn kick(tx: &Tx<'_>, id: SubscriptionId, router_id: RouterId) -> Result<()> {
    tx.prepare_cached(
        "UPDATE sessions SET ended_at_ms = ?3, why_ended = ?4
         WHERE subscription_id = ?1 AND router_id = ?2 AND ended_at_ms IS NULL",
    )?
    .execute((id, router_id, tx.now.wall, KICKED))?;
    Ok(())
}
