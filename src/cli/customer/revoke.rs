//! `mlango customer revoke`

use super::{Shown, find};
use crate::cli::Desk;
use clap::Args;

#[derive(Debug, Args)]
pub struct Revoke {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

impl Revoke {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        let count = desk.at_counter(|counter, tx| counter.revoke(tx, &customer))?;
        let purchases = if count == 1 { "purchase is" } else { "purchases are" };
        let sentence = format!(
            "{count} {purchases} revoked; the money stays received, `mlango payment close` is for \
             money that goes back"
        );
        desk.done(&sentence, &Shown::from(&customer))
    }
}
