//! What FreeRADIUS knows of sessions (`radacct`), and what the box has made of it.
//!
//! FreeRADIUS writes rows in place. Triggers note which in `rad_changes`, so a look costs as much
//! as has changed, and nothing at all where nothing has.

use super::{Result, Tx};
use crate::domain::ids::{AccountId, RouterId, SessionId, SubscriptionId};
use crate::domain::time::{EngineTime, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use std::net::Ipv4Addr;

/// One session as its router reported it.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    /// As the router sent it; a stranger's may be anything.
    pub username: String,
    /// The router's own name for the session.
    pub session_id: String,
    /// What the router calls itself, and where its packets come from.
    pub nas: Option<Ipv4Addr>,
    pub source: Option<Ipv4Addr>,
    /// The customer's.
    pub address: Option<Ipv4Addr>,
    /// Its MAC address, as the router writes it.
    pub device: String,
    /// Seconds since 1970.
    pub started: i64,
    pub stopped: Option<i64>,
    pub seconds: i64,
    /// Both directions together.
    pub bytes: i64,
    pub cause: String,
    /// `None` the first time.
    pub counted: Option<Counted>,
}

/// What was made of a session so far.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub subscription_id: SubscriptionId,
    pub session_id: SessionId,
    pub bytes: i64,
    pub revision: u32,
    pub is_open: bool,
}

/// A router that reports 64 bits full of bytes must not stop the count for all: beyond its integers
/// SQLite goes on with floats.
const COLUMNS: &str = "a.radacctid, a.username, a.acctsessionid, a.nasipaddress,
     a.connectinfo_start, a.framedipaddress, a.callingstationid, coalesce(a.acctstarttime, 0)
     AS started, a.acctstoptime, coalesce(a.acctsessiontime, 0) AS seconds,
     max(0, min(1 << 60, coalesce(a.acctinputoctets, 0) + coalesce(a.acctoutputoctets, 0)))
     AS octets,
     a.acctterminatecause, c.subscription_id, c.session_id, c.bytes, c.revision, c.is_open";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    let address = |column: &str| -> rusqlite::Result<Option<Ipv4Addr>> {
        let text: Option<String> = row.get(column)?;
        Ok(text.and_then(|it| it.parse().ok()))
    };
    let counted = match row.get("subscription_id")? {
        None => None,
        Some(subscription_id) => Some(Counted {
            subscription_id,
            session_id: row.get("session_id")?,
            bytes: row.get("bytes")?,
            revision: row.get("revision")?,
            is_open: row.get("is_open")?,
        }),
    };
    Ok(Account {
        id: row.get("radacctid")?,
        username: row.get("username")?,
        session_id: row.get("acctsessionid")?,
        nas: address("nasipaddress")?,
        source: address("connectinfo_start")?,
        address: address("framedipaddress")?,
        device: row.get("callingstationid")?,
        started: row.get("started")?,
        stopped: row.get("acctstoptime")?,
        seconds: row.get("seconds")?,
        bytes: row.get("octets")?,
        cause: row.get("acctterminatecause")?,
        counted,
    })
}

/// Some of those that FreeRADIUS has written since they were counted, the oldest first.
pub fn changed(conn: &Connection, limit: u32) -> Result<Vec<Account>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM rad_changes AS n
         JOIN radacct AS a USING (radacctid) LEFT JOIN rad_counted AS c USING (radacctid)
         ORDER BY n.radacctid LIMIT ?1"
    ))?;
    let rows = statement.query_map([limit], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether FreeRADIUS has written anything that was not counted.
pub fn is_changed(conn: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rad_changes)";
    Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

pub fn find(conn: &Connection, id: AccountId) -> Result<Option<Account>> {
    let account = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM radacct AS a LEFT JOIN rad_counted AS c USING (radacctid)
             WHERE a.radacctid = ?1"
        ))?
        .query_row([id], from_row)
        .optional()?;
    Ok(account)
}

