//! What comes again and again. The engine is given this list; the command line shows it.

use super::{PruneHistory, RotateLogs};
use crate::domain::queue::Queue;
use crate::domain::schedule::{Every, Missed, Schedule};
use crate::domain::time::Now;
use crate::job::{Beat, Job as _, World};
use crate::store;
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

/// What comes again and again without leaving a trace.
pub fn beats(
    queue: Queue,
    _conn: &Connection,
    _world: &World,
    _now: Now,
) -> store::Result<Vec<Beat>> {
    match queue {
        Queue::LogRotation => Ok(vec![Beat::of(&RotateLogs {}, ROTATE_LOGS_EVERY)?]),
        _ => Ok(Vec::new()),
    }
}
