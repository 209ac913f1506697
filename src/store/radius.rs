//! FreeRADIUS's tables: what it reads at each login. Rows of a user change together, in the
//! transaction of the subscription that they serve.

use super::{Result, Tx};
use crate::domain::customer::Username;
use rusqlite::Connection;

/// One attribute, as the tables hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub attribute: &'static str,
    pub op: &'static str,
    pub value: String,
}

/// Makes these the only rows of `username`. Writes nothing if they are that already.
pub fn replace(tx: &Tx<'_>, username: &Username, check: &[Row], reply: &[Row]) -> Result<()> {
    if is_same(tx, "radcheck", username, check)? && is_same(tx, "radreply", username, reply)? {
        return Ok(());
    }
    remove(tx, username)?;
    for row in check {
        tx.prepare_cached(
            "INSERT INTO radcheck (username, attribute, op, value) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((username, row.attribute, row.op, &row.value))?;
    }
    for row in reply {
        tx.prepare_cached(
            "INSERT INTO radreply (username, attribute, op, value) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((username, row.attribute, row.op, &row.value))?;
    }
    Ok(())
}

fn is_same(conn: &Connection, table: &str, username: &Username, rows: &[Row]) -> Result<bool> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT attribute, op, value FROM {table} WHERE username = ?1 ORDER BY id"
    ))?;
    let mut standing = statement.query([username])?;
    for row in rows {
        let Some(it) = standing.next()? else { return Ok(false) };
        let (attribute, op, value): (String, String, String) = it.try_into()?;
        if (attribute.as_str(), op.as_str(), value.as_str()) != (row.attribute, row.op, &row.value)
        {
            return Ok(false);
        }
    }
    Ok(standing.next()?.is_none())
}

/// Some of those whose rows tell an end by a clock that is not believed any more, or do not tell
/// one now that it can be told.
pub fn misfits(conn: &Connection, is_wall_trusted: bool, limit: u32) -> Result<Vec<Username>> {
    let sql = if is_wall_trusted {
        "SELECT DISTINCT s.username
         FROM subscriptions AS s INDEXED BY subscriptions_username
         WHERE s.state IN ('pending', 'active') AND s.state = 'active'
           AND s.ends_engine_ms IS NOT NULL
           AND EXISTS (SELECT 1 FROM radcheck AS r WHERE r.username = s.username)
           AND NOT EXISTS (SELECT 1 FROM radcheck AS r
                           WHERE r.username = s.username AND r.attribute = 'Expiration')
         LIMIT ?1"
    } else {
        "SELECT DISTINCT r.username
         FROM radcheck AS r
         JOIN subscriptions AS s INDEXED BY subscriptions_username ON s.username = r.username
         WHERE s.state IN ('pending', 'active') AND r.attribute = 'Expiration'
         LIMIT ?1"
    };
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([limit], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lets `username` in no more.
pub fn remove(tx: &Tx<'_>, username: &Username) -> Result<()> {
    tx.prepare_cached("DELETE FROM radcheck WHERE username = ?1")?.execute([username])?;
    tx.prepare_cached("DELETE FROM radreply WHERE username = ?1")?.execute([username])?;
    Ok(())
}

/// Whether FreeRADIUS would find the user.
pub fn has(conn: &Connection, username: &Username) -> Result<bool> {
    let has = conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM radcheck WHERE username = ?1)")?
        .query_row([username], |row| row.get(0))?;
    Ok(has)
}
