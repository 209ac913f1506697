//! What comes again and again. The engine is given this list; the command line shows it.

use super::{CheckRouters, PruneHistory, RotateLogs, SyncRadiusAccounting, SyncRouterData};
use crate::config::RadiusMode;
use crate::domain::queue::Queue;
use crate::domain::schedule::{Every, Missed, Schedule};
use crate::domain::time::Now;
use crate::job::{Beat, Job as _, World};
use crate::store::{self, routers};
use rusqlite::Connection;
use std::time::Duration;

pub const SCHEDULES: &[Schedule] = &[Schedule {
    name: "prune-history",
    kind: PruneHistory::KIND,
    every: Every::Daily { hour: 2, minute: 30 },
    missed: Missed::Once,
}];

/// Files are put aside as they grow; this packs them. An idle box is to be woken seldom.
const ROTATE_LOGS_EVERY: Duration = Duration::from_secs(10 * 60);
/// Also what keeps the one SSH session to each router warm.
const CHECK_ROUTERS_EVERY: Duration = Duration::from_secs(30);
const SYNC_ROUTERS_EVERY: Duration = Duration::from_secs(60);
/// While somebody looks at them.
const SYNC_WATCHED_EVERY: Duration = Duration::from_secs(2);

/// Routers report every five minutes. What is used up in between, a router's own count ends.
const SYNC_ACCOUNTING_EVERY: Duration = Duration::from_secs(30);

/// What comes again and again without leaving a trace.
pub fn beats(queue: Queue, conn: &Connection, world: &World, now: Now) -> store::Result<Vec<Beat>> {
    match queue {
        Queue::LogRotation => Ok(vec![Beat::of(&RotateLogs {}, ROTATE_LOGS_EVERY)?]),
        Queue::RouterChecks => {
            let beat = |router_id| Beat::of(&CheckRouters { router_id }, CHECK_ROUTERS_EVERY);
            routers::ids(conn)?.into_iter().map(beat).collect()
        }
        Queue::RouterData => {
            let is_watched = world.live.is_watched(now);
            let every = if is_watched { SYNC_WATCHED_EVERY } else { SYNC_ROUTERS_EVERY };
            let beat = |router_id| Beat::of(&SyncRouterData { router_id }, every);
            // Of one that fails, the checks alone find out when it is back.
            let mut ids = routers::ids(conn)?;
            ids.retain(|it| !world.live.is_failing(*it));
            ids.into_iter().map(beat).collect()
        }
        // Where no router asks RADIUS, nobody looks.
        Queue::HotspotAccounting
            if world.config.radius.mode == RadiusMode::Freeradius
                && routers::all(conn)?.iter().any(|it| it.access.is_over_radius()) =>
        {
            Ok(vec![Beat::of(&SyncRadiusAccounting {}, SYNC_ACCOUNTING_EVERY)?])
        }
        _ => Ok(Vec::new()),
    }
}
