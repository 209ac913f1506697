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

/// Makes these the only rows of `username`.
pub fn replace(tx: &Tx<'_>, username: &Username, check: &[Row], reply: &[Row]) -> Result<()> {
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
