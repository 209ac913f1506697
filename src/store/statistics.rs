//! Numbers for those who look after the box. Each is one statement over an index.

use super::Result;
use crate::domain::ids::{PaymentId, RouterId};
use crate::domain::money::Cents;
use crate::domain::queue::Queue;
use crate::domain::subscription::{NO_PHONE, Target};
use crate::domain::time::{EngineTime, Now, Timestamp};
use rusqlite::{Connection, named_params};

/// Money of a day, and money that waits for somebody.
#[derive(Clone, Debug)]
pub struct Money {
    pub today: i64,
    pub today_cents: Cents,
    /// Paid for, and the customer is not let in anywhere yet.
    pub unfulfilled: i64,
    /// Of those, the ones that did not go through at once.
    pub overdue: i64,
    pub held: i64,
    pub last_at: Option<Timestamp>,
}

pub fn money(conn: &Connection, now: Now) -> Result<Money> {
    // The plus keeps the planner from reading every payment there ever was by its state.
    let (today, today_cents) = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(amount_cents), 0) FROM payments
             WHERE received_at_ms >= ?1 AND +state IN ('received', 'held')",
        )?
        .query_row([now.wall.start_of_day()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let held = conn
        .prepare_cached("SELECT count(*) FROM payments WHERE state = 'held'")?
        .query_row([], |row| row.get(0))?;
    let last_at = conn
        .prepare_cached(
            "SELECT max(received_at_ms) FROM payments WHERE received_at_ms IS NOT NULL",
        )?
        .query_row([], |row| row.get(0))?;
    let unserved = unserved(conn, now)?;
    let count = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
    let late = count(unserved.iter().filter(|it| it.is_late).count());
    let unread = unread(conn, now)?;
    let (unfulfilled, overdue) = (count(unserved.len()) + unread, late + unread);
    Ok(Money { today, today_cents, unfulfilled, overdue, held, last_at })
}

/// What may pass between a purchase and access before anybody need worry.
const SERVED_WITHIN_MS: i64 = 60_000;

/// A purchase that nobody lets in.
#[derive(Clone, Copy, Debug)]
pub struct Unserved {
    pub payment_id: PaymentId,
    /// It was tried in vain, or is older than it should be.
    pub is_late: bool,
}

/// Purchases that no router and no RADIUS lets in, though nothing runs before them; the newest
/// first. Of a subscription that has begun, only the last one is still to be carried out.
pub fn unserved(conn: &Connection, now: Now) -> Result<Vec<Unserved>> {
    let mut statement = conn.prepare_cached(
        "WITH unserved AS MATERIALIZED (
           SELECT mine.id, mine.state FROM subscriptions AS mine
           WHERE mine.state IN ('pending', 'active') AND mine.is_test = 0
             AND NOT EXISTS (
               SELECT 1 FROM deliveries
               WHERE subscription_id = mine.id AND is_wanted = 1 AND state = 'verified'
                 AND target NOT GLOB 'sms*')
             AND NOT EXISTS (
               SELECT 1 FROM subscriptions AS before
               WHERE before.username = mine.username AND before.id < mine.id
                 AND before.state IN ('pending', 'active')))
         SELECT grants.payment_id,
                granted_at_ms < ?1 OR EXISTS (
                  SELECT 1 FROM deliveries
                  WHERE subscription_id = it.id AND is_wanted = 1 AND tries > 0
                    AND state <> 'verified' AND target NOT GLOB 'sms*') AS is_late
         FROM unserved AS it CROSS JOIN grants ON grants.subscription_id = it.id
         WHERE grants.revoked_at_ms IS NULL
           AND (it.state = 'pending'
                OR grants.payment_id = (SELECT max(payment_id) FROM grants AS other
                                        WHERE other.subscription_id = it.id
                                          AND other.revoked_at_ms IS NULL))
         ORDER BY grants.payment_id DESC",
    )?;
    let rows = statement.query_map([now.wall.0 - SERVED_WITHIN_MS], |row| {
        Ok(Unserved { payment_id: row.get(0)?, is_late: row.get(1)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Messages about money that nobody has understood for a minute.
fn unread(conn: &Connection, now: Now) -> Result<i64> {
    let count = conn
        .prepare_cached(
            "SELECT count(*) FROM callbacks
             WHERE outcome IS NULL AND door <> 'validation' AND received_engine_ms < ?1",
        )?
        .query_row([now.engine.0 - SERVED_WITHIN_MS], |row| row.get(0))?;
    Ok(count)
}

/// How many subscriptions are active, and how many of them end within the hour.
pub fn subscriptions(conn: &Connection, now: Now) -> Result<(i64, i64)> {
    let counts = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(ends_engine_ms BETWEEN ?1 AND ?1 + 3600000), 0)
             FROM subscriptions WHERE state = 'active' AND is_test = 0",
        )?
        .query_row([now.engine], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(counts)
}

/// How many subscriptions run, and how many of them are over by the wall clock though the steady
/// one still grants them time: by `early_ms` at least.
pub fn running_and_early(conn: &Connection, now: Now, early_ms: i64) -> Result<(i64, i64)> {
    let counts = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(is_end_trusted = 1 AND ends_at_ms <= ?1
                                           AND ends_engine_ms > ?2 + ?3), 0)
             FROM subscriptions INDEXED BY subscriptions_username
             WHERE state IN ('pending', 'active') AND ends_engine_ms IS NOT NULL AND is_test = 0",
        )?
        .query_row((now.trusted_wall(), now.engine, early_ms), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(counts)
}

/// How many devices are online.
pub fn online(conn: &Connection) -> Result<i64> {
    let online = conn
        .prepare_cached("SELECT count(*) FROM sessions WHERE ended_at_ms IS NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(online)
}

/// How many of them are on one router.
pub fn online_at(conn: &Connection, router_id: RouterId) -> Result<i64> {
    let online = conn
        .prepare_cached(
            "SELECT count(*) FROM sessions WHERE ended_at_ms IS NULL AND router_id = ?1",
        )?
        .query_row([router_id], |row| row.get(0))?;
    Ok(online)
}

/// What one queue holds, and how it did in the last hour.
#[derive(Clone, Debug)]
pub struct QueueNumbers {
    pub queue: Queue,
    pub ready: i64,
    pub delayed: i64,
    pub waiting: i64,
    pub running: i64,
    pub failed: i64,
    /// When the oldest ready job fell due.
    pub oldest_due: Option<EngineTime>,
    pub done_last_hour: i64,
    pub failed_last_hour: i64,
    pub avg_ms: Option<i64>,
    pub p95_ms: Option<i64>,
}

pub fn queue(conn: &Connection, queue: Queue, now: Now) -> Result<QueueNumbers> {
    let hour_ago = now.wall.0 - 3_600_000;
    let numbers = conn
        .prepare_cached(
            "WITH ended AS MATERIALIZED (
               SELECT outcome, run_ms FROM job_history
               WHERE queue = :queue AND ended_at_ms >= :since)
             SELECT (SELECT count(*) FROM jobs WHERE queue = :queue
                       AND state = 'ready' AND run_at_engine_ms <= :now) AS ready,
                    (SELECT count(*) FROM jobs WHERE queue = :queue
                       AND state = 'ready' AND run_at_engine_ms > :now) AS delayed,
                    (SELECT count(*) FROM jobs WHERE queue = :queue
                       AND state = 'waiting') AS waiting,
                    (SELECT count(*) FROM jobs WHERE queue = :queue
                       AND state = 'running') AS running,
                    (SELECT count(*) FROM failed_jobs
                     WHERE queue = :queue AND forgotten_at_ms IS NULL) AS failed,
                    (SELECT min(run_at_engine_ms) FROM jobs WHERE queue = :queue
                       AND state = 'ready' AND run_at_engine_ms <= :now) AS oldest_due,
                    (SELECT count(*) FROM ended WHERE outcome = 'done') AS done_last_hour,
                    (SELECT count(*) FROM ended WHERE outcome = 'failed') AS failed_last_hour,
                    (SELECT cast(round(avg(run_ms)) AS INTEGER) FROM ended
                     WHERE outcome = 'done') AS avg_ms,
                    (SELECT run_ms FROM ended WHERE outcome = 'done' ORDER BY run_ms
                     LIMIT 1 OFFSET (SELECT count(*) * 95 / 100 FROM ended
                                     WHERE outcome = 'done')) AS p95_ms",
        )?
        .query_row(
            named_params! { ":queue": queue, ":now": now.engine, ":since": hour_ago },
            |row| {
                Ok(QueueNumbers {
                    queue,
                    ready: row.get("ready")?,
                    delayed: row.get("delayed")?,
                    waiting: row.get("waiting")?,
                    running: row.get("running")?,
                    failed: row.get("failed")?,
                    oldest_due: row.get("oldest_due")?,
                    done_last_hour: row.get("done_last_hour")?,
                    failed_last_hour: row.get("failed_last_hour")?,
                    avg_ms: row.get("avg_ms")?,
                    p95_ms: row.get("p95_ms")?,
                })
            },
        )?;
    Ok(numbers)
}

/// The SMS of a day.
#[derive(Clone, Copy, Debug)]
pub struct SmsNumbers {
    pub sent: i64,
    pub failed: i64,
    /// Of the failed ones, those nobody could have sent: M-Pesa hides the number.
    pub without_phone: i64,
}

pub fn sms_today(conn: &Connection, now: Now) -> Result<SmsNumbers> {
    let numbers = conn
        .prepare_cached(
            "SELECT coalesce(sum(state = 'verified'), 0), coalesce(sum(state = 'failed'), 0),
                    coalesce(sum(state = 'failed' AND error = ?2), 0)
             FROM deliveries INDEXED BY deliveries_sms
             WHERE target GLOB 'sms*' AND at_ms >= ?1",
        )?
        .query_row((now.wall.start_of_day(), NO_PHONE), |row| {
            Ok(SmsNumbers { sent: row.get(0)?, failed: row.get(1)?, without_phone: row.get(2)? })
        })?;
    Ok(numbers)
}

/// Purchases that a target has not been told of and cannot be now.
pub fn parked_on(conn: &Connection, target: Target) -> Result<i64> {
    let parked = conn
        .prepare_cached("SELECT count(*) FROM deliveries WHERE state = 'parked' AND target = ?1")?
        .query_row([target], |row| row.get(0))?;
    Ok(parked)
}

/// How many purchases one target, which is no SMS, is to know of. Its states are named for the
/// index.
pub fn wanted_on(conn: &Connection, target: Target) -> Result<i64> {
    let wanted = conn
        .prepare_cached(
            "SELECT count(*) FROM deliveries
             WHERE is_wanted = 1 AND target = ?1 AND state IN ('queued', 'verified', 'parked')",
        )?
        .query_row([target], |row| row.get(0))?;
    Ok(wanted)
}
