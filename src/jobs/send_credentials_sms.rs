//! The customer is told how to log in.

use crate::domain::ids::{PaymentId, SubscriptionId};
use crate::domain::package::Package;
use crate::domain::payment::Payment;
use crate::domain::phone::Phone;
use crate::domain::queue::Queue;
use crate::domain::subscription::{DeliveryState, Subscription, SubscriptionState, Target};
use crate::domain::time::{Now, span_text};
use crate::job::{Cx, Done, Failure, Fate, Job, JobError, World};
use crate::sms::text::{Fields, render};
use crate::sms::{Message, SmsError};
use crate::store::deliveries::Delivery;
use crate::store::{self, Tx, audit, customers, deliveries, packages, payments, subscriptions};
use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Sends what a subscription's purchases are owed: the credentials once access works, and a word
/// of patience if that takes long. At most once each: a try whose end nobody saw is not repeated.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendCredentialsSms {
    pub subscription_id: SubscriptionId,
}

/// What the audit calls it when an operator has the credentials sent once more.
pub const RESEND: &str = "customer resend";

/// What is to be said, and for which purchases it counts.
struct Due {
    payments: Vec<PaymentId>,
    target: fn(PaymentId) -> Target,
    message: Message,
}

impl Job for SendCredentialsSms {
    const KIND: &'static str = "send_credentials_sms";
    const QUEUE: Queue = Queue::HotspotSms;
    const AT_MOST_ONCE: bool = true;
    /// Gateways charge for each and block who sends in bursts; no site sells faster than this.
    const RATE_LIMIT: Option<(usize, Duration)> = Some((200, Duration::from_secs(10)));

    /// Two at once would both find the same SMS unsent.
    fn serial_key(&self) -> Option<String> {
        Some(format!("sms:{}", self.subscription_id))
    }

    fn about(&self) -> Option<String> {
        Some(format!("subscription:{}", self.subscription_id))
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let Some(due) = self.due(cx)? else { return Ok(Done::nothing()) };
        if 0 < cx.cut_off {
            return Err(JobError::GiveUp(anyhow!(
                "the program was cut off while it sent this; nobody knows whether it arrived"
            )));
        }
        let id = self.subscription_id;
        match cx.world.sms.send(&due.message, cx.deadline) {
            Ok(sent) => Ok(Done::writing(move |tx| {
                for payment in due.payments {
                    // It may have been joined into another meanwhile.
                    let payment = payments::find(tx, payment)?.map_or(payment, |it| it.id);
                    let target = (due.target)(payment);
                    if matches!(target, Target::WaitingSms(_)) {
                        deliveries::want(tx, id, target)?;
                    }
                    deliveries::set_verified(tx, id, target, sent.id.as_deref())?;
                }
                Ok(())
            })),
            Err(error @ SmsError::NotSent(_)) => Err(JobError::Retry(error.into())),
            Err(error) => Err(JobError::GiveUp(error.into())),
        }
    }

    fn unsuccessful(
        &self,
        tx: &Tx<'_>,
        _world: &World,
        failure: &Failure<'_>,
    ) -> store::Result<()> {
        let state = match failure.fate {
            Fate::Failed => DeliveryState::Failed,
            Fate::Retried | Fate::Parked | Fate::StillParked => DeliveryState::Queued,
        };
        let id = self.subscription_id;
        let Some(subscription) = subscriptions::find(tx, id)? else { return Ok(()) };
        let deliveries = deliveries::of_subscription(tx, id)?;
        let owed = purchases(&deliveries, DeliveryState::Queued);
        if is_access_verified(&subscription, &deliveries) {
            for payment in owed {
                let target = Target::Sms(payment);
                deliveries::set_unsuccessful(tx, id, target, state, failure.error)?;
            }
        } else if let (Some(&latest), DeliveryState::Failed) = (owed.last(), state) {
            // It was the one that asks for patience: the credentials are still owed.
            deliveries::want(tx, id, Target::WaitingSms(latest))?;
            let target = Target::WaitingSms(latest);
            deliveries::set_unsuccessful(tx, id, target, state, failure.error)?;
        }
        Ok(())
    }

    /// What was given up is owed again; without a phone there is nobody to owe it to.
    fn retried(&self, tx: &Tx<'_>) -> store::Result<()> {
        let deliveries = deliveries::of_subscription(tx, self.subscription_id)?;
        let failed = purchases(&deliveries, DeliveryState::Failed);
        if failed.is_empty() {
            return Ok(()); // There may be no such subscription, which its next run will say.
        }
        let subscription = subscriptions::get(tx, self.subscription_id)?;
        if customers::get(tx, subscription.customer_id)?.phone.is_none() {
            return Ok(());
        }
        for payment in failed {
            deliveries::want(tx, self.subscription_id, Target::Sms(payment))?;
        }
        Ok(())
    }
}

