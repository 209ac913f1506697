//! `mlango payment assign`

use crate::cli::Desk;
use crate::domain::ids::PaymentId;
use crate::domain::package::PackageCode;
use crate::jobs::sale::{self, AskError};
use crate::store::{audit, payments};
use crate::view::payment::{self, Detail};
use anyhow::bail;
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
        let id = super::find(desk, &self.payment)?.id;
        let assigned =
            desk.store.write(|tx| match sale::assign(tx, desk.config, id, &self.package) {
                Ok(()) => {
                    let (about, detail) = (format!("payment:{id}"), self.package.as_str());
                    audit::insert(tx, "cli", "payment assign", Some(&about), detail)?;
                    Ok(Ok(()))
                }
                Err(AskError::Store(error)) => Err(error),
                Err(refusal) => Ok(Err(refusal)),
            })?;
        if let Err(refusal) = assigned {
            bail!("{refusal}; {}", advice(&refusal, id));
        }
        let now = desk.store.now();
        let view = desk.store.read(|conn| {
            let known = payments::get(conn, id)?;
            payment::view(conn, &known, now, Detail::States)
        })?;
        let sentence = format!("payment {id} buys {}; the customer is let in next", self.package);
        desk.done(&sentence, &view)
    }
}

/// What an operator does next.
fn advice(refusal: &AskError, id: PaymentId) -> String {
    match refusal {
        AskError::NoSuchPackage(_) => "`mlango package list` shows those that are".to_owned(),
        _ => format!("`mlango payment show {id}` tells what became of it"),
    }
}
