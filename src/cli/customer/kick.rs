//! `mlango customer kick`

use super::{Shown, find};
use crate::cli::Desk;
use clap::Args;

#[derive(Debug, Args)]
pub struct Kick {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

impl Kick {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        desk.at_counter(|counter, tx| counter.kick(tx, &customer))?;
        let sentence = format!(
            "{} is put out next, and may log in again; `mlango customer revoke` is for good",
            self.phone
        );
        desk.done(&sentence, &Shown::from(&customer))
    }
}