/// The purchases whose SMS of credentials is in that state, the oldest first.
fn purchases(deliveries: &[Delivery], state: DeliveryState) -> Vec<PaymentId> {
    let those = deliveries.iter().filter(|it| it.state == state);
    let mut purchases: Vec<_> = those
        .filter_map(|it| match it.target {
            Target::Sms(payment) => Some(payment),
            _ => None,
        })
        .collect();
    purchases.sort_unstable();
    purchases
}

/// Whether the customer can log in with what was bought last: a router said so, or FreeRADIUS
/// knows and no router is to be waited for.
fn is_access_verified(subscription: &Subscription, deliveries: &[Delivery]) -> bool {
    let is_verified = |it: &&Delivery| it.is_wanted && it.state == DeliveryState::Verified;
    let mut routers = deliveries.iter().filter(|it| matches!(it.target, Target::Router(_)));
    let is_radius =
        deliveries.iter().filter(is_verified).any(|it| matches!(it.target, Target::Radius));
    subscription.state == SubscriptionState::Active
        && (routers.clone().any(|it| is_verified(&it))
            || is_radius && routers.all(|it| 0 < it.tries))
}

impl SendCredentialsSms {
    fn due(&self, cx: &Cx) -> Result<Option<Due>, JobError> {
        let id = self.subscription_id;
        let (subscription, deliveries) = cx.read(|conn| {
            Ok((subscriptions::get(conn, id)?, deliveries::of_subscription(conn, id)?))
        })?;
        let owed = purchases(&deliveries, DeliveryState::Queued);
        let (Some(&latest), true) = (owed.last(), subscription.is_live()) else {
            return Ok(None);
        };
        let live = cx.read(|conn| subscriptions::live_under(conn, &subscription.username))?;
        let is_first = live.first().is_none_or(|it| it.id == id);
        let (customer, package, payment) = cx.read(|conn| {
            Ok((
                customers::get(conn, subscription.customer_id)?,
                packages::get(conn, subscription.package_id)?,
                payments::get(conn, latest)?,
            ))
        })?;
        let Some(phone) = customer.phone else { return Ok(None) };
        let resent = cx.read(|conn| audit::count(conn, RESEND, &format!("payment:{latest}")))?;
        let (world, now) = (&cx.world, cx.now());
        let letter = Letter { world, subscription, package, payment, resent, now };
        if is_access_verified(&letter.subscription, &deliveries) {
            let message = letter.credentials(phone);
            return Ok(Some(Due { payments: owed, target: Target::Sms, message }));
        }
        if !is_first || deliveries.iter().any(|it| it.target == Target::WaitingSms(latest)) {
            return Ok(None); // Another one goes first, or patience was asked for before.
        }
        let message = letter.patience(phone);
        Ok(Some(Due { payments: owed, target: Target::WaitingSms, message }))
    }
}

/// What an SMS speaks of.
struct Letter<'a> {
    world: &'a World,
    subscription: Subscription,
    package: Package,
    payment: Payment,
    /// How often an operator had it sent again.
    resent: i64,
    now: Now,
}

impl Letter<'_> {
    fn credentials(&self, to: Phone) -> Message {
        let reference = match self.resent {
            0 => format!("mlango-{}", self.payment.id),
            // A gateway may drop what it has seen before.
            nth => format!("mlango-{}-again-{nth}", self.payment.id),
        };
        self.message(to, &self.world.config.sms.text, reference)
    }

    fn patience(&self, to: Phone) -> Message {
        let reference = format!("mlango-{}-waiting", self.payment.id);
        self.message(to, &self.world.config.sms.text_waiting, reference)
    }

    fn message(&self, to: Phone, template: &str, reference: String) -> Message {
        let receipt = self.payment.receipt.as_ref().map_or("", |it| it.as_str());
        let fields = Fields {
            package: &self.package.name,
            ends: &self.ends(),
            username: self.subscription.username.as_str(),
            password: self.subscription.password.expose(),
            support: &self.world.config.sms.support,
            receipt,
        };
        Message { to, text: render(template, &fields), reference }
    }

    /// The moment, if the clock can tell one; otherwise how long it is from now or from the first
    /// login.
    fn ends(&self) -> String {
        let left = span_text(self.subscription.left(self.now));
        match self.subscription.period {
            Some(period) => period
                .ends_on_wall(self.now)
                .map_or_else(|| format!("{left} from now"), |it| it.local_short()),
            None => format!("{left} after login"),
        }
    }
}
