//! Money goes back: what is left of what it bought goes with it. The rows stay.

use super::Refusal;
use super::access::{serve_on, targets, write_radius};
use super::ending::end_if_over;
use super::joining::revoke;
use crate::config::Config;
use crate::domain::ids::PaymentId;
use crate::domain::payment::{Payment, PaymentState, ReturnReason};
use crate::domain::subscription::{DeliveryState, Subscription, Target};
use crate::domain::time::Now;
use crate::store::grants::{self, Grant};
use crate::store::{Result, Tx, deliveries, payments, subscriptions};
use std::time::Duration;

/// Notes that the money of a payment was returned or is another's, and revokes what is left of
/// what it bought. What other payments bought goes on.
pub fn close(
    tx: &Tx<'_>,
    config: &Config,
    id: PaymentId,
    reason: ReturnReason,
) -> std::result::Result<Payment, Refusal> {
    let payment = payments::find(tx, id)?.ok_or(Refusal::NoSuchPayment(id))?;
    match payment.state {
        PaymentState::Received | PaymentState::Held => {}
        PaymentState::Returned => {
            return Err(Refusal::Closed(payment.id, payment.reason.unwrap_or_default()));
        }
        PaymentState::Pending | PaymentState::Failed => {
            return Err(Refusal::NothingToReturn(payment.id, payment.state));
        }
    }
    payments::set_returned(tx, payment.id, reason.as_str())?;
    if let Some(granted) = grants::of_payment(tx, payment.id)? {
        take_rest(tx, config, &granted)?;
    }
    Ok(payments::get(tx, payment.id)?)
}

/// Takes what is left of one purchase. With no other the subscription is revoked.
fn take_rest(tx: &Tx<'_>, config: &Config, granted: &Grant) -> Result<()> {
    let id = granted.subscription_id;
    let before = subscriptions::get(tx, id)?;
    if !before.is_live() {
        return Ok(()); // It has ended, and says how.
    }
    let sms = Target::Sms(granted.payment_id);
    if deliveries::get(tx, id, sms)?.is_some_and(|it| it.state != DeliveryState::Verified) {
        deliveries::forget(tx, id, sms)?;
    }
    let rest = rest(&before, &grants::in_order(tx, id)?, granted, tx.now);
    let used_bytes = granted.bytes.map(|bytes| bytes - rest.bytes.unwrap_or(0));
    grants::revoke(tx, granted.payment_id, granted.seconds - rest.seconds, used_bytes)?;
    let length = Duration::from_secs(u64::try_from(rest.seconds).unwrap_or(0));
    let period = before.period.map(|it| it.shortened_by(length));
    subscriptions::shrink(tx, id, rest.seconds, period)?;
    let subscription = subscriptions::get(tx, id)?;
    if grants::of_subscription(tx, id)?.is_empty() {
        return revoke(tx, config, &subscription);
    }
    if subscription.is_spent(tx.now) {
        return end_if_over(tx, config, &subscription.username);
    }
    let targets = targets(tx, config, subscription.router_id)?;
    serve_on(tx, &subscription, &targets, Duration::ZERO)?;
    write_radius(tx, config, &subscription.username)
}

/// Part of a purchase.
#[derive(Debug, PartialEq, Eq)]
struct Rest {
    seconds: i64,
    bytes: Option<i64>,
}

/// What is left of `granted`: purchases are used up one after the other, so what later ones and
/// gifts added is the last to go.
fn rest(subscription: &Subscription, in_order: &[Grant], granted: &Grant, now: Now) -> Rest {
    let mut so_far = Vec::new();
    for grant in in_order {
        so_far.push(grant);
        if grant.payment_id == granted.payment_id {
            break;
        }
    }
    let part = |whole: i64, left: i64, through_this: i64, own: i64| {
        let later = (whole - through_this).max(0);
        (left - later).clamp(0, own)
    };
    let left = i64::try_from(subscription.left(now).as_secs()).unwrap_or(i64::MAX);
    let through_this = so_far.iter().map(|it| it.seconds).sum();
    let seconds = part(subscription.seconds, left, through_this, granted.seconds);
    let bytes = subscription.bytes.zip(subscription.bytes_left()).zip(granted.bytes);
    let bytes = bytes.map(|((whole, left), own)| {
        let through_this = so_far.iter().filter_map(|it| it.bytes).sum();
        part(whole, left, through_this, own)
    });
    Rest { seconds, bytes }
}
