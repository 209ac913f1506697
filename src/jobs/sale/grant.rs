//! A purchase becomes a subscription, or adds to one.

use super::access::{Tells, serve_on, targets, write_radius};
use super::{access, announce, ending};
use crate::config::{Config, Gateway};
use crate::domain::customer::Customer;
use crate::domain::ids::{PaymentId, RouterId, SubscriptionId};
use crate::domain::package::{Again, Package, Starts};
use crate::domain::subscription::{
    DeliveryState, NO_PHONE, Period, Subscription, SubscriptionState, Target,
};
use crate::domain::time::EngineTime;
use crate::jobs::listeners;
use crate::store::events::EventName;
use crate::store::grants::{self, Grant};
use crate::store::subscriptions::{self, NewSubscription};
use crate::store::{Result, Tx, deliveries};
use std::time::Duration;

/// One payment's worth of a package.
pub struct Purchase<'a> {
    pub payment_id: PaymentId,
    pub customer: &'a Customer,
    pub is_new_customer: bool,
    pub package: &'a Package,
    /// Where it is good; `None` is everywhere.
    pub router_id: Option<RouterId>,
    /// Whether the amount or the reference chose the package.
    pub is_by_price: bool,
}

/// Gives the customer what the payment bought, and owes every target the news. Errors if the
/// payment has bought before.
pub fn grant(tx: &Tx<'_>, config: &Config, purchase: &Purchase<'_>) -> Result<SubscriptionId> {
    let live = end_spent(tx, config, subscriptions::live_of(tx, purchase.customer.id)?)?;
    let same = live.iter().rev().find(|it| it.package_id == purchase.package.id && !it.is_test);
    let id = match same {
        Some(same) => extend(tx, same, purchase)?,
        None => begin(tx, purchase, live.iter().any(|it| !it.is_test))?,
    };
    let subscription = subscriptions::get(tx, id)?;
    owe_credentials(tx, config, purchase, id)?;
    let targets = targets(tx, config, subscription.router_id)?;
    serve_on(tx, &subscription, &targets, Duration::ZERO)?;
    if let Some(left) = extra_devices_end(tx, &subscription)? {
        serve_on(tx, &subscription, &targets, left)?; // One device less from then on.
        ending::owe_look(tx, left)?;
    }
    write_radius(tx, config, &subscription.username)?;
    if targets.is_radius_first() {
        // FreeRADIUS reads these very rows: once they are committed, access works.
        access::activate(tx, config, id, None, Tells::Here)?;
    }
    announce::payment_processed(tx, purchase, id)?;
    listeners::heard(tx, EventName::PaymentProcessed, id)?;
    Ok(id)
}

/// Ends what has run out, and returns what has not.
pub fn end_spent(
    tx: &Tx<'_>,
    config: &Config,
    live: Vec<Subscription>,
) -> Result<Vec<Subscription>> {
    let (spent, live): (Vec<_>, Vec<_>) = live.into_iter().partition(|it| it.is_spent(tx.now));
    for subscription in spent {
        let state = match subscription.bytes_left() {
            Some(0) => SubscriptionState::Exhausted,
            _ => SubscriptionState::Expired,
        };
        if subscriptions::end(tx, subscription.id, state)? && !subscription.is_test {
            announce::session_expired(tx, subscription.id)?;
        }
        ending::take_away(tx, subscription.id)?;
        write_radius(tx, config, &subscription.username)?;
    }
    Ok(live)
}

/// Time is added to the end; the limits become those the package has today.
fn extend(tx: &Tx<'_>, same: &Subscription, purchase: &Purchase<'_>) -> Result<SubscriptionId> {
    let package = purchase.package;
    let period = same.period.map(|it| it.extended_by(seconds(package.seconds)));
    subscriptions::extend(tx, same, package, purchase.router_id, period)?;
    let (extra_devices, extra_until) = match (package.again, same.period) {
        (Again::Device, Some(period)) => (package.devices, tx.now.engine + period.left(tx.now)),
        _ => (0, EngineTime(0)),
    };
    insert_grant(tx, purchase, same.id, extra_devices, extra_until)?;
    Ok(same.id)
}

fn begin(tx: &Tx<'_>, purchase: &Purchase<'_>, is_behind: bool) -> Result<SubscriptionId> {
    let customer = purchase.customer;
    let package = purchase.package;
    // Whoever cannot be told that access works must not lose time before trying it.
    let starts = if customer.phone.is_some() { package.starts } else { Starts::FirstLogin };
    let new = NewSubscription {
        customer_id: customer.id,
        package,
        router_id: purchase.router_id,
        username: &customer.username,
        password: &customer.password,
        starts,
        is_test: false,
    };
    let id = subscriptions::insert(tx, &new)?;
    if starts == Starts::Payment && !is_behind {
        let period = Period::from(tx.now, seconds(package.seconds));
        subscriptions::set_period(tx, id, Some(period))?;
        ending::owe_end(tx, period)?;
    }
    insert_grant(tx, purchase, id, 0, EngineTime(0))?;
    Ok(id)
}

fn insert_grant(
    tx: &Tx<'_>,
    purchase: &Purchase<'_>,
    subscription_id: SubscriptionId,
    extra_devices: u32,
    extra_until: EngineTime,
) -> Result<()> {
    let grant = Grant {
        payment_id: purchase.payment_id,
        subscription_id,
        seconds: purchase.package.seconds,
        bytes: purchase.package.bytes,
        is_by_price: purchase.is_by_price,
        extra_devices,
        extra_until,
        is_revoked: false,
    };
    grants::insert(tx, &grant)
}

/// One SMS for each purchase, if there is a phone to send it to.
fn owe_credentials(
    tx: &Tx<'_>,
    config: &Config,
    purchase: &Purchase<'_>,
    id: SubscriptionId,
) -> Result<()> {
    if config.sms.gateway == Gateway::None {
        return Ok(()); // Customers of this site read their credentials elsewhere.
    }
    let target = Target::Sms(purchase.payment_id);
    deliveries::want(tx, id, target)?;
    if purchase.customer.phone.is_none() {
        deliveries::set_unsuccessful(tx, id, target, DeliveryState::Failed, NO_PHONE)?;
    }
    Ok(())
}

/// How long a second purchase's device is let in, if one is.
fn extra_devices_end(tx: &Tx<'_>, subscription: &Subscription) -> Result<Option<Duration>> {
    let grants = grants::of_subscription(tx, subscription.id)?;
    let ends = grants.iter().filter(|it| 0 < it.extra_devices).map(|it| it.extra_until);
    Ok(ends.max().map(|end| end.since(tx.now.engine)).filter(|left| !left.is_zero()))
}

pub(super) fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}
