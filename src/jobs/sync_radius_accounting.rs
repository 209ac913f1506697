//! Sessions as FreeRADIUS was told of them, and what they used of what was bought.

use super::{over_radius, sale};
use crate::domain::ids::AccountId;
use crate::domain::queue::Queue;
use crate::domain::time::{Now, Timestamp};
use crate::job::{Cx, Done, Job, JobError};
use crate::radius::coa::Limits;
use crate::store::accounting::{self, Account};
use crate::store::{self, grants, subscriptions};
use serde::{Deserialize, Serialize};

/// Counts what FreeRADIUS has written since the last time, and tells routers of sessions whose
/// customer has bought more meanwhile. What costs is what has changed. Repeating it changes
/// nothing: each account remembers how much of it was counted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncRadiusAccounting {}

/// So many routers' answers are waited for in one run.
const ORDERS_MAX: u32 = 20;

impl Job for SyncRadiusAccounting {
    const KIND: &'static str = "sync_radius_accounting";
    const QUEUE: Queue = Queue::HotspotAccounting;
    const EPHEMERAL: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some("all".to_owned())
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let now = cx.now();
        let told = tell_of_limits(cx, now)?;
        if told.is_empty() && !cx.read(|conn| sale::has_accounts(conn, now))? {
            return Ok(Done::nothing());
        }
        let config = cx.world.config.clone();
        Ok(Done::writing(move |tx| {
            for (id, revision) in told {
                accounting::set_revision(tx, id, revision)?;
            }
            if sale::count_accounts(tx, &config)? {
                SyncRadiusAccounting {}.enqueue(tx)?;
            }
            Ok(())
        }))
    }
}

/// Tells routers what sessions may have now whose customers have bought again; returns those that
/// need not be told any more. One that does not take it has the old limits until its next login.
fn tell_of_limits(cx: &Cx, now: Now) -> store::Result<Vec<(AccountId, u32)>> {
    let mut told = Vec::new();
    let mut is_silent = Vec::new();
    for account in cx.read(|conn| accounting::outdated(conn, ORDERS_MAX))? {
        let Some((limits, revision)) = limits(cx, &account, now)? else { continue };
        told.push((account.id, revision));
        let Some(router) = over_radius::router_of(cx, &account)? else { continue };
        if !is_silent.contains(&router.id)
            && !over_radius::change_limits(cx, &router, &account, &limits)
        {
            is_silent.push(router.id);
        }
    }
    Ok(told)
}

fn limits(cx: &Cx, account: &Account, now: Now) -> store::Result<Option<(Limits, u32)>> {
    let Some(counted) = account.counted else { return Ok(None) };
    let found = cx.read(|conn| {
        let found = subscriptions::find(conn, counted.subscription_id)?;
        found.map_or(Ok(None), |it| {
            let extra = grants::extra_devices(conn, it.id, now.engine)?;
            Ok(Some((it, extra)))
        })
    })?;
    Ok(found.map(|(subscription, extra)| {
        let began = Timestamp(account.started.saturating_mul(1000));
        let by_wall = now.trusted_wall().map_or(0, |it| it.since(began).as_secs());
        let elapsed = by_wall.max(account.seconds.unsigned_abs());
        let seconds = elapsed.saturating_add(subscription.left(now).as_secs());
        let limits = Limits {
            session_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            devices: subscription.devices + extra,
            rate: subscription.rate,
        };
        (limits, subscription.revision)
    }))
}
