//! What is for sale, and what it used to cost.

use super::{Error, Result, Tx};
use crate::domain::ids::PackageId;
use crate::domain::money::Cents;
use crate::domain::package::{Package, PackageCode, Rate};
use crate::domain::time::Now;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use std::time::Duration;

/// Someone who read a price may still pay it for so long after it changed.
const OLD_PRICE_HOLDS: Duration = Duration::from_secs(24 * 3600);

fn from_row(row: &Row<'_>) -> rusqlite::Result<Package> {
    let rate = rate(row.get("rate_upload_bps")?, row.get("rate_download_bps")?);
    Ok(Package {
        id: row.get("id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        price: row.get("price_cents")?,
        seconds: row.get("seconds")?,
        rate,
        bytes: row.get("bytes")?,
        devices: row.get("devices")?,
        starts: row.get("starts")?,
        again: row.get("again")?,
        is_active: row.get("is_active")?,
    })
}

pub(super) fn rate(upload_bps: Option<i64>, download_bps: Option<i64>) -> Option<Rate> {
    let upload_bps = u64::try_from(upload_bps?).ok()?;
    let download_bps = u64::try_from(download_bps?).ok()?;
    Some(Rate { upload_bps, download_bps })
}

pub(super) fn bps(rate: Option<Rate>) -> (Option<i64>, Option<i64>) {
    let column = |bps: u64| i64::try_from(bps).unwrap_or(i64::MAX);
    (rate.map(|it| column(it.upload_bps)), rate.map(|it| column(it.download_bps)))
}

/// Adds a package; its `id` and `is_active` are the database's to say. `None` if an active one
/// has its code.
pub fn insert(tx: &Tx<'_>, package: &Package) -> Result<Option<PackageId>> {
    let (upload, download) = bps(package.rate);
    let rows = tx.execute(
        "INSERT INTO packages (code, name, price_cents, seconds, rate_upload_bps,
                               rate_download_bps, bytes, devices, starts, again)
         VALUES (:code, :name, :price, :seconds, :upload, :download, :bytes, :devices,
                 :starts, :again)
         ON CONFLICT DO NOTHING",
        named_params! {
            ":code": package.code, ":name": package.name, ":price": package.price,
            ":seconds": package.seconds, ":upload": upload, ":download": download,
            ":bytes": package.bytes, ":devices": package.devices, ":starts": package.starts,
            ":again": package.again,
        },
    )?;
    Ok((rows == 1).then(|| PackageId(tx.last_insert_rowid())))
}

/// Changes a package for purchases to come. Its old price still matches for a day.
pub fn update(tx: &Tx<'_>, package: &Package) -> Result<()> {
    tx.execute(
        "INSERT INTO old_prices (package_id, price_cents, until_engine_ms)
         SELECT id, price_cents, ?3 FROM packages WHERE id = ?1 AND price_cents <> ?2
         ON CONFLICT DO UPDATE SET until_engine_ms = excluded.until_engine_ms",
        (package.id, package.price, tx.now.engine + OLD_PRICE_HOLDS),
    )?;
    let (upload, download) = bps(package.rate);
    tx.execute(
        "UPDATE packages SET code = :code, name = :name, price_cents = :price, seconds = :seconds,
                rate_upload_bps = :upload, rate_download_bps = :download, bytes = :bytes,
                devices = :devices, starts = :starts, again = :again
         WHERE id = :id",
        named_params! {
            ":id": package.id, ":code": package.code, ":name": package.name,
            ":price": package.price, ":seconds": package.seconds, ":upload": upload,
            ":download": download, ":bytes": package.bytes, ":devices": package.devices,
            ":starts": package.starts, ":again": package.again,
        },
    )?;
    Ok(())
}

/// Takes a package off the shelf. What was bought of it goes on.
pub fn retire(tx: &Tx<'_>, id: PackageId) -> Result<()> {
    tx.execute("UPDATE packages SET is_active = 0 WHERE id = ?1", [id])?;
    Ok(())
}

pub fn get(conn: &Connection, id: PackageId) -> Result<Package> {
    conn.prepare_cached("SELECT * FROM packages WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?
        .ok_or_else(|| Error::Inconsistent(format!("there is no package {id}")))
}

/// The package for sale with this code, in any case.
pub fn by_code(conn: &Connection, code: &PackageCode) -> Result<Option<Package>> {
    let package = conn
        .prepare_cached("SELECT * FROM packages WHERE code = ?1 AND is_active = 1")?
        .query_row([code], from_row)
        .optional()?;
    Ok(package)
}

/// Every package for sale, cheapest first.
pub fn active(conn: &Connection) -> Result<Vec<Package>> {
    let mut statement =
        conn.prepare_cached("SELECT * FROM packages WHERE is_active = 1 ORDER BY price_cents, id")?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The lowest price that buys this package now: today's, or one that held in the last day.
pub fn lowest_price(conn: &Connection, package: &Package, now: Now) -> Result<Cents> {
    let old: Option<Cents> = conn
        .prepare_cached(
            "SELECT min(price_cents) FROM old_prices
             WHERE package_id = ?1 AND until_engine_ms > ?2",
        )?
        .query_row((package.id, now.engine), |row| row.get(0))?;
    Ok(old.map_or(package.price, |old| old.min(package.price)))
}

/// Packages for sale at exactly `price`, or that were in the last day. More than one is ambiguous.
pub fn at_price(conn: &Connection, price: Cents, now: Now) -> Result<Vec<Package>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM packages
         WHERE is_active = 1
           AND (price_cents = ?1
                OR id IN (SELECT package_id FROM old_prices
                          WHERE price_cents = ?1 AND until_engine_ms > ?2))",
    )?;
    let rows = statement.query_map((price, now.engine), from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
