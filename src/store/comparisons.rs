//! When each router was last compared with what it should be, and what waits for a person since.

use super::{Result, Tx};
use crate::domain::ids::RouterId;
use crate::domain::time::EngineTime;
use rusqlite::{Connection, OptionalExtension as _};

/// How the last comparison of a router ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub at: EngineTime,
    /// Customers that are to go, and do not without a person's word: they are so many.
    pub held: i64,
    /// Users with our mark of whom this box knows nothing.
    pub unknown: i64,
}

pub fn get(conn: &Connection, id: RouterId) -> Result<Option<Comparison>> {
    let found = conn
        .prepare_cached(
            "SELECT compared_engine_ms, held, unknown FROM comparisons WHERE router_id = ?1",
        )?
        .query_row([id], |row| {
            Ok(Comparison { at: row.get(0)?, held: row.get(1)?, unknown: row.get(2)? })
        })
        .optional()?;
    Ok(found)
}

/// Notes how it ended. Nothing happens for a router that is no more.
pub fn set(tx: &Tx<'_>, id: RouterId, comparison: Comparison) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO comparisons (router_id, compared_engine_ms, held, unknown)
         SELECT id, ?2, ?3, ?4 FROM routers WHERE id = ?1
         ON CONFLICT DO UPDATE SET compared_engine_ms = ?2, held = ?3, unknown = ?4",
    )?
    .execute((id, comparison.at, comparison.held, comparison.unknown))?;
    Ok(())
}
