//! One router learns what one subscription allows.

use super::sale::{self, Tells};
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::package::Rate;
use crate::domain::queue::Queue;
use crate::domain::router::{Access, RouterState};
use crate::domain::subscription::{DeliveryState, Subscription, Target};
use crate::job::{Cx, Done, Failure, Fate, Job, JobError, World};
use crate::routeros::ops::{EnsureHotspotUser, EnsureUserProfile, RemoveHotspotUser};
use crate::routeros::{self, RouterError};
use crate::store::routers::Router;
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

/// What is known before the router is spoken to.
struct Known {
    subscription: Subscription,
    router: Router,
    /// All that is live under the same username, the oldest first.
    live: Vec<Subscription>,
    devices: u32,
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
        let Some(known) = self.known(cx)? else {
            return Ok(Done::nothing()); // The router or the subscription is no more.
        };
        let now = cx.now();
        let is_over = !known.subscription.is_live()
            || known.subscription.is_spent(now)
            || !self.is_good_here(&known.subscription);
        let is_written = known.router.access.is_over_ssh();
        // One after another, wherever each of them is good.
        let first = known.live.iter().find(|it| !it.is_spent(now));
        match first.filter(|_| is_written) {
            None => self.remove(cx, &known),
            Some(first) if is_over && !self.is_good_here(first) => self.remove(cx, &known),
            Some(_) if is_over => Ok(self.forgotten()), // Another purchase goes on in its place.
            Some(first) if first.id != known.subscription.id => {
                let wait = sale::behind(first, now);
                Err(JobError::Snooze(wait))
            }
            Some(_) => self.put(cx, &known),
        }
    }

    fn cut(&self, world: &World) {
        world.routers.cut(self.router_id);
    }

    fn unsuccessful(&self, tx: &Tx<'_>, world: &World, failure: &Failure<'_>) -> store::Result<()> {
        let Some(router) = routers::find(tx, self.router_id)? else { return Ok(()) };
        if let JobError::Retry(cause) | JobError::GiveUp(cause) = failure.cause
            && let Some(error) = cause.downcast_ref::<RouterError>()
        {
            routers::set_state(tx, router.id, error.state(), Some(failure.error))?;
        }
        let state = match failure.fate {
            Fate::Retried => DeliveryState::Queued,
            Fate::Parked | Fate::StillParked | Fate::Failed => DeliveryState::Parked,
        };
        let target = Target::Router(router.id);
        deliveries::set_unsuccessful(tx, self.subscription_id, target, state, failure.error)?;
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
    fn known(&self, cx: &Cx) -> store::Result<Option<Known>> {
        let now = cx.now().engine;
        cx.read(|conn| {
            let Some(router) = routers::find(conn, self.router_id)? else { return Ok(None) };
            let Some(subscription) = subscriptions::find(conn, self.subscription_id)? else {
                return Ok(None);
            };
            let live = subscriptions::live_under(conn, &subscription.username)?;
            let extra = grants::extra_devices(conn, subscription.id, now)?;
            let devices = subscription.devices + extra;
            Ok(Some(Known { subscription, router, live, devices }))
        })
    }

    fn is_good_here(&self, subscription: &Subscription) -> bool {
        subscription.router_id.is_none_or(|it| it == self.router_id)
    }

    fn put(&self, cx: &Cx, known: &Known) -> Result<Done, JobError> {
        self.write(cx, known)?;
        let (id, router) = (self.subscription_id, known.router.clone());
        let config = cx.world.config.clone();
        let tells = if cx.has_chain { Tells::Chain } else { Tells::Here };
        Ok(Done::writing(move |tx| {
            deliveries::set_verified(tx, id, Target::Router(router.id), None)?;
            routers::set_state(tx, router.id, RouterState::Up, None)?;
            sale::activate(tx, &config, id, Some(&router), tells)
        }))
    }

    /// A router's limits count from its last purchase on, so they are set once for each: what is
    /// left now would be too little for a counter that has gone on.
    fn write(&self, cx: &Cx, known: &Known) -> Result<(), RouterError> {
        let Known { subscription, devices, .. } = known;
        let user = EnsureHotspotUser {
            name: subscription.username.clone(),
            password: subscription.password.clone(),
            profile: EnsureUserProfile {
                name: profile_name(subscription.rate, *devices),
                rate: subscription.rate,
                shared_users: *devices,
            },
            limit_uptime: Some(at_least_a_second(subscription.left(cx.now()))),
            limit_bytes_total: subscription.bytes_left(),
            keeps_limits: true,
            mark: format!("mlango sub={} rev={}", subscription.id, subscription.revision),
        };
        routeros::perform(&*cx.world.routers, self.router_id, &user, cx.deadline)?;
        Ok(())
    }

    /// A row left on a router that asks RADIUS now would go before what RADIUS says.
    fn remove(&self, cx: &Cx, known: &Known) -> Result<Done, JobError> {
        let name = known.subscription.username.clone();
        let link = &*cx.world.routers;
        routeros::perform(link, self.router_id, &RemoveHotspotUser { name }, cx.deadline)?;
        Ok(self.forgotten())
    }

    /// The router knows nothing of the subscription any more.
    fn forgotten(&self) -> Done {
        let (id, target) = (self.subscription_id, Target::Router(self.router_id));
        Done::writing(move |tx| {
            deliveries::unwant(tx, id, target)?;
            deliveries::set_verified(tx, id, target, None)
        })
    }
}

/// Profiles are made of limits, not of packages: one whose limits change gets another profile, and
/// customers who bought the old limits keep theirs.
fn profile_name(rate: Option<Rate>, devices: u32) -> String {
    let rate = rate.map_or_else(|| "open".to_owned(), |it| it.to_string().replace('/', "-"));
    format!("mlango-{rate}-x{devices}")
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
