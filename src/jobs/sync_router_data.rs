//! What routers report: how they are doing, who is online, and how much was used.

use super::{reconcile, sale};
use crate::config::Config;
use crate::domain::customer::Username;
use crate::domain::ids::{RouterId, SessionId, SubscriptionId};
use crate::domain::queue::Queue;
use crate::domain::router::Access;
use crate::domain::subscription::Subscription;
use crate::domain::time::{Now, Timestamp};
use crate::domain::usage::Reading;
use crate::job::{Cx, Done, Job, JobError, World};
use crate::routeros::ops::{
    ActiveSession, Condition, HotspotUser, ReadCondition, ReadHotspotUsers, ReadTemperature,
};
use crate::routeros::{self, Figures};
use crate::store::sessions::{NewSession, Online};
use crate::store::{self, Tx, counters, routers, sessions, subscriptions};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Copies what one router reports. Figures stay in memory; sessions are written as they begin and
/// end, and bytes every few minutes, where a counter has moved. Sessions that RADIUS let in are
/// told of by RADIUS. Now and then, and when the router is back, it is compared with what it should
/// be. One that does not answer is left to `check_routers`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncRouterData {
    pub router_id: RouterId,
}

/// Figures are not worth a longer wait: a customer's order may stand behind.
const PATIENCE: Duration = Duration::from_secs(10);
const GONE: &str = "gone from its router";

/// What has changed since the last time.
#[derive(Default)]
struct Changes {
    begun: Vec<(SubscriptionId, String, Timestamp)>,
    ended: Vec<SessionId>,
    counted: Vec<(SubscriptionId, Reading)>,
}

impl Job for SyncRouterData {
    const KIND: &'static str = "sync_router_data";
    const QUEUE: Queue = Queue::RouterData;
    const EPHEMERAL: bool = true;
    const PARKS: bool = true; // Like the checks of it.

    fn serial_key(&self) -> Option<String> {
        Some(format!("router:{}", self.router_id))
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.router_id.to_string())
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let (id, live, now) = (self.router_id, &cx.world.live, cx.now());
        let Some(router) = cx.read(|conn| routers::find(conn, id))? else {
            return Ok(Done::nothing()); // It was removed.
        };
        let deadline = cx.deadline.min(Instant::now() + PATIENCE);
        let condition = self.condition(cx, deadline, now).inspect_err(|_| live.failed(id))?;
        let difference = reconcile::when_due(cx, id);
        if router.access == Access::Radius {
            return Ok(reconcile::and_owe(Done::nothing(), difference));
        }
        let online = cx.read(|conn| sessions::online_on(conn, id))?;
        let mut changes = Changes::default();
        self.compare(cx, &condition.active, &online, now, &mut changes)?;
        let is_to_be_counted = live.is_to_be_counted(id, now) || !changes.ended.is_empty();
        if is_to_be_counted {
            changes.counted = self.count(cx, deadline)?;
            live.counted(id, now);
        }
        let done = changes.into_done(id, cx.world.config.clone());
        Ok(reconcile::and_owe(done, difference))
    }

    fn cut(&self, world: &World) {
        world.routers.cut(self.router_id);
    }
}

impl SyncRouterData {
    fn condition(&self, cx: &Cx, deadline: Instant, now: Now) -> Result<Condition, JobError> {
        let (id, link) = (self.router_id, &*cx.world.routers);
        let condition = routeros::perform(link, id, &ReadCondition, deadline)?;
        let known = cx.world.live.figures(now).get(&id).copied();
        let temperature_celsius = match known {
            Some(known) if !cx.world.live.is_to_be_counted(id, now) => known.temperature_celsius,
            _ => routeros::perform(link, id, &ReadTemperature, deadline)?,
        };
        let resource = &condition.resource;
        let figures = Figures {
            at: now.engine,
            seen_at: now.wall,
            uptime: resource.uptime,
            cpu_load_percent: resource.cpu_load_percent,
            free_memory_bytes: resource.free_memory_bytes,
            free_storage_bytes: resource.free_storage_bytes,
            temperature_celsius,
            clock_off: None, // Others look at that.
            active_users: condition.active.len(),
        };
        cx.world.live.set_figures(id, figures);
        Ok(condition)
    }

