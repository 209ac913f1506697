//! What operators do for customers and with money, by whichever door: each is one transaction,
//! audited with who did it, and refused as a whole or done as a whole.

use super::by_hand::{self, Chosen, Narrowed};
use super::sale::{self, Recorded, Refusal};
use super::{DisconnectHotspotUser, ProcessPayment, RESEND, SendCredentialsSms};
use crate::config::{Config, Gateway};
use crate::domain::customer::Customer;
use crate::domain::ids::{PaymentId, SubscriptionId};
use crate::domain::package::PackageCode;
use crate::domain::payment::{Payment, ReturnReason};
use crate::domain::phone::Phone;
use crate::domain::queue::Queue;
use crate::domain::subscription::Target;
use crate::domain::time::span_text;
use crate::job::Job as _;
use crate::store::{
    Tx, audit, callbacks, deliveries, failed_jobs, grants, outbox, payments, sessions,
    subscriptions,
};
use std::time::Duration;

/// An operator at work.
#[derive(Clone, Copy)]
pub struct Counter<'a> {
    pub config: &'a Config,
    /// As the audit calls the door: `cli`, `page` or `api`.
    pub who: &'a str,
}

impl Counter<'_> {
    /// Takes money in that was seen on the till and that no callback told of.
    pub fn record(&self, tx: &Tx<'_>, recorded: &Recorded) -> Result<PaymentId, Refusal> {
        let id = sale::record(tx, self.config, recorded)?;
        let detail = format!("{} of {}", recorded.receipt, recorded.amount);
        self.note(tx, "payment record", &about_payment(id), &detail)?;
        Ok(id)
    }

    /// Sells a package for cash.
    pub fn sell(
        &self,
        tx: &Tx<'_>,
        phone: &Phone,
        package: &PackageCode,
    ) -> Result<PaymentId, Refusal> {
        let id = sale::sell(tx, self.config, phone, package)?;
        self.note(tx, "sell", &about_payment(id), package.as_str())?;
        Ok(id)
    }

    /// Says what held money is for.
    pub fn assign(&self, tx: &Tx<'_>, id: PaymentId, package: &PackageCode) -> Result<(), Refusal> {
        sale::assign(tx, self.config, id, package)?;
        Ok(self.note(tx, "payment assign", &about_payment(id), package.as_str())?)
    }

    /// Notes that money was returned, and takes back what is left of what it bought.
    pub fn close(
        &self,
        tx: &Tx<'_>,
        id: PaymentId,
        reason: ReturnReason,
    ) -> Result<Payment, Refusal> {
        let closed = sale::close(tx, self.config, id, reason)?;
        self.note(tx, "payment close", &about_payment(closed.id), reason.as_str())?;
        Ok(closed)
    }

    /// Has every message about a payment understood once more, and returns how many there are.
    /// What was granted or decided stays.
    pub fn replay(&self, tx: &Tx<'_>, id: PaymentId) -> Result<usize, Refusal> {
        let payment = payments::find(tx, id)?.ok_or(Refusal::NoSuchPayment(id))?;
        let callbacks = callbacks::of_payment(tx, payment.id)?;
        if callbacks.is_empty() {
            return Err(Refusal::NoCallback(payment.id));
        }
        for &callback_id in &callbacks {
            ProcessPayment { callback_id }.enqueue(tx)?;
        }
        let detail = format!("{} callbacks", callbacks.len());
        self.note(tx, "payment replay", &about_payment(payment.id), &detail)?;
        Ok(callbacks.len())
    }

    /// Has access that was paid for tried on its targets now, given up, parked or delayed as it
    /// may be, and returns how many jobs that is.
    pub fn try_now(&self, tx: &Tx<'_>, id: PaymentId) -> Result<usize, Refusal> {
        let payment = payments::find(tx, id)?.ok_or(Refusal::NoSuchPayment(id))?;
        let Some(grant) = grants::of_payment(tx, payment.id)? else { return Ok(0) };
        let about = about_subscription(grant.subscription_id);
        let given_up = failed_jobs::about(tx, Queue::Provisioning, &about)?;
        by_hand::retry(tx, self.who, &Chosen::These(given_up), &Narrowed::default())?;
        let count = outbox::hurry_about(tx, &about)?;
        self.note(tx, "payment try", &about_payment(payment.id), &format!("{count} jobs"))?;
        Ok(count)
    }

    /// Gives time for nothing.
    pub fn extend(
        &self,
        tx: &Tx<'_>,
        customer: &Customer,
        span: Duration,
    ) -> Result<SubscriptionId, Refusal> {
        let id = sale::comp(tx, self.config, self.who, customer, span)?;
        self.note(tx, "customer extend", &about_subscription(id), &span_text(span))?;
        Ok(id)
    }

    /// Ends all that a customer has, and returns how many subscriptions that were.
    pub fn revoke(&self, tx: &Tx<'_>, customer: &Customer) -> Result<usize, Refusal> {
        let ended = sale::revoke_all(tx, self.config, customer)?;
        for &id in &ended {
            self.note(tx, "customer revoke", &about_subscription(id), "")?;
        }
        Ok(ended.len())
    }

    /// Puts every device of a customer out, wherever it is. Who has time left may log in again.
    /// Returns how many subscriptions that is about.
    pub fn kick(&self, tx: &Tx<'_>, customer: &Customer) -> Result<usize, Refusal> {
        let mut known = subscriptions::of_customer(tx, customer.id)?;
        known.retain(|it| !it.is_test);
        let mut kicked = 0;
        for (nth, subscription) in known.iter().enumerate() {
            // The latest in any case: a router may know of a device that it has not told us of.
            let id = subscription.id;
            if 0 < nth && !subscription.is_live() && sessions::online_of(tx, id)? == 0 {
                continue;
            }
            DisconnectHotspotUser::by_operator(id).enqueue(tx)?;
            self.note(tx, "customer kick", &about_subscription(id), "")?;
            kicked += 1;
        }
        if kicked == 0 {
            return Err(Refusal::NothingRuns(Box::new(customer.clone())));
        }
        Ok(kicked)
    }

    /// Gives a customer another password, and sends it if anything is running and an SMS can go.
    /// Returns the customer as changed, and whether an SMS is owed.
    pub fn renew_password(
        &self,
        tx: &Tx<'_>,
        customer: &Customer,
    ) -> Result<(Customer, bool), Refusal> {
        let changed = sale::renew_password(tx, self.config, customer)?;
        self.note(tx, "customer password", &format!("customer:{}", customer.id), "")?;
        match self.resend(tx, &changed) {
            Ok(_) => Ok((changed, true)),
            Err(Refusal::NothingRuns(_) | Refusal::NoPhone(_) | Refusal::NoGateway) => {
                Ok((changed, false))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Sends the credentials of the latest purchase once more.
    pub fn resend(&self, tx: &Tx<'_>, customer: &Customer) -> Result<PaymentId, Refusal> {
        let Some(phone) = &customer.phone else {
            return Err(Refusal::NoPhone(Box::new(customer.clone())));
        };
        if self.config.sms.gateway == Gateway::None {
            return Err(Refusal::NoGateway);
        }
        let mut latest = None;
        for subscription in sale::running(tx, customer)? {
            let grants = grants::of_subscription(tx, subscription.id)?;
            latest = latest.max(grants.iter().map(|it| (it.payment_id, subscription.id)).max());
        }
        let (payment_id, subscription_id) =
            latest.ok_or_else(|| Refusal::NothingRuns(Box::new(customer.clone())))?;
        deliveries::want(tx, subscription_id, Target::Sms(payment_id))?;
        SendCredentialsSms { subscription_id }.enqueue(tx)?;
        self.note(tx, RESEND, &about_payment(payment_id), &phone.masked())?;
        Ok(payment_id)
    }

    fn note(&self, tx: &Tx<'_>, what: &str, about: &str, detail: &str) -> crate::store::Result<()> {
        audit::insert(tx, self.who, what, Some(about), detail)
    }
}

fn about_payment(id: PaymentId) -> String {
    format!("payment:{id}")
}

fn about_subscription(id: SubscriptionId) -> String {
    format!("subscription:{id}")
}
