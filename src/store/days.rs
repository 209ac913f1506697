//! One day's money, in East African days.

use super::Result;
use super::payments::from_row;
use crate::domain::ids::{PackageId, SubscriptionId};
use crate::domain::money::Cents;
use crate::domain::payment::{Door, Payment, PaymentState};
use crate::domain::time::Timestamp;
use rusqlite::Connection;

/// From the first moment, and up to the second, which belongs to the next.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Payments of one door in one state.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    pub door: Door,
    pub state: PaymentState,
    pub count: i64,
    pub amount: Cents,
    /// Above the price of what was granted.
    pub surplus: Cents,
}

/// The money that came in, or was said to. A payment belongs to the day that M-Pesa names, and
/// to that of its arrival if it names none.
pub fn sums(conn: &Connection, span: Span) -> Result<Vec<Sum>> {
    let mut statement = conn.prepare_cached(
        "SELECT door, state, count(*), coalesce(sum(amount_cents), 0), sum(surplus_cents)
         FROM payments
         WHERE received_at_ms IS NOT NULL
           AND coalesce(paid_at_ms, received_at_ms) >= ?1
           AND coalesce(paid_at_ms, received_at_ms) < ?2
         GROUP BY door, state",
    )?;
    let rows = statement.query_map((span.from, span.until), |row| {
        Ok(Sum {
            door: row.get(0)?,
            state: row.get(1)?,
            count: row.get(2)?,
            amount: row.get(3)?,
            surplus: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was sold of each package, the dearest total first.
pub fn by_package(conn: &Connection, span: Span) -> Result<Vec<(PackageId, i64, Cents)>> {
    let mut statement = conn.prepare_cached(
        "SELECT package_id, count(*), sum(amount_cents) FROM payments
         WHERE received_at_ms IS NOT NULL AND +state = 'received' AND package_id IS NOT NULL
           AND coalesce(paid_at_ms, received_at_ms) >= ?1
           AND coalesce(paid_at_ms, received_at_ms) < ?2
         GROUP BY package_id ORDER BY 3 DESC, 1",
    )?;
    let rows = statement
        .query_map((span.from, span.until), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How much came in each hour of a span, and in how many payments: the number of the hour within
/// it, from 0. Hours without any are left out.
pub fn by_hour(conn: &Connection, span: Span) -> Result<Vec<(i64, i64, Cents)>> {
    let mut statement = conn.prepare_cached(
        "SELECT (received_at_ms - ?1) / 3600000, count(*), coalesce(sum(amount_cents), 0)
         FROM payments
         WHERE received_at_ms >= ?1 AND received_at_ms < ?2 AND +state IN ('received', 'held')
         GROUP BY 1",
    )?;
    let rows = statement
        .query_map((span.from, span.until), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The payments themselves that came through M-Pesa, the oldest first.
pub fn through_mpesa(conn: &Connection, span: Span) -> Result<Vec<Payment>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM payments
         WHERE received_at_ms IS NOT NULL AND door <> 'cash'
           AND coalesce(paid_at_ms, received_at_ms) >= ?1
           AND coalesce(paid_at_ms, received_at_ms) < ?2
         ORDER BY coalesce(paid_at_ms, received_at_ms), id",
    )?;
    let rows = statement.query_map((span.from, span.until), from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Subscriptions with devices online now, and how many each has.
pub fn online(conn: &Connection) -> Result<Vec<(SubscriptionId, i64)>> {
    let mut statement = conn.prepare_cached(
        "SELECT subscription_id, count(*) FROM sessions WHERE ended_at_ms IS NULL
         GROUP BY subscription_id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
