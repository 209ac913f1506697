//! One customer goes offline.

use super::over_radius::{self, Told};
use super::standing::{Standing, forgotten, note_forgotten, note_trouble};
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::queue::Queue;
use crate::domain::router::RouterState;
use crate::domain::subscription::Target;
use crate::domain::time::Timestamp;
use crate::job::{Cx, Done, Failure, Job, JobError, World};
use crate::routeros;
use crate::routeros::ops::{ActiveSession, PutOut, UserRow};
use crate::store::outbox;
use crate::store::sessions::{self, NewSession};
use crate::store::{self, Tx, deliveries, routers, subscriptions};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Ends what a customer has on routers: user, cookies, sessions; read back. Whoever is entitled
/// when it runs, such as by a purchase in the last second, is not cut; unless an operator said so,
/// and then the user stays, and may log in again. Repeating it changes nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisconnectHotspotUser {
    pub subscription_id: SubscriptionId,
    /// Without one, a job for each router that may let the customer in: one that is away holds up
    /// none of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router_id: Option<RouterId>,
    /// Also who is entitled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_entitled: bool,
}

impl Job for DisconnectHotspotUser {
    const KIND: &'static str = "disconnect_hotspot_user";
    const QUEUE: Queue = Queue::HotspotSessions;
    const PARKS: bool = true; // Until the router is back, the customer goes on for nothing.

    fn serial_key(&self) -> Option<String> {
        self.router_id.map(|id| format!("router:{id}"))
    }

    fn about(&self) -> Option<String> {
        Some(format!("subscription:{}", self.subscription_id))
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let id = self.subscription_id;
        let Some(router_id) = self.router_id else {
            let even_entitled = self.even_entitled;
            return Ok(Done::writing(move |tx| everywhere(tx, id, even_entitled)));
        };
        let Some(standing) = Standing::read(cx, id, router_id)? else {
            return Ok(Done::nothing()); // The router or the subscription is no more.
        };
        let row = match standing.entitled(cx.now()).map(|it| it.id) {
            Some(current) if !self.even_entitled => {
                // Renewed in time, or another purchase goes on in its place.
                return Ok(if current == id { Done::nothing() } else { forgotten(id, router_id) });
            }
            Some(_) if standing.router.access.is_over_ssh() => UserRow::Stays,
            _ => UserRow::Goes,
        };
        let is_over = standing.entitled(cx.now()).is_none();
        let ended = put_out(cx, &standing, row)?;
        Ok(Done::writing(move |tx| {
            note_kicked(tx, id, router_id, &ended)?;
            if is_over { note_forgotten(tx, id, router_id) } else { Ok(()) }
        }))
    }

    fn cut(&self, world: &World) {
        self.router_id.iter().for_each(|&id| world.routers.cut(id));
    }

    fn unsuccessful(&self, tx: &Tx<'_>, _: &World, failure: &Failure<'_>) -> store::Result<()> {
        let Some(router_id) = self.router_id else { return Ok(()) };
        note_trouble(tx, self.subscription_id, router_id, failure).map(drop)
    }
}

impl DisconnectHotspotUser {
    /// An operator sends the customer's devices away, entitled or not.
    pub fn by_operator(subscription_id: SubscriptionId) -> DisconnectHotspotUser {
        DisconnectHotspotUser { subscription_id, router_id: None, even_entitled: true }
    }

    /// Owes it to one router, at once if it is owed already.
    pub(super) fn owe(tx: &Tx<'_>, id: SubscriptionId, router_id: RouterId) -> store::Result<()> {
        let router_id = Some(router_id);
        owe(tx, &DisconnectHotspotUser { subscription_id: id, router_id, even_entitled: false })
    }
}

fn owe(tx: &Tx<'_>, job: &DisconnectHotspotUser) -> store::Result<()> {
    let job = job.to_new_job()?;
    if !outbox::hurry(tx, &job)? {
        outbox::insert(tx, &job)?;
    }
    Ok(())
}

/// Owes it to every router that may let the customer in: those that were told, those that ask
/// RADIUS, and those where a device was seen online.
fn everywhere(tx: &Tx<'_>, id: SubscriptionId, even_entitled: bool) -> store::Result<()> {
    if subscriptions::find(tx, id)?.is_none() {
        return Ok(());
    }
    let online = sessions::routers_of(tx, id)?;
    for router in routers::all(tx)? {
        let was_told = deliveries::get(tx, id, Target::Router(router.id))?.is_some();
        if was_told || router.access.is_over_radius() || online.contains(&router.id) {
            let router_id = Some(router.id);
            owe(tx, &DisconnectHotspotUser { subscription_id: id, router_id, even_entitled })?;
        }
    }
    Ok(())
}

/// What putting a customer out came to.
pub(super) struct PutOutcome {
    /// Who was online, as the router showed.
    sessions: Vec<ActiveSession>,
    told: Vec<Told>,
    /// False if it is known by the router's reports to RADIUS alone.
    is_seen: bool,
}

/// Ends all that the username of `standing` has on its router. FreeRADIUS's rows went with the
/// entitlement, in its transaction: the order to end sessions comes after that, and is followed up
/// over SSH, which also takes cookies, and shows whether they are gone.
pub(super) fn put_out(cx: &Cx, standing: &Standing, row: UserRow) -> Result<PutOutcome, JobError> {
    let (router, user) = (&standing.router, standing.subscription.username.clone());
    let told = over_radius::end_sessions(cx, router, user.as_str())?;
    let is_over = || over_radius::are_over(cx, router, user.as_str(), &told);
    let op = PutOut { user: user.clone(), row };
    match routeros::perform(&*cx.world.routers, router.id, &op, cx.deadline) {
        Ok(sessions) => Ok(PutOutcome { sessions, told, is_seen: true }),
        Err(_) if !router.access.is_over_ssh() && is_over()? => {
            Ok(PutOutcome { sessions: Vec::new(), told, is_seen: false })
        }
        Err(error) => Err(error.into()),
    }
}

/// The router has confirmed it: nobody is online under the subscription there any more.
pub(super) fn note_kicked(
    tx: &Tx<'_>,
    id: SubscriptionId,
    router_id: RouterId,
    out: &PutOutcome,
) -> store::Result<()> {
    if out.is_seen {
        routers::set_state(tx, router_id, RouterState::Up, None)?;
    }
    for session in &out.sessions {
        let started_at = before(tx.now.wall, session.uptime.unwrap_or_default());
        let router_id = Some(router_id);
        let new = NewSession { subscription_id: id, router_id, mac: &session.mac, started_at };
        sessions::begin(tx, &new)?; // Nobody may have noted it before it ended.
    }
    over_radius::note(tx, &out.told, out.is_seen)?;
    sessions::kick(tx, id, router_id)
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
