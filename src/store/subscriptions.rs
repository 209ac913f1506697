//! A customer's right to one package. `state` moves only here.

use super::packages::{bps, rate};
use super::{Error, Result, Tx};
use crate::domain::customer::Username;
use crate::domain::ids::{CustomerId, RouterId, SubscriptionId};
use crate::domain::package::{Package, Starts};
use crate::domain::secret::Secret;
use crate::domain::subscription::{Period, Subscription, SubscriptionState};
use crate::domain::time::{EngineTime, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

fn from_row(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        id: row.get("id")?,
        customer_id: row.get("customer_id")?,
        package_id: row.get("package_id")?,
        router_id: row.get("router_id")?,
        state: row.get("state")?,
        username: row.get("username")?,
        password: Secret::new(row.get::<_, String>("password")?),
        seconds: row.get("seconds")?,
        bytes: row.get("bytes")?,
        used_bytes: row.get("used_bytes")?,
        rate: rate(row.get("rate_upload_bps")?, row.get("rate_download_bps")?),
        devices: row.get("devices")?,
        starts: row.get("starts")?,
        revision: row.get("revision")?,
        period: period(row)?,
        is_test: row.get("is_test")?,
    })
}

fn period(row: &Row<'_>) -> rusqlite::Result<Option<Period>> {
    let Some(starts_engine) = row.get::<_, Option<EngineTime>>("starts_engine_ms")? else {
        return Ok(None);
    };
    Ok(Some(Period {
        starts_at: row.get("starts_at_ms")?,
        starts_engine,
        ends_at: row.get("ends_at_ms")?,
        ends_engine: row.get("ends_engine_ms")?,
        is_end_trusted: row.get("is_end_trusted")?,
    }))
}

/// A subscription as it is first granted.
pub struct NewSubscription<'a> {
    pub customer_id: CustomerId,
    pub package: &'a Package,
    pub router_id: Option<RouterId>,
    pub username: &'a Username,
    pub password: &'a Secret,
    /// The package's, unless the customer cannot be told that access works.
    pub starts: Starts,
    pub is_test: bool,
}

/// Adds a subscription, pending, with the package's limits as they are today.
pub fn insert(tx: &Tx<'_>, new: &NewSubscription<'_>) -> Result<SubscriptionId> {
    let (upload, download) = bps(new.package.rate);
    tx.prepare_cached(
        "INSERT INTO subscriptions (customer_id, package_id, router_id, state, username, password,
                                    seconds, bytes, rate_upload_bps, rate_download_bps, devices,
                                    starts, is_test, created_at_ms)
         VALUES (:customer, :package, :router, 'pending', :username, :password, :seconds, :bytes,
                 :upload, :download, :devices, :starts, :is_test, :now)",
    )?
    .execute(named_params! {
        ":customer": new.customer_id, ":package": new.package.id, ":router": new.router_id,
        ":username": new.username, ":password": new.password.expose(),
        ":seconds": new.package.seconds, ":bytes": new.package.bytes, ":upload": upload,
        ":download": download, ":devices": new.package.devices, ":starts": new.starts,
        ":is_test": new.is_test, ":now": tx.now.wall,
    })?;
    Ok(SubscriptionId(tx.last_insert_rowid()))
}

/// Adds what was bought again, and takes over the package's present speed and devices. `router_id`
/// widens to everywhere unless both purchases name the same router.
pub fn extend(
    tx: &Tx<'_>,
    subscription: &Subscription,
    package: &Package,
    router_id: Option<RouterId>,
    period: Option<Period>,
) -> Result<()> {
    let (upload, download) = bps(package.rate);
    let bytes = subscription.bytes.zip(package.bytes).map(|(had, more)| had.saturating_add(more));
    let router_id = subscription.router_id.filter(|_| subscription.router_id == router_id);
    tx.prepare_cached(
        "UPDATE subscriptions SET seconds = seconds + :seconds, bytes = :bytes,
                router_id = :router, rate_upload_bps = :upload, rate_download_bps = :download,
                devices = :devices, revision = revision + 1
         WHERE id = :id AND state IN ('pending', 'active')",
    )?
    .execute(named_params! {
        ":id": subscription.id, ":seconds": package.seconds, ":bytes": bytes,
        ":router": router_id, ":upload": upload, ":download": download,
        ":devices": package.devices,
    })?;
    set_period(tx, subscription.id, period)
}

