//! What operators do to what is for sale, by whichever door: each is one transaction, and audited.

use crate::domain::Invalid;
use crate::domain::money::Cents;
use crate::domain::package::Package;
use crate::domain::time::{Now, parse_span};
use crate::store::{self, Tx, audit, packages};
use rusqlite::Connection;
use std::time::Duration;

/// An SMS tells the name, and has room for little more.
const NAME_LENGTH: usize = 40;
const MOST_DEVICES: u32 = 100;

/// Puts a package up for sale. `None` if one of its code is there already.
pub fn add(tx: &Tx<'_>, who: &str, package: &Package) -> store::Result<Option<Package>> {
    let Some(id) = packages::insert(tx, package)? else { return Ok(None) };
    audit::insert(tx, who, "package add", None, package.code.as_str())?;
    Ok(Some(Package { id, ..package.clone() }))
}

/// Changes a package for purchases to come; its price until now is good for another day. False if
/// another one has its code.
pub fn change(tx: &Tx<'_>, who: &str, package: &Package) -> store::Result<bool> {
    let same = packages::by_code(tx, &package.code)?;
    if same.is_some_and(|it| it.id != package.id) {
        return Ok(false);
    }
    packages::update(tx, package)?;
    let detail = format!("{} at {}", package.code, package.price);
    audit::insert(tx, who, "package set", None, &detail)?;
    Ok(true)
}

/// Takes a package off the shelf; what was bought of it goes on.
pub fn retire(tx: &Tx<'_>, who: &str, package: &Package) -> store::Result<()> {
    packages::retire(tx, package.id)?;
    audit::insert(tx, who, "package remove", None, package.code.as_str())
}

/// Other packages at its price, now or in the last day: money that fits two buys neither.
pub fn same_price(conn: &Connection, package: &Package, now: Now) -> store::Result<Vec<Package>> {
    let mut same = packages::at_price(conn, package.price, now)?;
    same.retain(|it| it.id != package.id);
    Ok(same)
}

pub fn price(text: &str) -> Result<Cents, Invalid> {
    let price: Cents = text.parse()?;
    if price == Cents(0) {
        return Err(Invalid::new("a package costs something"));
    }
    Ok(price)
}

pub fn duration(text: &str) -> Result<Duration, Invalid> {
    let duration = parse_span(text)?;
    if duration.is_zero() {
        return Err(Invalid::new("a package lasts a second at least"));
    }
    Ok(duration)
}

/// What customers read.
pub fn name(text: &str) -> Result<String, Invalid> {
    let is_name = (1..=NAME_LENGTH).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control);
    if !is_name {
        return Err(Invalid(format!("a name is 1 to {NAME_LENGTH} characters on one line")));
    }
    Ok(text.to_owned())
}

/// Devices online at once.
pub fn devices(text: &str) -> Result<u32, Invalid> {
    let devices = text.parse().ok().filter(|it| (1..=MOST_DEVICES).contains(it));
    devices.ok_or_else(|| Invalid(format!("devices are a number from 1 to {MOST_DEVICES}")))
}

/// As the database keeps a duration.
pub fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
