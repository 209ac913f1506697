//! Two rows that turn out to be one payment.

use super::access::{serve_on, targets, write_radius};
use super::ending::{end_if_over, take_away};
use super::{Purchase, grant};
use crate::config::Config;
use crate::domain::ids::{CustomerId, PackageId, PaymentId, RouterId};
use crate::domain::money::Cents;
use crate::domain::payment::{HeldFor, Payment, PaymentState};
use crate::domain::subscription::{Subscription, SubscriptionState, Target};
use crate::job::Job as _;
use crate::jobs::ProvisionUser;
use crate::store::grants::{self, Grant};
use crate::store::{Error, Result, Tx, customers, deliveries, packages, payments, subscriptions};
use std::time::Duration;

/// Joins the row that has the receipt with the one that has the CheckoutRequestID, and returns the
/// row that stays: the one that was asked for, unless less came than was asked, or an operator has
/// said what the money is for. Then what it bought stands.
pub(super) fn join_doors(
    tx: &Tx<'_>,
    config: &Config,
    money: &Payment,
    asked: &Payment,
) -> Result<PaymentId> {
    if is_closed(asked) || grants::of_payment(tx, asked.id)?.is_some() {
        // An operator has said what becomes of it: what its amount bought besides is one too many.
        if let Some(second) = grants::of_payment(tx, money.id)? {
            take_back(tx, config, &second)?;
        }
        payments::join(tx, money.id, asked.id)?;
        return Ok(asked.id);
    }
    let is_decided = grants::of_payment(tx, money.id)?.is_some_and(|it| !it.is_by_price);
    if !asked.is_known || is_closed(money) || is_decided || is_too_little(money, asked) {
        payments::join(tx, asked.id, money.id)?;
        return Ok(money.id);
    }
    take_over(tx, config, money, asked)
}

fn is_closed(payment: &Payment) -> bool {
    payment.state == PaymentState::Returned
}

fn is_too_little(money: &Payment, asked: &Payment) -> bool {
    money.is_in() && money.amount.zip(asked.price).is_some_and(|(amount, price)| amount < price)
}

/// Moves what is known of `money`, and what it bought, to what was asked for in `asked`.
fn take_over(tx: &Tx<'_>, config: &Config, money: &Payment, asked: &Payment) -> Result<PaymentId> {
    let purpose = asked.customer_id.zip(asked.package_id);
    let purpose = purpose.map(|(customer_id, package_id)| Purpose {
        customer_id,
        package_id,
        router_id: asked.router_id,
    });
    if let (Some(granted), Some(purpose)) = (grants::of_payment(tx, money.id)?, purpose) {
        if keep(tx, config, &granted, &purpose)? {
            grants::repoint(tx, money.id, asked.id)?;
        } else {
            take_back(tx, config, &granted)?;
        }
    }
    payments::join(tx, money.id, asked.id)?;
    match money.amount.filter(|_| money.is_in()) {
        Some(amount) => {
            let surplus = amount.surplus_over(asked.price.unwrap_or(amount)).unwrap_or(Cents(0));
            payments::set_received(tx, asked.id, amount, surplus, money.is_signed)?;
            if grants::of_payment(tx, asked.id)?.is_none() {
                grant_asked(tx, config, asked)?;
            }
        }
        None => inherit(tx, money, asked)?,
    }
    Ok(asked.id)
}

/// No money is in: the row that stays takes over what was said of it.
fn inherit(tx: &Tx<'_>, money: &Payment, asked: &Payment) -> Result<()> {
    let reason = money.reason.as_deref().unwrap_or_default();
    match money.state {
        PaymentState::Failed => payments::set_failed(tx, asked.id, reason).map(|_| ()),
        PaymentState::Held => {
            payments::set_held(tx, asked.id, money.amount, HeldFor::Evidence, reason)
        }
        PaymentState::Pending | PaymentState::Received | PaymentState::Returned => Ok(()),
    }
}

/// Whose a purchase is, of what, and where it is good.
pub(super) struct Purpose {
    pub(super) customer_id: CustomerId,
    pub(super) package_id: PackageId,
    pub(super) router_id: Option<RouterId>,
}

