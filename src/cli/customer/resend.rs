//! `mlango customer resend`

use super::{Shown, find};
use crate::cli::Desk;
use crate::config::Gateway;
use crate::domain::subscription::Target;
use crate::job::Job as _;
use crate::jobs::{RESEND, SendCredentialsSms};
use crate::store::{audit, deliveries, grants, subscriptions};
use anyhow::{Context as _, bail};
use clap::Args;

#[derive(Debug, Args)]
pub struct Resend {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

impl Resend {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        let phone = customer.phone.as_ref().with_context(|| {
            format!(
                "nobody told us the phone of {}; M-Pesa hides it, so read the credentials to the \
                 customer instead",
                customer.username.as_str()
            )
        })?;
        if desk.config.sms.gateway == Gateway::None {
            bail!("no SMS can be sent: [sms] gateway is \"none\" in the configuration");
        }
        let latest = desk.store.write(|tx| {
            let live = subscriptions::live_of(tx, customer.id)?;
            let mut latest = None;
            for subscription in live.iter().filter(|it| !it.is_test && !it.is_spent(tx.now)) {
                let grants = grants::of_subscription(tx, subscription.id)?;
                latest = latest.max(grants.iter().map(|it| (it.payment_id, subscription.id)).max());
            }
            if let Some((payment_id, subscription_id)) = latest {
                deliveries::want(tx, subscription_id, Target::Sms(payment_id))?;
                SendCredentialsSms { subscription_id }.enqueue(tx)?;
                let about = format!("payment:{payment_id}");
                audit::insert(tx, "cli", RESEND, Some(&about), phone.msisdn())?;
            }
            Ok(latest)
        })?;
        if latest.is_none() {
            bail!(
                "nothing that {} bought is running; `mlango customer show {}` shows what was",
                phone.msisdn(),
                phone.msisdn()
            );
        }
        let sentence = format!("the credentials go to {} once more", phone.international());
        desk.done(&sentence, &Shown::from(&customer))
    }
}