/// Sessions under a username whose end nobody has reported.
pub fn open_under(conn: &Connection, username: &str) -> Result<Vec<Account>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM radacct AS a LEFT JOIN rad_counted AS c USING (radacctid)
         WHERE a.username = ?1 AND a.acctstoptime IS NULL
         ORDER BY a.radacctid"
    ))?;
    let rows = statement.query_map([username], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The latest sessions under a username, open or not.
pub fn latest_under(conn: &Connection, username: &str, count: u32) -> Result<Vec<Account>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM radacct AS a LEFT JOIN rad_counted AS c USING (radacctid)
         WHERE a.username = ?1 ORDER BY a.radacctid DESC LIMIT ?2"
    ))?;
    let rows = statement.query_map((username, count), from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Open sessions whose subscription has been bought again since their router was told of limits.
pub fn outdated(conn: &Connection, limit: u32) -> Result<Vec<Account>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM rad_counted AS c JOIN radacct AS a USING (radacctid)
         JOIN subscriptions AS s ON s.id = c.subscription_id
         WHERE c.is_open = 1 AND s.state = 'active' AND s.revision <> c.revision LIMIT ?1"
    ))?;
    let rows = statement.query_map([limit], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what was made of an account, and that it is not to be looked at again for that.
pub fn set_counted(tx: &Tx<'_>, id: AccountId, counted: &Counted) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO rad_counted (radacctid, subscription_id, session_id, bytes, revision,
                                  heard_engine_ms, is_open)
         VALUES (:id, :subscription, :session, :bytes, :revision, :now, :is_open)
         ON CONFLICT DO UPDATE SET bytes = :bytes, revision = :revision, heard_engine_ms = :now,
                                   is_open = :is_open",
    )?
    .execute(named_params! {
        ":id": id, ":subscription": counted.subscription_id, ":session": counted.session_id,
        ":bytes": counted.bytes, ":revision": counted.revision, ":now": tx.now.engine,
        ":is_open": counted.is_open,
    })?;
    seen(tx, id)
}

/// Notes which limits the session's router has been told of.
pub fn set_revision(tx: &Tx<'_>, id: AccountId, revision: u32) -> Result<()> {
    tx.prepare_cached("UPDATE rad_counted SET revision = ?2 WHERE radacctid = ?1")?
        .execute((id, revision))?;
    Ok(())
}

/// Has nobody look at an account until FreeRADIUS writes it again: it is a stranger's.
pub fn seen(tx: &Tx<'_>, id: AccountId) -> Result<()> {
    tx.prepare_cached("DELETE FROM rad_changes WHERE radacctid = ?1")?.execute([id])?;
    Ok(())
}

/// Open sessions that nobody has heard of since `since`.
pub fn silent(conn: &Connection, since: EngineTime, limit: u32) -> Result<Vec<AccountId>> {
    let mut statement = conn.prepare_cached(
        "SELECT radacctid FROM rad_counted WHERE is_open = 1 AND heard_engine_ms < ?1
         ORDER BY heard_engine_ms LIMIT ?2",
    )?;
    let rows = statement.query_map((since, limit), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends a session whose router will not: `cause` is a word of RFC 2866, section 5.10. Should it
/// be heard of again, FreeRADIUS opens it anew. The box sees this as a change.
pub fn close(tx: &Tx<'_>, id: AccountId, cause: &str) -> Result<()> {
    tx.prepare_cached(
        "UPDATE radacct SET acctstoptime = acctstarttime + coalesce(acctsessiontime, 0),
                            acctterminatecause = ?2
         WHERE radacctid = ?1 AND acctstoptime IS NULL",
    )?
    .execute((id, cause))?;
    Ok(())
}

/// Where a router's RADIUS packets come from, if `source` or `nas` is one we know.
pub fn router_of(conn: &Connection, account: &Account) -> Result<Option<RouterId>> {
    for address in [account.source, account.nas].into_iter().flatten() {
        let found = conn
            .prepare_cached("SELECT id FROM routers WHERE nas_ip = ?1 ORDER BY id LIMIT 1")?
            .query_row([address.to_string()], |row| row.get(0))
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Removes a slice of the sessions that ended before `before`, and of what routers reported of
/// them. What they used stays counted. True if there may be more.
pub(super) fn prune(tx: &Tx<'_>, before: Timestamp, limit: u32) -> Result<bool> {
    let old: Vec<AccountId> = tx
        .prepare_cached(
            "SELECT radacctid FROM radacct
             WHERE acctstoptime < ?1 AND acctupdatetime < ?1
               AND radacctid NOT IN (SELECT radacctid FROM rad_changes)
             ORDER BY radacctid LIMIT ?2",
        )?
        .query_map((before.unix_seconds(), limit), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in &old {
        tx.prepare_cached("DELETE FROM rad_counted WHERE radacctid = ?1")?.execute([id])?;
        tx.prepare_cached("DELETE FROM radacct WHERE radacctid = ?1")?.execute([id])?;
    }
    let sessions = tx
        .prepare_cached(
            "DELETE FROM sessions WHERE id IN (
               SELECT id FROM sessions WHERE ended_at_ms < ?1
                 AND id NOT IN (SELECT session_id FROM rad_counted) ORDER BY id LIMIT ?2)",
        )?
        .execute((before, limit))?;
    let is_full = |count: usize| u32::try_from(count).is_ok_and(|it| it == limit);
    Ok(is_full(old.len()) || is_full(sessions))
}
