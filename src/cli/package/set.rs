//! `mlango package set`

use super::facts::Extras;
use super::{Shown, find, warn_of_same_price};
use crate::cli::Desk;
use crate::domain::money::Cents;
use crate::domain::package::PackageCode;
use crate::jobs::shelf;
use anyhow::bail;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Set {
    /// The package to change
    #[arg(value_name = "CODE")]
    package: PackageCode,
    /// Another code for it
    #[arg(long)]
    code: Option<PackageCode>,
    /// What customers read
    #[arg(long, value_parser = shelf::name)]
    name: Option<String>,
    /// In shillings; the price until now is good for another day
    #[arg(long, value_name = "SHILLINGS", value_parser = shelf::price)]
    price: Option<Cents>,
    /// How long it lasts, as in 30m, 1h or 7d
    #[arg(long, value_parser = shelf::duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    extras: Extras,
}

impl Set {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        if self.is_empty() {
            bail!("nothing is to be changed; `mlango package set --help` shows what can be");
        }
        let standing = find(desk, &self.package)?;
        let mut package = standing.clone();
        package.code = self.code.clone().unwrap_or(package.code);
        package.name = self.name.clone().unwrap_or(package.name);
        package.price = self.price.unwrap_or(package.price);
        package.seconds = self.duration.map_or(package.seconds, shelf::seconds);
        self.extras.apply(&mut package);
        if !desk.store.write(|tx| shelf::change(tx, "cli", &package))? {
            bail!("another package is {} already; choose another code", package.code);
        }
        warn_of_same_price(desk, &package)?;
        let mut sentence = format!("package {} is changed for purchases to come", package.code);
        if package.price != standing.price {
            sentence.push_str(&format!("; {} buys it for another day", standing.price));
        }
        desk.done(&sentence, &Shown::from(&package))
    }

    fn is_empty(&self) -> bool {
        let is_plain = self.code.is_none() && self.name.is_none() && self.price.is_none();
        is_plain && self.duration.is_none() && self.extras.is_empty()
    }
}
