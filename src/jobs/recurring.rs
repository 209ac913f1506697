//! What comes again and again. The engine is given this list; the command line shows it.

use super::PruneHistory;
use crate::domain::schedule::{Every, Missed, Schedule};
use crate::job::Job as _;

pub const SCHEDULES: &[Schedule] = &[Schedule {
    name: "prune-history",
    kind: PruneHistory::KIND,
    every: Every::Daily { hour: 2, minute: 30 },
    missed: Missed::Once,
}];
