//! `mlango package add`

use super::facts::Extras;
use super::{Shown, warn_of_same_price};
use crate::cli::Desk;
use crate::domain::ids::PackageId;
use crate::domain::money::Cents;
use crate::domain::package::{Again, Package, PackageCode, Starts};
use crate::jobs::shelf;
use anyhow::bail;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Add {
    /// What references and commands call it, as in 1h
    #[arg(long)]
    code: PackageCode,
    /// What customers read
    #[arg(long, value_parser = shelf::name)]
    name: String,
    /// In shillings, with at most two decimals
    #[arg(long, value_name = "SHILLINGS", value_parser = shelf::price)]
    price: Cents,
    /// How long it lasts, as in 30m, 1h or 7d
    #[arg(long, value_parser = shelf::duration)]
    duration: Duration,
    #[command(flatten)]
    extras: Extras,
}

impl Add {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let mut package = Package {
            id: PackageId(0), // The database gives it one.
            code: self.code.clone(),
            name: self.name.clone(),
            price: self.price,
            seconds: shelf::seconds(self.duration),
            rate: None,
            bytes: None,
            devices: 1,
            starts: Starts::Access,
            again: Again::Extend,
            is_active: true,
        };
        self.extras.apply(&mut package);
        let code = &package.code;
        let Some(package) = desk.store.write(|tx| shelf::add(tx, "cli", &package))? else {
            bail!(
                "a package {code} is for sale already; change it with `mlango package set {code}`"
            )
        };
        warn_of_same_price(desk, &package)?;
        let sentence = format!("package {} is for sale for {}", package.code, package.price);
        desk.done(&sentence, &Shown::from(&package))
    }
}
