//! Who is let in where: which targets must know of a subscription, and what they are told.

use super::{announce, ending, grant};
use crate::config::{Config, RadiusMode};
use crate::domain::customer::Username;
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::package::Starts;
use crate::domain::router::Access;
use crate::domain::subscription::{DeliveryState, Period, Subscription, SubscriptionState, Target};
use crate::domain::time::Now;
use crate::job::Job as _;
use crate::jobs::{ProvisionUser, SendCredentialsSms};
use crate::radius::attributes::{DeviceCheck, Entitlement};
use crate::store::batches::{self, NewBatch};
use crate::store::deliveries::Delivery;
use crate::store::outbox::{self, NewJob};
use crate::store::radius::Row;
use crate::store::routers::{self, Router};
use crate::store::{Error, Result, Tx, deliveries, grants, radius, subscriptions};
use std::time::Duration;

/// Where a subscription is to be known.
pub(super) struct Targets {
    pub routers: Vec<Router>,
    pub is_radius: bool,
}

impl Targets {
    /// Whether RADIUS lets the customer in before any router has been written to: a router asks it
    /// and nothing else, or those that ask it, too, are known not to answer over SSH.
    pub(super) fn is_radius_first(&self) -> bool {
        let of = |access: Access| self.routers.iter().filter(move |it| it.access == access);
        let is_asked_alone =
            of(Access::Radius).next().is_some() || of(Access::Both).all(|it| it.state.is_down());
        let has_none_to_ask = of(Access::Radius).chain(of(Access::Both)).next().is_none();
        self.is_radius && (self.routers.is_empty() || (is_asked_alone && !has_none_to_ask))
    }
}

/// The router a purchase names, or all; and RADIUS if one of them asks it, or there is no router
/// yet to say otherwise.
pub(super) fn targets(
    tx: &Tx<'_>,
    config: &Config,
    router_id: Option<RouterId>,
) -> Result<Targets> {
    let mut routers = routers::all(tx)?;
    if let Some(id) = router_id {
        routers.retain(|router| router.id == id);
    }
    let is_asked = routers.is_empty() || routers.iter().any(|it| it.access.is_over_radius());
    let is_radius = config.radius.mode == RadiusMode::Freeradius && is_asked;
    Ok(Targets { routers, is_radius })
}

/// Owes the subscription to its targets, after `delay`.
pub(super) fn serve_on(
    tx: &Tx<'_>,
    subscription: &Subscription,
    targets: &Targets,
    delay: Duration,
) -> Result<()> {
    let id = subscription.id;
    if targets.is_radius {
        deliveries::want(tx, id, Target::Radius)?;
        if current_under(tx, &subscription.username)?.is_some_and(|it| it.id == id) {
            deliveries::set_verified(tx, id, Target::Radius, None)?; // By this transaction.
        }
    }
    let mut jobs = Vec::new();
    for router in targets.routers.iter().filter(|it| it.access.is_over_ssh()) {
        deliveries::want(tx, id, Target::Router(router.id))?;
        let job = ProvisionUser { subscription_id: id, router_id: router.id }.to_new_job()?;
        jobs.push(NewJob { delay, ..job });
    }
    provision(tx, id, jobs)
}

/// One router: a chain, and the SMS follows when the router knows. Several: the first that knows
/// sends it, and the batch looks again when all do.
fn provision(tx: &Tx<'_>, id: SubscriptionId, jobs: Vec<NewJob>) -> Result<()> {
    let sms = SendCredentialsSms { subscription_id: id }.to_new_job()?;
    if jobs.len() == 1 {
        for only in jobs {
            outbox::insert(tx, &NewJob { chain: vec![sms.clone()], ..only })?;
        }
        return Ok(());
    }
    let name = &format!("let subscription {id} in everywhere");
    let batch = NewBatch { name, jobs, then: Some(sms), catch: None, finally: None };
    batches::insert(tx, batch)?;
    Ok(())
}

/// The subscription that is served under a username: the oldest that is live.
pub fn current_under(tx: &Tx<'_>, username: &Username) -> Result<Option<Subscription>> {
    let live = subscriptions::live_under(tx, username)?;
    Ok(live.into_iter().find(|it| !it.is_spent(tx.now)))
}

