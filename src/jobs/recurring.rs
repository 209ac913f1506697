//! What comes again and again. The engine is given this list; the command line shows it.

use super::{PruneHistory, RotateLogs, SyncRadiusAccounting};
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

/// Also what makes a burst of lines small again.
const ROTATE_LOGS_EVERY: Duration = Duration::from_secs(60);

/// Routers report every five minutes. What is used up in between, a router's own count ends.
const SYNC_ACCOUNTING_EVERY: Duration = Duration::from_secs(30);

/// What comes again and again without leaving a trace.
pub fn beats(
    queue: Queue,
    conn: &Connection,
    world: &World,
    _now: Now,
) -> store::Result<Vec<Beat>> {
    match queue {
        Queue::LogRotation => Ok(vec![Beat::of(&RotateLogs {}, ROTATE_LOGS_EVERY)?]),
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
