//! How each router last compared with what it should be, as far as that waits for a person.

use super::{Result, Tx};
use crate::domain::ids::RouterId;
use rusqlite::{Connection, OptionalExtension as _};

/// What the last comparison of a router left to a person; nothing, if there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Customers that are to go, and do not without a person's word: they are so many.
    pub held: i64,
    /// Users with our mark of whom this box knows nothing.
    pub unknown: i64,
}

pub fn get(conn: &Connection, id: RouterId) -> Result<Comparison> {
    let found = conn
        .prepare_cached("SELECT held, unknown FROM comparisons WHERE router_id = ?1")?
        .query_row([id], |row| Ok(Comparison { held: row.get(0)?, unknown: row.get(1)? }))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Notes how it ended. Nothing happens for a router that is no more.
pub fn set(tx: &Tx<'_>, id: RouterId, comparison: Comparison) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO comparisons (router_id, held, unknown)
         SELECT id, ?2, ?3 FROM routers WHERE id = ?1
         ON CONFLICT DO UPDATE SET held = ?2, unknown = ?3",
    )?
    .execute((id, comparison.held, comparison.unknown))?;
    Ok(())
}