/// Makes FreeRADIUS's rows of a username say what the customer may have from now on.
pub fn write_radius(tx: &Tx<'_>, config: &Config, username: &Username) -> Result<()> {
    let current = current_under(tx, username)?;
    let Some(current) = current.filter(|_| config.radius.mode == RadiusMode::Freeradius) else {
        return radius::remove(tx, username);
    };
    let targets = targets(tx, config, current.router_id)?;
    if !targets.is_radius {
        return radius::remove(tx, username);
    }
    let expiration = current.period.and_then(|it| it.ends_on_wall(tx.now));
    let left = i64::try_from(current.left(tx.now).as_secs()).unwrap_or(i64::MAX);
    let extra = grants::extra_devices(tx, current.id, tx.now.engine)?;
    let mut entitlement = Entitlement::new(current.password.clone());
    entitlement.expiration = expiration;
    entitlement.session_seconds = expiration.is_none().then_some(left);
    entitlement.rate = current.rate;
    entitlement.bytes_left = current.bytes_left();
    entitlement.devices = current.devices + extra;
    // A single router counts its devices better than anybody, whatever reports are lost.
    let asking = targets.routers.iter().filter(|it| it.access.is_over_radius()).count();
    if 1 < asking {
        entitlement.device_check = DeviceCheck::Everywhere;
    }
    put_radius(tx, username, &entitlement)
}

/// Makes FreeRADIUS's rows of a username these.
pub fn put_radius(tx: &Tx<'_>, username: &Username, entitlement: &Entitlement) -> Result<()> {
    let rows = entitlement.rows().map_err(|error| Error::Inconsistent(error.to_string()))?;
    let Some(rows) = rows else { return radius::remove(tx, username) };
    let stored = |rows: Vec<crate::radius::attributes::Row>| -> Vec<Row> {
        let row = |it: crate::radius::attributes::Row| Row {
            attribute: it.attribute.as_str(),
            op: it.op,
            value: it.value,
        };
        rows.into_iter().map(row).collect()
    };
    radius::replace(tx, username, &stored(rows.check), &stored(rows.reply))
}

/// Who sends the credentials once access works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    Here,
    /// A job that is chained to the one that let the customer in.
    Chain,
}

/// Access works, on `router` or by RADIUS: time begins to run if it has not, and the customer is
/// sent the credentials. Doing it again changes nothing. Not for what waits behind another.
pub fn activate(
    tx: &Tx<'_>,
    config: &Config,
    id: SubscriptionId,
    router: Option<&Router>,
    tells: Tells,
) -> Result<()> {
    let subscription = subscriptions::get(tx, id)?;
    let is_new = subscription.state == SubscriptionState::Pending;
    if is_new {
        let current = current_under(tx, &subscription.username)?;
        if current.is_none_or(|it| it.id != id) {
            return Ok(());
        }
        let whole = grant::seconds(subscription.seconds);
        let period = match subscription.starts {
            Starts::FirstLogin => None,
            Starts::Access | Starts::Payment => {
                subscription.period.or_else(|| Some(Period::from(tx.now, whole)))
            }
        };
        subscriptions::activate(tx, id, period)?;
        period.map_or(Ok(()), |it| ending::owe_end(tx, it))?;
        deliveries::set_verified(tx, id, Target::Radius, None)?;
    }
    write_radius(tx, config, &subscription.username)?;
    if is_new || router.is_some() {
        announce::user_provisioned(tx, id, router)?;
    }
    let is_owed =
        |it: &Delivery| matches!(it.target, Target::Sms(_)) && it.state == DeliveryState::Queued;
    if tells == Tells::Here && deliveries::of_subscription(tx, id)?.iter().any(is_owed) {
        SendCredentialsSms { subscription_id: id }.enqueue(tx)?;
    }
    Ok(())
}

/// How long until the end of `first`, which is served before what asks. Of an end that is not
/// known yet, nothing better can be said than to look again.
pub fn behind(first: &Subscription, now: Now) -> Duration {
    const LOOK_AGAIN: Duration = Duration::from_secs(5 * 60);
    first.period.map_or(LOOK_AGAIN, |period| period.left(now))
}
