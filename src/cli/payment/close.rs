//! `mlango payment close`

use super::{done_with, find};
use crate::cli::Desk;
use crate::domain::payment::ReturnReason;
use clap::Args;

#[derive(Debug, Args)]
pub struct Close {
    /// Its number, or its M-Pesa receipt
    #[arg(value_name = "ID")]
    payment: String,
    /// refunded, reversed or other-site
    #[arg(long)]
    reason: ReturnReason,
}

impl Close {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let id = find(desk, &self.payment)?.id;
        desk.at_counter(|counter, tx| counter.close(tx, id, self.reason))?;
        done_with(desk, id, |view| {
            let taken = match view.entitlement {
                Some(_) => "; what was left of its purchase is revoked",
                None => "",
            };
            format!("payment {id} is closed: {}{taken}", self.reason)
        })
    }
}