/// Takes back the time that one purchase added. The volume is that of the purchases that are left,
/// with what was used of those revoked: without limit only if one that counts has none.
pub fn shrink(tx: &Tx<'_>, id: SubscriptionId, seconds: i64, period: Option<Period>) -> Result<()> {
    tx.execute(
        "UPDATE subscriptions SET seconds = max(seconds - ?2, 0), revision = revision + 1,
                bytes = (SELECT iif(coalesce(sum(bytes IS NULL AND revoked_at_ms IS NULL), 0) = 0,
                                    coalesce(sum(bytes), 0), NULL)
                         FROM grants WHERE subscription_id = subscriptions.id)
         WHERE id = ?1",
        (id, seconds),
    )?;
    set_period(tx, id, period)
}

/// Adds time that nobody paid for.
pub fn lengthen(
    tx: &Tx<'_>,
    id: SubscriptionId,
    seconds: i64,
    period: Option<Period>,
) -> Result<()> {
    tx.execute(
        "UPDATE subscriptions SET seconds = seconds + ?2, revision = revision + 1 WHERE id = ?1",
        (id, seconds),
    )?;
    set_period(tx, id, period)
}

pub fn set_password(tx: &Tx<'_>, id: SubscriptionId, password: &Secret) -> Result<()> {
    tx.execute("UPDATE subscriptions SET password = ?2 WHERE id = ?1", (id, password.expose()))?;
    Ok(())
}

pub fn set_period(tx: &Tx<'_>, id: SubscriptionId, period: Option<Period>) -> Result<()> {
    tx.prepare_cached(
        "UPDATE subscriptions SET starts_at_ms = :starts_at, starts_engine_ms = :starts_engine,
                ends_at_ms = :ends_at, ends_engine_ms = :ends_engine,
                is_end_trusted = coalesce(:is_end_trusted, 0)
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":starts_at": period.map(|it| it.starts_at),
        ":starts_engine": period.map(|it| it.starts_engine),
        ":ends_at": period.map(|it| it.ends_at), ":ends_engine": period.map(|it| it.ends_engine),
        ":is_end_trusted": period.map(|it| it.is_end_trusted),
    })?;
    Ok(())
}

/// Counts more bytes against what was bought, up to more than anybody can use.
pub fn add_used_bytes(tx: &Tx<'_>, id: SubscriptionId, more: i64) -> Result<()> {
    tx.prepare_cached(
        "UPDATE subscriptions SET used_bytes = min(used_bytes + ?2, 1 << 60) WHERE id = ?1",
    )?
    .execute((id, more))?;
    Ok(())
}

/// Makes the subscription good on this router only, or everywhere.
pub fn set_router(tx: &Tx<'_>, id: SubscriptionId, router_id: Option<RouterId>) -> Result<()> {
    tx.prepare_cached("UPDATE subscriptions SET router_id = ?2 WHERE id = ?1")?
        .execute((id, router_id))?;
    Ok(())
}

/// Access works: the right is being used. False if it was not pending.
pub fn activate(tx: &Tx<'_>, id: SubscriptionId, period: Option<Period>) -> Result<bool> {
    set_period(tx, id, period)?;
    let rows = tx
        .prepare_cached(
            "UPDATE subscriptions SET state = 'active' WHERE id = ?1 AND state = 'pending'",
        )?
        .execute([id])?;
    Ok(rows == 1)
}

