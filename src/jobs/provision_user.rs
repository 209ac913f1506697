//! One router learns what one subscription allows.

use super::sale::{self, Tells};
use super::standing::{Standing, forgotten, note_forgotten, note_trouble};
use super::{disconnect_hotspot_user, reconcile, sync_router_data};
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::mark::{mark, profile_name};
use crate::domain::queue::Queue;
use crate::domain::router::{Access, RouterState};
use crate::domain::subscription::{Subscription, Target};
use crate::job::{Cx, Done, Failure, Fate, Job, JobError, World};
use crate::routeros::ops::{
    EnsureHotspotUser, EnsureUserProfile, HotspotUser, RemoveHotspotUser, UserRow,
};
use crate::routeros::{self, RouterError};
use crate::store::{self, Tx, deliveries, grants, routers, subscriptions};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Makes a router's hotspot user be what the subscription says, or be gone when it has ended, and
/// reads it back. The router is compared before it is changed, so repeating this changes nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisionUser {
    pub subscription_id: SubscriptionId,
    pub router_id: RouterId,
}

impl Job for ProvisionUser {
    const KIND: &'static str = "provision_user";
    const QUEUE: Queue = Queue::Provisioning;
    const PARKS: bool = true; // The money is in.

    /// A MikroTik takes few SSH sessions, and its orders must not overtake one another.
    fn serial_key(&self) -> Option<String> {
        Some(format!("router:{}", self.router_id))
    }

    fn about(&self) -> Option<String> {
        Some(format!("subscription:{}", self.subscription_id))
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let Some(standing) = Standing::read(cx, self.subscription_id, self.router_id)? else {
            return Ok(Done::nothing()); // The router or the subscription is no more.
        };
        let (now, subscription) = (cx.now(), &standing.subscription);
        let is_over = !subscription.is_live()
            || subscription.is_spent(now)
            || !standing.is_good_here(subscription);
        let is_written = standing.router.access.is_over_ssh();
        // One after another, wherever each of them is good.
        match standing.first(now) {
            Some(_) if !is_written => self.remove(cx, subscription),
            None => self.put_out(cx, &standing),
            Some(first) if is_over && !standing.is_good_here(first) => self.put_out(cx, &standing),
            // Another purchase goes on in its place.
            Some(_) if is_over => Ok(forgotten(self.subscription_id, self.router_id)),
            Some(first) if first.id != subscription.id => {
                let wait = sale::behind(first, now);
                Err(JobError::Snooze(wait))
            }
            Some(_) => self.put(cx, &standing),
        }
    }

    fn cut(&self, world: &World) {
        world.routers.cut(self.router_id);
    }

    fn unsuccessful(&self, tx: &Tx<'_>, world: &World, failure: &Failure<'_>) -> store::Result<()> {
        let Some(router) = note_trouble(tx, self.subscription_id, self.router_id, failure)? else {
            return Ok(());
        };
        let Some(subscription) = subscriptions::find(tx, self.subscription_id)? else {
            return Ok(());
        };
        if matches!(failure.fate, Fate::Parked | Fate::Failed) && subscription.is_live() {
            sale::provisioning_failed(tx, &subscription, &router, failure.error)?;
        }
        let radius = deliveries::get(tx, self.subscription_id, Target::Radius)?;
        let is_let_in = radius.is_some_and(|it| it.is_wanted);
        if router.access == Access::Both && is_let_in && subscription.is_live() {
            // FreeRADIUS knows already: the customer need not wait for this router's own list.
            sale::activate(tx, &world.config, self.subscription_id, None, Tells::Here)?;
        }
        Ok(())
    }
}

impl ProvisionUser {
    fn put(&self, cx: &Cx, standing: &Standing) -> Result<Done, JobError> {
        let before = self.write(cx, &standing.subscription)?;
        let (id, router) = (self.subscription_id, standing.router.clone());
        let config = cx.world.config.clone();
        let tells = if cx.has_chain { Tells::Chain } else { Tells::Here };
        Ok(Done::writing(move |tx| {
            // What was used up to now would be free if a renewal had the counter begin again.
            if let Some(user) = before
                && let Some((id, reading)) = sync_router_data::reading(&user)
                && sync_router_data::is_of(tx, &user, id, reading)?
            {
                sale::count_usage(tx, &config, router.id, id, reading)?;
            }
            deliveries::set_verified(tx, id, Target::Router(router.id), None)?;
            routers::set_state(tx, router.id, RouterState::Up, None)?;
            sale::activate(tx, &config, id, Some(&router), tells)
        }))
    }

    /// A router's limits count from its last purchase on, so they are set once for each: what is
    /// left now would be too little for a counter that has gone on. Returns the user as it stood.
    fn write(&self, cx: &Cx, subscription: &Subscription) -> Result<Option<HotspotUser>, JobError> {
        let now = cx.now();
        let extra = cx.read(|conn| grants::extra_devices(conn, subscription.id, now.engine))?;
        let devices = subscription.devices + extra;
        let left = reconcile::left(subscription, now);
        let user = EnsureHotspotUser {
            name: subscription.username.clone(),
            password: subscription.password.clone(),
            profile: EnsureUserProfile {
                name: profile_name(subscription.rate, devices),
                rate: subscription.rate,
                shared_users: devices,
            },
            limit_uptime: Some(at_least_a_second(left.time)),
            limit_bytes_total: left.bytes,
            time_bought: Some(left.time_bought),
            mark: mark(subscription),
        };
        Ok(routeros::perform(&*cx.world.routers, self.router_id, &user, cx.deadline)?.before)
    }

    /// A row left on a router that asks RADIUS now would go before what RADIUS says.
    fn remove(&self, cx: &Cx, subscription: &Subscription) -> Result<Done, JobError> {
        let name = subscription.username.clone();
        let link = &*cx.world.routers;
        routeros::perform(link, self.router_id, &RemoveHotspotUser { name }, cx.deadline)?;
        Ok(forgotten(self.subscription_id, self.router_id))
    }

    fn put_out(&self, cx: &Cx, standing: &Standing) -> Result<Done, JobError> {
        let (id, router_id) = (self.subscription_id, self.router_id);
        let ended = disconnect_hotspot_user::put_out(cx, standing, UserRow::Goes)?;
        Ok(Done::writing(move |tx| {
            disconnect_hotspot_user::note_kicked(tx, id, router_id, &ended)?;
            note_forgotten(tx, id, router_id)
        }))
    }
}

/// RouterOS counts whole seconds, and takes zero for no limit.
fn at_least_a_second(left: Duration) -> Duration {
    Duration::from_secs(left.as_secs() + 1)
}

impl From<RouterError> for JobError {
    fn from(error: RouterError) -> JobError {
        JobError::Retry(error.into()) // Even a refusal ends when somebody mends the router.
    }
}
