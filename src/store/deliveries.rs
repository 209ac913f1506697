//! Does each target know? `state` moves only here, by what was read back.

use super::{Result, Tx};
use crate::domain::ids::SubscriptionId;
use crate::domain::subscription::{DeliveryState, Target};
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

/// What one target knows of a subscription.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub subscription_id: SubscriptionId,
    pub target: Target,
    /// False if the target is to forget.
    pub is_wanted: bool,
    pub state: DeliveryState,
    pub tries: u32,
    pub error: Option<String>,
    pub at: Option<Timestamp>,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        subscription_id: row.get("subscription_id")?,
        target: row.get("target")?,
        is_wanted: row.get("is_wanted")?,
        state: row.get("state")?,
        tries: row.get("tries")?,
        error: row.get("error")?,
        at: row.get("at_ms")?,
    })
}

/// Owes `target` the news, anew if it had them before.
pub fn want(tx: &Tx<'_>, id: SubscriptionId, target: Target) -> Result<()> {
    queue(tx, id, target, true)
}

/// Owes `target` the news that it is over.
pub fn unwant(tx: &Tx<'_>, id: SubscriptionId, target: Target) -> Result<()> {
    queue(tx, id, target, false)
}

fn queue(tx: &Tx<'_>, id: SubscriptionId, target: Target, is_wanted: bool) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO deliveries (subscription_id, target, is_wanted, state)
         VALUES (?1, ?2, ?3, 'queued')
         ON CONFLICT DO UPDATE SET is_wanted = ?3, state = 'queued', tries = 0, error = NULL,
                                   at_ms = NULL",
    )?
    .execute((id, target, is_wanted))?;
    Ok(())
}

/// Notes that `target` knows, as it said itself.
pub fn set_verified(
    tx: &Tx<'_>,
    id: SubscriptionId,
    target: Target,
    reference: Option<&str>,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE deliveries SET state = 'verified', tries = tries + 1, error = NULL,
                               reference = :reference, at_ms = :now
         WHERE subscription_id = :id AND target = :target",
    )?
    .execute(named_params! {
        ":id": id, ":target": target, ":reference": reference, ":now": tx.now.wall,
    })?;
    Ok(())
}

/// Notes a try that did not succeed, and what comes of it.
pub fn set_unsuccessful(
    tx: &Tx<'_>,
    id: SubscriptionId,
    target: Target,
    state: DeliveryState,
    error: &str,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE deliveries SET state = :state, tries = tries + 1, error = :error, at_ms = :now
         WHERE subscription_id = :id AND target = :target",
    )?
    .execute(named_params! {
        ":id": id, ":target": target, ":state": state, ":error": error, ":now": tx.now.wall,
    })?;
    Ok(())
}

pub fn of_subscription(conn: &Connection, id: SubscriptionId) -> Result<Vec<Delivery>> {
    let mut statement =
        conn.prepare_cached("SELECT * FROM deliveries WHERE subscription_id = ?1 ORDER BY target")?;
    let rows = statement.query_map([id], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn get(conn: &Connection, id: SubscriptionId, target: Target) -> Result<Option<Delivery>> {
    let delivery = conn
        .prepare_cached("SELECT * FROM deliveries WHERE subscription_id = ?1 AND target = ?2")?
        .query_row((id, target), from_row)
        .optional()?;
    Ok(delivery)
}

/// Forgets what one target was to know of a subscription.
pub fn forget(tx: &Tx<'_>, id: SubscriptionId, target: Target) -> Result<()> {
    tx.execute("DELETE FROM deliveries WHERE subscription_id = ?1 AND target = ?2", (id, target))?;
    Ok(())
}

/// Forgets a target, such as a router that was removed.
pub fn forget_target(tx: &Tx<'_>, target: Target) -> Result<()> {
    tx.execute("DELETE FROM deliveries WHERE target = ?1", [target])?;
    Ok(())
}

#[test]
fn the_schema_knows_the_same_words() {
    let words = DeliveryState::ALL.iter().map(|it| it.as_str());
    super::assert_schema_has::<DeliveryState>("state", words);
}
