//! Two rows that turn out to be one payment.

use super::access::{serve_on, targets, write_radius};
use super::{Purchase, grant};
use crate::config::Config;
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::payment::{Payment, PaymentState};
use crate::domain::subscription::{Subscription, SubscriptionState, Target};
use crate::job::Job as _;
use crate::jobs::ProvisionUser;
use crate::store::grants::{self, Grant};
use crate::store::{Result, Tx, customers, deliveries, packages, payments, subscriptions};
use std::time::Duration;

/// Joins the row that has the money with the one that has the CheckoutRequestID, and returns the
/// row that stays. That is the one that was asked for, unless less came than was asked: then what
/// the money bought by its amount stands.
pub(super) fn join_doors(
    tx: &Tx<'_>,
    config: &Config,
    money: &Payment,
    asked: &Payment,
) -> Result<PaymentId> {
    let price = asked.price.unwrap_or(Cents(0));
    let is_enough = money.amount.is_some_and(|amount| price <= amount);
    if !asked.is_known || !is_enough || money.state == PaymentState::Returned {
        payments::join(tx, asked.id, money.id)?;
        return Ok(money.id);
    }
    take_over(tx, config, money, asked)
}

/// Moves the money of `money`, and what it bought, to what was asked for in `asked`.
fn take_over(tx: &Tx<'_>, config: &Config, money: &Payment, asked: &Payment) -> Result<PaymentId> {
    let granted = grants::of_payment(tx, money.id)?;
    if let Some(granted) = &granted {
        if is_the_same(tx, granted, asked)? {
            // Nothing changes but whose row it is.
            grants::repoint(tx, money.id, asked.id)?;
        } else {
            take_back(tx, config, granted)?;
        }
    }
    payments::join(tx, money.id, asked.id)?;
    if let Some(amount) = money.amount.filter(|_| money.is_in()) {
        let surplus = amount.surplus_over(asked.price.unwrap_or(amount)).unwrap_or(Cents(0));
        payments::set_received(tx, asked.id, amount, surplus, money.is_signed)?;
        if grants::of_payment(tx, asked.id)?.is_none() {
            grant_asked(tx, config, asked)?;
        }
    }
    Ok(asked.id)
}

fn is_the_same(tx: &Tx<'_>, granted: &Grant, asked: &Payment) -> Result<bool> {
    let subscription = subscriptions::get(tx, granted.subscription_id)?;
    Ok(Some(subscription.customer_id) == asked.customer_id
        && Some(subscription.package_id) == asked.package_id
        && subscription.router_id == asked.router_id)
}

/// Grants a payment that is in what it was asked for.
pub(super) fn grant_asked(tx: &Tx<'_>, config: &Config, asked: &Payment) -> Result<()> {
    let (Some(customer_id), Some(package_id)) = (asked.customer_id, asked.package_id) else {
        return Ok(());
    };
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
    subscriptions::shrink(tx, id, granted.seconds, granted.bytes, period)?;
    let subscription = subscriptions::get(tx, id)?;
    if grants::of_subscription(tx, id)?.is_empty() {
        revoke(tx, config, &subscription)
    } else {
        let targets = targets(tx, config, subscription.router_id)?;
        serve_on(tx, &subscription, &targets, Duration::ZERO)?;
        write_radius(tx, config, &subscription.username)
    }
}

/// Ends the right, and owes every target the news.
pub(super) fn revoke(tx: &Tx<'_>, config: &Config, subscription: &Subscription) -> Result<()> {
    subscriptions::end(tx, subscription.id, SubscriptionState::Revoked)?;
    write_radius(tx, config, &subscription.username)?;
    for delivery in deliveries::of_subscription(tx, subscription.id)? {
        match delivery.target {
            Target::Router(router_id) => {
                deliveries::unwant(tx, subscription.id, delivery.target)?;
                ProvisionUser { subscription_id: subscription.id, router_id }.enqueue(tx)?;
            }
            Target::Radius => {
                deliveries::unwant(tx, subscription.id, delivery.target)?;
                deliveries::set_verified(tx, subscription.id, delivery.target, None)?;
            }
            Target::Sms(_) | Target::WaitingSms(_) => {}
        }
    }
    Ok(())
}
