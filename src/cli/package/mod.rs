//! `mlango package`: what is for sale.

mod add;
mod facts;
mod list;
mod remove;
mod set;

use super::Desk;
use super::print::{Listed, or_dash};
use super::table::{Column, number, text};
use crate::domain::package::{Again, Package as Sold, PackageCode, Starts};
use crate::domain::time::span_text;
use crate::jobs::shelf;
use crate::store::packages;
use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum Package {
    /// Put a package up for sale
    Add(add::Add),
    /// Show what is for sale, the newest first
    List(list::List),
    /// Change a package for purchases to come
    Set(set::Set),
    /// Take a package off the shelf; what was bought of it goes on
    Remove(remove::Remove),
}

impl Package {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        match self {
            Package::Add(it) => it.run(desk),
            Package::List(it) => it.run(desk),
            Package::Set(it) => it.run(desk),
            Package::Remove(it) => it.run(desk),
        }
    }
}

/// A package as it is shown.
#[derive(Serialize)]
struct Shown {
    id: i64,
    code: PackageCode,
    name: String,
    price_cents: i64,
    duration_seconds: i64,
    /// As RouterOS writes it, upload first; `None` is without limit.
    rate: Option<String>,
    data_bytes: Option<i64>,
    devices: u32,
    starts: Starts,
    again: Again,
}

impl From<&Sold> for Shown {
    fn from(package: &Sold) -> Shown {
        Shown {
            id: package.id.0,
            code: package.code.clone(),
            name: package.name.clone(),
            price_cents: package.price.0,
            duration_seconds: package.seconds,
            rate: package.rate.map(|it| it.to_string()),
            data_bytes: package.bytes,
            devices: package.devices,
            starts: package.starts,
            again: package.again,
        }
    }
}

impl Listed for Shown {
    const COLUMNS: &'static [Column] = &[
        text("CODE"),
        text("NAME"),
        number("PRICE"),
        number("TIME"),
        text("RATE"),
        number("DATA"),
        number("DEVICES"),
        text("STARTS"),
        text("AGAIN"),
    ];

    fn cells(&self) -> Vec<String> {
        let seconds = u64::try_from(self.duration_seconds).unwrap_or(0);
        vec![
            self.code.to_string(),
            self.name.clone(),
            crate::domain::money::Cents(self.price_cents).to_string(),
            span_text(Duration::from_secs(seconds)),
            or_dash(self.rate.as_ref()),
            or_dash(self.data_bytes.map(volume)),
            self.devices.to_string(),
            self.starts.to_string(),
            self.again.to_string(),
        ]
    }
}

/// A number of bytes the way operators write it, as in `5GiB` or `500MB`.
fn volume(bytes: i64) -> String {
    let units = [
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("KiB", 1 << 10),
        ("kB", 1_000),
    ];
    let whole = units.iter().find(|(_, unit): &&(&str, i64)| bytes % unit == 0);
    whole.map_or_else(|| bytes.to_string(), |(name, unit)| format!("{}{name}", bytes / unit))
}

/// The package for sale of this code.
fn find(desk: &Desk<'_>, code: &PackageCode) -> anyhow::Result<Sold> {
    let found = desk.store.read(|conn| packages::by_code(conn, code))?;
    found.with_context(|| {
        format!("no package {code} is for sale; `mlango package list` shows those that are")
    })
}

/// Money that fits two packages buys neither, so it is said when it comes to that.
fn warn_of_same_price(desk: &mut Desk<'_>, package: &Sold) -> anyhow::Result<()> {
    let now = desk.store.now();
    let same = desk.store.read(|conn| shelf::same_price(conn, package, now))?;
    if same.is_empty() {
        return Ok(());
    }
    let others: Vec<_> = same.iter().map(|it| it.code.as_str()).collect();
    desk.warn(&format!(
        "{} costs {} like {}, or did in the last day: such a payment that names no package is \
         held until `mlango payment assign`",
        package.code,
        package.price,
        others.join(" and ")
    ))
}

#[test]
fn volumes_are_written_as_they_are_read() {
    for text in ["5GiB", "500MB", "1TB", "1TiB", "1KiB", "7kB", "1"] {
        let bytes = crate::domain::package::parse_bytes(text).unwrap();
        assert_eq!(volume(bytes), text);
    }
}
