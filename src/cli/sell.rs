//! `mlango sell`: cash at the counter.

use super::Desk;
use super::payment::done_with;
use crate::domain::package::PackageCode;
use crate::domain::phone::Phone;
use clap::Args;

#[derive(Debug, Args)]
pub struct Sell {
    /// Whose it is, as in 0712345678
    phone: Phone,
    /// What was paid for
    #[arg(long, value_name = "CODE")]
    package: PackageCode,
}

impl Sell {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let id = desk.at_counter(|counter, tx| counter.sell(tx, &self.phone, &self.package))?;
        let (phone, package) = (self.phone.local(), &self.package);
        done_with(desk, id, |view| {
            let paid = view.money.amount_cents.map(|it| format!(" for {it} in cash"));
            let paid = paid.unwrap_or_default();
            format!("payment {id}: {package} is sold to {phone}{paid}; the customer is let in next")
        })
    }
}
