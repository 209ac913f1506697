//! `mlango customer password`

use super::{Shown, find};
use crate::cli::Desk;
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Password {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

/// The one answer that holds a password: somebody may have to read it out.
#[derive(Serialize)]
struct Renewed {
    #[serde(flatten)]
    customer: Shown,
    password: String,
    is_sent: bool,
}

impl Password {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        let (changed, is_sent) =
            desk.at_counter(|counter, tx| counter.renew_password(tx, &customer))?;
        let password = changed.password.expose().to_owned();
        let name = changed.username.as_str();
        let told = if is_sent { "an SMS tells the customer" } else { "read it to the customer" };
        let sentence = format!(
            "the password of {name} is {password} from now on; {told}. Who is online stays online"
        );
        desk.done(&sentence, &Renewed { customer: Shown::from(&changed), password, is_sent })
    }
}
