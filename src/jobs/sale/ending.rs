//! The end of what was bought: it is taken away where it was known, and what waits behind it
//! begins.

use super::access::{Tells, activate, serve_on, targets, write_radius};
use super::grant;
use crate::config::Config;
use crate::domain::customer::Username;
use crate::domain::ids::SubscriptionId;
use crate::domain::router::Access;
use crate::domain::subscription::{
    EARLY, Period, Subscription, SubscriptionState, Target, are_too_many_early,
};
use crate::domain::time::Now;
use crate::job::Job as _;
use crate::jobs::{CheckExpiredSessions, DisconnectHotspotUser, ProvisionUser};
use crate::store::outbox::{self, NewJob};
use crate::store::routers::Router;
use crate::store::{Result, Tx, deliveries, grants, routers, sessions, subscriptions};
use rusqlite::Connection;
use std::time::Duration;

/// The longest between two looks while anything can end: clocks drift, and are set.
const LOOK_WITHIN: Duration = Duration::from_secs(5 * 60);
/// So many customers are seen to in one transaction.
const AT_ONCE: usize = 50;

/// Has somebody look when `period` is over.
pub fn owe_end(tx: &Tx<'_>, period: Period) -> Result<()> {
    owe_look(tx, period.left(tx.now))
}

pub(super) fn owe_look(tx: &Tx<'_>, delay: Duration) -> Result<()> {
    owe(tx, Sweep::Usual, delay)
}

fn owe(tx: &Tx<'_>, sweep: Sweep, delay: Duration) -> Result<()> {
    let job = CheckExpiredSessions { even_many: sweep == Sweep::EvenMany };
    let look = NewJob { delay: delay.min(LOOK_WITHIN), ..job.to_new_job()? };
    if outbox::insert(tx, &look)?.is_none() {
        outbox::hurry(tx, &look)?;
    }
    Ok(())
}

/// How far a look may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// Where a step of the clock would end many at once, they are held.
    Usual,
    /// Somebody says that the clock is right.
    EvenMany,
}

/// Ends what is over, and has somebody look again when the next is.
pub fn end_what_is_over(tx: &Tx<'_>, config: &Config, sweep: Sweep) -> Result<()> {
    let running = subscriptions::running(tx)?;
    let early = early(&running, tx.now);
    let is_held = are_too_many_early(running.len(), early) && sweep == Sweep::Usual;
    if is_held {
        log::warn!(
            "the clock says that {early} of {} subscriptions are over that have time left by the \
             box's own count: they run on until that has passed, too, or somebody says that the \
             clock is right",
            running.len()
        );
    }
    let is_over = |it: &&Subscription| it.is_spent(tx.now) && !(is_held && is_early(it, tx.now));
    let over: Vec<_> = running.iter().filter(is_over).collect();
    for subscription in over.iter().take(AT_ONCE) {
        end_if_over(tx, config, &subscription.username)?;
    }
    let next_device = end_devices(tx, config)?;
    let running = subscriptions::running(tx)?;
    let ends = running.iter().filter_map(|it| until_over(it, tx.now));
    match ends.chain(next_device).min() {
        _ if AT_ONCE < over.len() => owe(tx, sweep, Duration::ZERO),
        Some(next) => owe_look(tx, next),
        None => Ok(()),
    }
}

/// Ends what second purchases let in beside the first, and says when the next of it ends. One
/// device too many that is online is sent away with the others, who may come back.
fn end_devices(tx: &Tx<'_>, config: &Config) -> Result<Option<Duration>> {
    let mut next = None;
    for (id, until) in grants::extra_ends(tx)? {
        if tx.now.engine < until {
            next = [next, Some(until.since(tx.now.engine))].into_iter().flatten().min();
            continue;
        }
        let subscription = subscriptions::get(tx, id)?;
        write_radius(tx, config, &subscription.username)?;
        let devices = subscription.devices + grants::extra_devices(tx, id, tx.now.engine)?;
        let is_just_over = tx.now.engine.since(until) < LOOK_WITHIN;
        if is_just_over && i64::from(devices) < sessions::online_of(tx, id)? {
            DisconnectHotspotUser::by_operator(id).enqueue(tx)?;
        }
    }
    Ok(next)
}

/// Whether the clock would end so many early that nobody is put out on its word alone.
pub fn is_clock_in_doubt(conn: &Connection, now: Now) -> Result<bool> {
    let running = subscriptions::running(conn)?;
    Ok(are_too_many_early(running.len(), early(&running, now)))
}

fn early(running: &[Subscription], now: Now) -> usize {
    running.iter().filter(|it| is_early(it, now)).count()
}

fn is_early(subscription: &Subscription, now: Now) -> bool {
    let is_early = |it: Period| it.left(now).is_zero() && EARLY < it.ends_engine.since(now.engine);
    subscription.period.is_some_and(is_early)
}

/// How long until it is over; of one that is held, by the clock that still grants it time.
fn until_over(subscription: &Subscription, now: Now) -> Option<Duration> {
    let period = subscription.period?;
    let left = period.left(now);
    Some(if left.is_zero() { period.ends_engine.since(now.engine) } else { left })
}

/// Ends what has run out of what was bought under `username`. What waits behind it is served next.
pub(super) fn end_if_over(tx: &Tx<'_>, config: &Config, username: &Username) -> Result<()> {
    let live = subscriptions::live_under(tx, username)?;
    let left = grant::end_spent(tx, config, live)?;
    match left.first().filter(|it| it.state == SubscriptionState::Pending) {
        Some(next) => start(tx, config, next),
        None => Ok(()),
    }
}

/// Serves what has waited for the end of another. The routers' jobs wait for it already.
fn start(tx: &Tx<'_>, config: &Config, next: &Subscription) -> Result<()> {
    let targets = targets(tx, config, next.router_id)?;
    if targets.is_radius {
        deliveries::want(tx, next.id, Target::Radius)?;
        deliveries::set_verified(tx, next.id, Target::Radius, None)?; // By this transaction.
    }
    let mut is_owed = false;
    for router in &targets.routers {
        let job = ProvisionUser { subscription_id: next.id, router_id: router.id };
        is_owed |= outbox::hurry(tx, &job.to_new_job()?)?;
    }
    if !is_owed {
        serve_on(tx, next, &targets, Duration::ZERO)?;
    }
    if targets.is_radius_first() {
        activate(tx, config, next.id, None, Tells::Here)?;
    }
    Ok(())
}

/// Has every router that lets the customer in by this subscription end that.
pub(super) fn take_away(tx: &Tx<'_>, id: SubscriptionId) -> Result<()> {
    for delivery in deliveries::of_subscription(tx, id)?.iter().filter(|it| it.is_wanted) {
        match delivery.target {
            Target::Router(router_id) => {
                deliveries::unwant(tx, id, delivery.target)?;
                DisconnectHotspotUser::owe(tx, id, router_id)?;
            }
            Target::Radius => {
                deliveries::unwant(tx, id, delivery.target)?;
                deliveries::set_verified(tx, id, delivery.target, None)?; // By this transaction.
                let router_id = subscriptions::get(tx, id)?.router_id;
                let lets_in = |it: &Router| {
                    it.access == Access::Radius && router_id.is_none_or(|id| id == it.id)
                };
                let mut asking = routers::all(tx)?.into_iter().filter(lets_in);
                asking.try_for_each(|it| DisconnectHotspotUser::owe(tx, id, it.id))?;
            }
            Target::Sms(_) | Target::WaitingSms(_) => {}
        }
    }
    Ok(())
}
