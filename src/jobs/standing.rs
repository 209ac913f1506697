//! What a job about one subscription on one router goes by, and what it leaves when the router did
//! not do as told.

use super::check_routers::note_contact;
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::subscription::{DeliveryState, Subscription, Target};
use crate::domain::time::Now;
use crate::job::{Cx, Done, Failure, Fate};
use crate::store::routers::Router;
use crate::store::{self, Tx, deliveries, routers, subscriptions};

/// How things stand before the router is spoken to.
pub(super) struct Standing {
    pub(super) subscription: Subscription,
    pub(super) router: Router,
    /// All that is live under the same username, the oldest first.
    live: Vec<Subscription>,
}

impl Standing {
    /// `None` if the router or the subscription is no more.
    pub(super) fn read(
        cx: &Cx,
        id: SubscriptionId,
        router_id: RouterId,
    ) -> store::Result<Option<Standing>> {
        cx.read(|conn| {
            let Some(router) = routers::find(conn, router_id)? else { return Ok(None) };
            let Some(subscription) = subscriptions::find(conn, id)? else { return Ok(None) };
            let live = subscriptions::live_under(conn, &subscription.username)?;
            Ok(Some(Standing { subscription, router, live }))
        })
    }

    /// Whose turn it is under the username, wherever it is good: one after another.
    pub(super) fn first(&self, now: Now) -> Option<&Subscription> {
        self.live.iter().find(|it| !it.is_spent(now))
    }

    pub(super) fn is_good_here(&self, subscription: &Subscription) -> bool {
        subscription.router_id.is_none_or(|it| it == self.router.id)
    }

    /// Who of this username is to be let in by this router now.
    pub(super) fn entitled(&self, now: Now) -> Option<&Subscription> {
        self.first(now).filter(|it| self.is_good_here(it))
    }
}

/// The router knows nothing of the subscription any more; unless it is wanted there again by now.
pub(super) fn forgotten(id: SubscriptionId, router_id: RouterId) -> Done {
    Done::writing(move |tx| note_forgotten(tx, id, router_id))
}

pub(super) fn note_forgotten(
    tx: &Tx<'_>,
    id: SubscriptionId,
    router_id: RouterId,
) -> store::Result<()> {
    let target = Target::Router(router_id);
    let Some(delivery) = deliveries::get(tx, id, target)? else { return Ok(()) };
    let subscription = subscriptions::get(tx, id)?;
    if delivery.is_wanted && subscription.is_live() && !subscription.is_spent(tx.now) {
        return Ok(()); // Whoever wants it has owed it, too.
    }
    deliveries::unwant(tx, id, target)?;
    deliveries::set_verified(tx, id, target, None)
}

/// Notes what a router said instead of doing as told. `None` if it is no more.
pub(super) fn note_trouble(
    tx: &Tx<'_>,
    id: SubscriptionId,
    router_id: RouterId,
    failure: &Failure<'_>,
) -> store::Result<Option<Router>> {
    let Some(router) = routers::find(tx, router_id)? else { return Ok(None) };
    note_contact(tx, router.id, failure)?;
    let state = match failure.fate {
        Fate::Retried => DeliveryState::Queued,
        Fate::Parked | Fate::StillParked | Fate::Failed => DeliveryState::Parked,
    };
    deliveries::set_unsuccessful(tx, id, Target::Router(router.id), state, failure.error)?;
    Ok(Some(router))
}