/// Ends the right. False if it had ended before.
pub fn end(tx: &Tx<'_>, id: SubscriptionId, state: SubscriptionState) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE subscriptions SET state = ?2
             WHERE id = ?1 AND state IN ('pending', 'active')",
        )?
        .execute((id, state))?;
    Ok(rows == 1)
}

pub fn get(conn: &Connection, id: SubscriptionId) -> Result<Subscription> {
    let found = find(conn, id)?;
    found.ok_or_else(|| Error::Inconsistent(format!("there is no subscription {id}")))
}

pub fn find(conn: &Connection, id: SubscriptionId) -> Result<Option<Subscription>> {
    let found = conn
        .prepare_cached("SELECT * FROM subscriptions WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?;
    Ok(found)
}

/// What a customer has pending or active, the oldest first.
pub fn live_of(conn: &Connection, customer_id: CustomerId) -> Result<Vec<Subscription>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM subscriptions
         WHERE customer_id = ?1 AND state IN ('pending', 'active')
         ORDER BY id",
    )?;
    let rows = statement.query_map([customer_id], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What is pending or active under a username, the oldest first. The first one is served.
pub fn live_under(conn: &Connection, username: &Username) -> Result<Vec<Subscription>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM subscriptions
         WHERE username = ?1 AND state IN ('pending', 'active')
         ORDER BY id",
    )?;
    let rows = statement.query_map([username], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was served last under a username and is over.
pub fn last_ended_under(conn: &Connection, username: &Username) -> Result<Option<Subscription>> {
    let found = conn
        .prepare_cached(
            "SELECT s.* FROM subscriptions AS s JOIN customers AS c ON c.id = s.customer_id
             WHERE c.username = ?1 AND s.username = ?1 AND s.state NOT IN ('pending', 'active')
             ORDER BY s.id DESC LIMIT 1",
        )?
        .query_row([username], from_row)
        .optional()?;
    Ok(found)
}

/// What a customer of this username had last.
pub fn last_under(conn: &Connection, username: &Username) -> Result<Option<Subscription>> {
    let found = conn
        .prepare_cached(
            "SELECT * FROM subscriptions
             WHERE customer_id = (SELECT id FROM customers WHERE username = ?1) AND username = ?1
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row([username], from_row)
        .optional()?;
    Ok(found)
}

/// All that is pending or active, the oldest first.
pub fn live(conn: &Connection) -> Result<Vec<Subscription>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM subscriptions WHERE state IN ('pending', 'active') ORDER BY id",
    )?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All whose time runs, but for trials.
pub fn running(conn: &Connection) -> Result<Vec<Subscription>> {
    // The index has the live ones alone; most of the table is over.
    let mut statement = conn.prepare_cached(
        "SELECT * FROM subscriptions INDEXED BY subscriptions_username
         WHERE state IN ('pending', 'active') AND ends_engine_ms IS NOT NULL AND is_test = 0",
    )?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All that a customer ever had, the newest first.
pub fn of_customer(conn: &Connection, customer_id: CustomerId) -> Result<Vec<Subscription>> {
    let mut statement =
        conn.prepare_cached("SELECT * FROM subscriptions WHERE customer_id = ?1 ORDER BY id DESC")?;
    let rows = statement.query_map([customer_id], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Trials that began before `before`, and were never ended.
pub fn tests_before(conn: &Connection, before: Timestamp) -> Result<Vec<Subscription>> {
    let mut statement = conn
        .prepare_cached("SELECT * FROM subscriptions WHERE is_test = 1 AND created_at_ms < ?1")?;
    let rows = statement.query_map([before], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Removes a trial and all that hangs on it. Nothing else is ever removed.
pub fn remove_test(tx: &Tx<'_>, id: SubscriptionId) -> Result<()> {
    tx.execute("DELETE FROM subscriptions WHERE id = ?1 AND is_test = 1", [id])?;
    Ok(())
}

#[test]
fn the_schema_knows_the_same_words() {
    let words = SubscriptionState::ALL.iter().map(|it| it.as_str());
    super::assert_schema_has::<SubscriptionState>("state", words);
}