    /// Which sessions began and ended.
    fn compare(
        &self,
        cx: &Cx,
        active: &[ActiveSession],
        online: &[Online],
        now: Now,
        changes: &mut Changes,
    ) -> store::Result<()> {
        for session in active.iter().filter(|it| it.is_radius != Some(true)) {
            let Ok(username) = session.user.parse::<Username>() else { continue };
            let served = cx.read(|conn| subscriptions::live_under(conn, &username))?;
            let Some(subscription) = served.first() else { continue };
            let is_it =
                |it: &&Online| it.subscription_id == subscription.id && it.mac == session.mac;
            if online.iter().find(is_it).is_none() {
                let lasted = session.uptime.unwrap_or_default();
                let began = now.wall.0 - i64::try_from(lasted.as_millis()).unwrap_or(0);
                changes.begun.push((subscription.id, session.mac.clone(), Timestamp(began)));
            }
        }
        let is_gone = |it: &&Online| !active.iter().any(|session| session.mac == it.mac);
        changes.ended = online.iter().filter(is_gone).map(|it| it.id).collect();
        Ok(())
    }

    /// The counters that have moved. Of a row and its copy neither is counted.
    fn count(
        &self,
        cx: &Cx,
        deadline: Instant,
    ) -> Result<Vec<(SubscriptionId, Reading)>, JobError> {
        let link = &*cx.world.routers;
        let users = routeros::perform(link, self.router_id, &ReadHotspotUsers, deadline)?;
        let known = cx.read(|conn| counters::on_router(conn, self.router_id))?;
        let is_new = |id: &SubscriptionId, reading: &Reading| match known.get(id) {
            Some(last) => last != reading,
            None => reading.bytes != 0,
        };
        let mut moved = Vec::new();
        for user in &users {
            let Some((id, reading)) = reading(user).filter(|(id, it)| is_new(id, it)) else {
                continue;
            };
            let is_alone = users.iter().filter(|it| it.name == user.name).count() == 1;
            if is_alone && cx.read(|conn| is_of(conn, user, id, reading))? {
                moved.push((id, reading));
            }
        }
        Ok(moved)
    }
}

/// What the counter of a user shows, and whose it is by the user's mark.
pub(super) fn reading(user: &HotspotUser) -> Option<(SubscriptionId, Reading)> {
    let (id, count) = user.marked()?;
    Some((id, Reading { count, bytes: user.bytes()? }))
}

/// Whether a counter is of whom its mark names. A box of before may have made it, or this one
/// before it went back to a backup.
pub(super) fn is_of(
    conn: &Connection,
    user: &HotspotUser,
    id: SubscriptionId,
    reading: Reading,
) -> store::Result<bool> {
    let whose = subscriptions::find(conn, id)?;
    let is_it = |it: &Subscription| it.username.as_str() == user.name;
    Ok(whose.filter(is_it).is_some_and(|it| reading.count <= it.revision))
}

impl Changes {
    fn into_done(self, router_id: RouterId, config: Arc<Config>) -> Done {
        if self.begun.is_empty() && self.ended.is_empty() && self.counted.is_empty() {
            return Done::nothing();
        }
        Done::writing(move |tx| self.write(tx, router_id, &config))
    }

    fn write(self, tx: &Tx<'_>, router_id: RouterId, config: &Config) -> store::Result<()> {
        for id in self.ended {
            sessions::set_ended(tx, id, Some((tx.now.wall, GONE)))?;
        }
        for (subscription_id, mac, started_at) in &self.begun {
            let (subscription_id, started_at) = (*subscription_id, *started_at);
            let router_id = Some(router_id);
            sessions::begin(tx, &NewSession { subscription_id, router_id, mac, started_at })?;
        }
        for (id, reading) in self.counted {
            sale::count_usage(tx, config, router_id, id, reading)?;
        }
        Ok(())
    }
}
