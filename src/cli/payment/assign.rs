//! `mlango payment assign`

use super::{done_with, find};
use crate::cli::Desk;
use crate::domain::package::PackageCode;
use clap::Args;

#[derive(Debug, Args)]
pub struct Assign {
    /// Its number, or its M-Pesa receipt
    #[arg(value_name = "ID")]
    payment: String,
    /// What it is for
    #[arg(long, value_name = "CODE")]
    package: PackageCode,
}

impl Assign {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let id = find(desk, &self.payment)?.id;
        desk.at_counter(|counter, tx| counter.assign(tx, id, &self.package))?;
        done_with(desk, id, |_| {
            format!("payment {id} buys {}; the customer is let in next", self.package)
        })
    }
}
