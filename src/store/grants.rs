//! What each payment bought. The primary key is the payment, so none buys twice.

use super::{Error, Result, Tx};
use crate::domain::ids::{PaymentId, SubscriptionId};
use crate::domain::time::EngineTime;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

/// One purchase.
#[derive(Clone, Debug)]
pub struct Grant {
    pub payment_id: PaymentId,
    pub subscription_id: SubscriptionId,
    pub seconds: i64,
    pub bytes: Option<i64>,
    /// Nobody asked for the package: the amount or the payer's reference chose it.
    pub is_by_price: bool,
    pub extra_devices: u32,
    pub extra_until: EngineTime,
    /// Its payment was closed: `seconds` and `bytes` are what had been used by then.
    pub is_revoked: bool,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        payment_id: row.get("payment_id")?,
        subscription_id: row.get("subscription_id")?,
        seconds: row.get("seconds")?,
        bytes: row.get("bytes")?,
        is_by_price: row.get("is_by_price")?,
        extra_devices: row.get("extra_devices")?,
        extra_until: row.get("extra_until_engine_ms")?,
        is_revoked: row.get::<_, Option<i64>>("revoked_at_ms")?.is_some(),
    })
}

/// Notes a purchase. Errors, and so undoes the rest of `tx`, if the payment has bought before.
pub fn insert(tx: &Tx<'_>, grant: &Grant) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO grants (payment_id, subscription_id, seconds, bytes, is_by_price,
                             extra_devices, extra_until_engine_ms, granted_at_ms)
         VALUES (:payment, :subscription, :seconds, :bytes, :is_by_price, :extra_devices,
                 :extra_until, :now)",
    )?
    .execute(named_params! {
        ":payment": grant.payment_id, ":subscription": grant.subscription_id,
        ":seconds": grant.seconds, ":bytes": grant.bytes, ":is_by_price": grant.is_by_price,
        ":extra_devices": grant.extra_devices, ":extra_until": grant.extra_until,
        ":now": tx.now.wall,
    })
    .map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Error::Inconsistent(format!("payment {} has bought already", grant.payment_id))
        }
        _ => error.into(),
    })?;
    Ok(())
}

pub fn of_payment(conn: &Connection, payment_id: PaymentId) -> Result<Option<Grant>> {
    let grant = conn
        .prepare_cached("SELECT * FROM grants WHERE payment_id = ?1")?
        .query_row([payment_id], from_row)
        .optional()?;
    Ok(grant)
}

/// The purchases of a subscription that count, in order.
pub fn of_subscription(conn: &Connection, id: SubscriptionId) -> Result<Vec<Grant>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM grants WHERE subscription_id = ?1 AND revoked_at_ms IS NULL
         ORDER BY payment_id",
    )?;
    let rows = statement.query_map([id], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All purchases of a subscription, those revoked too, in the order in which they were granted.
pub fn in_order(conn: &Connection, id: SubscriptionId) -> Result<Vec<Grant>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM grants WHERE subscription_id = ?1 ORDER BY granted_at_ms, payment_id",
    )?;
    let rows = statement.query_map([id], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends a purchase: no more than `seconds` and `bytes` of it was used. Its row stays.
pub fn revoke(tx: &Tx<'_>, payment_id: PaymentId, seconds: i64, bytes: Option<i64>) -> Result<()> {
    tx.execute(
        "UPDATE grants SET seconds = ?2, bytes = ?3, extra_devices = 0, revoked_at_ms = ?4
         WHERE payment_id = ?1 AND revoked_at_ms IS NULL",
        (payment_id, seconds, bytes, tx.now.wall),
    )?;
    Ok(())
}

/// Devices let in beside the package's own at `now`, by purchases that overlap.
pub fn extra_devices(conn: &Connection, id: SubscriptionId, now: EngineTime) -> Result<u32> {
    let sum = conn
        .prepare_cached(
            "SELECT coalesce(sum(extra_devices), 0) FROM grants
             WHERE subscription_id = ?1 AND extra_until_engine_ms > ?2",
        )?
        .query_row((id, now), |row| row.get(0))?;
    Ok(sum)
}

/// When devices let in by purchases that overlap are to be one less, of what runs.
pub fn extra_ends(conn: &Connection) -> Result<Vec<(SubscriptionId, EngineTime)>> {
    let mut statement = conn.prepare_cached(
        "SELECT g.subscription_id, g.extra_until_engine_ms
         FROM subscriptions AS s INDEXED BY subscriptions_username
         JOIN grants AS g ON g.subscription_id = s.id
         WHERE s.state IN ('pending', 'active') AND g.extra_devices > 0",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Makes a purchase another payment's, which turned out to be the same money.
pub fn repoint(tx: &Tx<'_>, from: PaymentId, to: PaymentId) -> Result<()> {
    tx.execute("UPDATE grants SET payment_id = ?2 WHERE payment_id = ?1", (from, to))?;
    tx.execute(
        "UPDATE deliveries SET target = replace(target, ':' || ?1, ':' || ?2)
         WHERE target IN ('sms:' || ?1, 'sms-waiting:' || ?1)",
        (from, to),
    )?;
    Ok(())
}

/// Takes a purchase back. Its subscription is the caller's to shrink.
pub fn remove(tx: &Tx<'_>, payment_id: PaymentId) -> Result<()> {
    tx.execute("DELETE FROM grants WHERE payment_id = ?1", [payment_id])?;
    Ok(())
}
