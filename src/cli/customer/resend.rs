//! `mlango customer resend`

use super::{Shown, find};
use crate::cli::Desk;
use crate::domain::phone::Phone;
use clap::Args;

#[derive(Debug, Args)]
pub struct Resend {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

impl Resend {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        desk.at_counter(|counter, tx| counter.resend(tx, &customer))?;
        let phone = customer.phone.as_ref().map(Phone::international).unwrap_or_default();
        desk.done(&format!("the credentials go to {phone} once more"), &Shown::from(&customer))
    }
}
