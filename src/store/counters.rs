//! How far routers' own counters have been counted.

use super::{Result, Tx};
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::usage::Reading;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeMap;

/// The last reading of each subscription's counter on one router.
pub fn on_router(
    conn: &Connection,
    router_id: RouterId,
) -> Result<BTreeMap<SubscriptionId, Reading>> {
    let mut statement = conn.prepare_cached(
        "SELECT subscription_id, revision, bytes FROM counters WHERE router_id = ?1",
    )?;
    let rows = statement.query_map([router_id], |row| {
        Ok((row.get(0)?, Reading { count: row.get(1)?, bytes: row.get(2)? }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn get(conn: &Connection, id: SubscriptionId, router_id: RouterId) -> Result<Option<Reading>> {
    let reading = conn
        .prepare_cached(
            "SELECT revision, bytes FROM counters WHERE subscription_id = ?1 AND router_id = ?2",
        )?
        .query_row((id, router_id), |row| Ok(Reading { count: row.get(0)?, bytes: row.get(1)? }))
        .optional()?;
    Ok(reading)
}

pub fn set(tx: &Tx<'_>, id: SubscriptionId, router_id: RouterId, reading: Reading) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO counters (subscription_id, router_id, revision, bytes)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET revision = ?3, bytes = ?4",
    )?
    .execute((id, router_id, reading.count, reading.bytes))?;
    Ok(())
}