/// Whether what was granted is what was asked for. If only the place differs it is moved there,
/// with the time that it has left.
pub(super) fn keep(
    tx: &Tx<'_>,
    config: &Config,
    granted: &Grant,
    purpose: &Purpose,
) -> Result<bool> {
    let subscription = subscriptions::get(tx, granted.subscription_id)?;
    let is_the_same = subscription.customer_id == purpose.customer_id
        && subscription.package_id == purpose.package_id;
    // What was used up, or ended by an operator, before the other door told of it: bought once.
    let is_over = !subscription.is_live();
    if !is_the_same || is_over || subscription.router_id == purpose.router_id {
        return Ok(is_the_same);
    }
    if 1 < grants::of_subscription(tx, subscription.id)?.len() {
        return Ok(true); // It was widened by another purchase, and stays as wide.
    }
    subscriptions::set_router(tx, subscription.id, purpose.router_id)?;
    for delivery in deliveries::of_subscription(tx, subscription.id)? {
        if let Target::Router(id) = delivery.target
            && purpose.router_id.is_some_and(|it| it != id)
        {
            deliveries::unwant(tx, subscription.id, delivery.target)?;
            let (subscription_id, router_id) = (subscription.id, id);
            ProvisionUser { subscription_id, router_id }.enqueue(tx)?;
        }
    }
    let moved = subscriptions::get(tx, subscription.id)?;
    serve_on(tx, &moved, &targets(tx, config, moved.router_id)?, Duration::ZERO)?;
    write_radius(tx, config, &moved.username)?;
    Ok(true)
}

/// Grants a payment that is in what it was asked for.
pub(super) fn grant_asked(tx: &Tx<'_>, config: &Config, asked: &Payment) -> Result<()> {
    let purpose = asked.customer_id.zip(asked.package_id);
    let (customer_id, package_id) = purpose.ok_or_else(|| {
        Error::Inconsistent(format!("payment {} was asked for, but nobody says for what", asked.id))
    })?;
    let (customer, package) = (customers::get(tx, customer_id)?, packages::get(tx, package_id)?);
    let purchase = Purchase {
        payment_id: asked.id,
        customer: &customer,
        is_new_customer: customers::is_new(tx, customer_id)?,
        package: &package,
        router_id: asked.router_id,
        is_by_price: false,
    };
    grant(tx, config, &purchase)?;
    Ok(())
}

/// Takes a purchase back from the subscription that it made or extended. With nothing left of it
/// the subscription is revoked, and every target that knows it is told.
pub(super) fn take_back(tx: &Tx<'_>, config: &Config, granted: &Grant) -> Result<()> {
    grants::remove(tx, granted.payment_id)?;
    deliveries::forget(tx, granted.subscription_id, Target::Sms(granted.payment_id))?;
    deliveries::forget(tx, granted.subscription_id, Target::WaitingSms(granted.payment_id))?;
    let id = granted.subscription_id;
    let before = subscriptions::get(tx, id)?;
    let length = Duration::from_secs(u64::try_from(granted.seconds).unwrap_or(0));
    let period = before.period.map(|it| it.shortened_by(length));
    subscriptions::shrink(tx, id, granted.seconds, period)?;
    let subscription = subscriptions::get(tx, id)?;
    if grants::of_subscription(tx, id)?.is_empty() {
        revoke(tx, config, &subscription)
    } else {
        let targets = targets(tx, config, subscription.router_id)?;
        serve_on(tx, &subscription, &targets, Duration::ZERO)?;
        write_radius(tx, config, &subscription.username)
    }
}

/// Ends the right, and owes every target the news. What waits behind it goes on.
pub(super) fn revoke(tx: &Tx<'_>, config: &Config, subscription: &Subscription) -> Result<()> {
    subscriptions::end(tx, subscription.id, SubscriptionState::Revoked)?;
    take_away(tx, subscription.id)?;
    end_if_over(tx, config, &subscription.username)?;
    write_radius(tx, config, &subscription.username)
}
