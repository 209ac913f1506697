//! Routers come, change and go: whoever has paid is let in by those there are.

use super::access::{Tells, activate, current_under, serve_on, targets, write_radius};
use crate::config::Config;
use crate::domain::ids::RouterId;
use crate::domain::router::Access;
use crate::domain::subscription::{Subscription, SubscriptionState, Target};
use crate::job::Job as _;
use crate::jobs::ProvisionUser;
use crate::store::routers::{self, Router};
use crate::store::{Result, Tx, deliveries, outbox, subscriptions};
use std::time::Duration;

/// A router is new (`was` is `None`), or customers are to reach it another way: what is live and
/// good there is owed to it, or to be taken from it. Returns how many subscriptions that are.
pub fn router_changed(
    tx: &Tx<'_>,
    config: &Config,
    router: &Router,
    was: Option<Access>,
) -> Result<usize> {
    let is_good_there =
        |it: &Subscription| it.router_id.is_none_or(|id| id == router.id) && !it.is_test;
    let live = subscriptions::live(tx)?.into_iter().filter(is_good_there);
    let live: Vec<_> = live.filter(|it| !it.is_spent(tx.now)).collect();
    let was_over_ssh = was.is_some_and(Access::is_over_ssh);
    for subscription in &live {
        let (subscription_id, router_id) = (subscription.id, router.id);
        match (was_over_ssh, router.access.is_over_ssh()) {
            (false, true) => deliveries::want(tx, subscription_id, Target::Router(router_id))?,
            (true, false) => deliveries::unwant(tx, subscription_id, Target::Router(router_id))?,
            (true, true) | (false, false) => continue,
        }
        ProvisionUser { subscription_id, router_id }.enqueue(tx)?;
    }
    if was.is_none_or(|was| was.is_over_radius() != router.access.is_over_radius()) {
        for subscription in &live {
            follow_radius(tx, config, subscription)?;
        }
    }
    Ok(live.len())
}

/// Makes what FreeRADIUS knows of a subscription fit the routers there are now.
fn follow_radius(tx: &Tx<'_>, config: &Config, subscription: &Subscription) -> Result<()> {
    let targets = targets(tx, config, subscription.router_id)?;
    let is_current =
        current_under(tx, &subscription.username)?.is_some_and(|it| it.id == subscription.id);
    if !targets.is_radius {
        deliveries::forget(tx, subscription.id, Target::Radius)?;
    } else if deliveries::get(tx, subscription.id, Target::Radius)?.is_none() {
        deliveries::want(tx, subscription.id, Target::Radius)?;
        if is_current {
            deliveries::set_verified(tx, subscription.id, Target::Radius, None)?;
        }
    }
    write_radius(tx, config, &subscription.username)?;
    if targets.is_radius_first() && is_current && subscription.state == SubscriptionState::Pending {
        activate(tx, config, subscription.id, None, Tells::Here)?;
    }
    Ok(())
}

/// A router goes, and what it was to know with it. What was good only there is good everywhere
/// from now on; returns how many subscriptions that are.
pub fn router_removed(tx: &Tx<'_>, config: &Config, id: RouterId) -> Result<usize> {
    deliveries::forget_target(tx, Target::Router(id))?;
    outbox::forget_serial(tx, &format!("router:{id}"))?;
    let live = subscriptions::live(tx)?;
    routers::remove(tx, id)?;
    let mut widened = 0;
    for subscription in live.iter().filter(|it| !it.is_test) {
        if subscription.router_id == Some(id) {
            let subscription = subscriptions::get(tx, subscription.id)?;
            serve_on(tx, &subscription, &targets(tx, config, None)?, Duration::ZERO)?;
            widened += 1;
        }
        follow_radius(tx, config, &subscriptions::get(tx, subscription.id)?)?;
    }
    Ok(widened)
}
