//! What routers said last, kept in memory: figures that change every second belong on no flash.

use crate::domain::ids::RouterId;
use crate::domain::time::{EngineTime, Now, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Somebody who has just looked at the routers will look again; a page does every 10 seconds.
const WATCHED_FOR: Duration = Duration::from_secs(25);
/// Figures older than this say nothing of now.
const FRESH_FOR: Duration = Duration::from_secs(3 * 60);
/// How often a router that is up is examined from end to end.
const EXAMINE_EVERY: Duration = Duration::from_secs(10 * 60);
/// How often a router is compared with what it should be, though nothing happened to it.
const COMPARE_EVERY: Duration = Duration::from_secs(5 * 60);
/// How often counters are read that nobody is waiting for.
const COUNT_EVERY: Duration = Duration::from_secs(5 * 60);

/// How a router was doing. `None` in a field is what it did not tell, or does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    pub at: EngineTime,
    pub seen_at: Timestamp,
    pub uptime: Option<Duration>,
    pub cpu_load_percent: Option<i64>,
    pub free_memory_bytes: Option<i64>,
    pub free_storage_bytes: Option<i64>,
    pub temperature_celsius: Option<i64>,
    /// How far its clock was off when it was last examined.
    pub clock_off: Option<Duration>,
    /// Devices that are logged in, whoever let them.
    pub active_users: usize,
}

/// The routers of one running box.
#[derive(Default)]
pub struct LiveRouters(Mutex<Live>);

#[derive(Default)]
struct Live {
    routers: BTreeMap<RouterId, Known>,
    looked_at: Option<EngineTime>,
}

#[derive(Default)]
struct Known {
    figures: Option<Figures>,
    clock_off: Option<Duration>,
    answered_at: Option<Timestamp>,
    is_failing: bool,
    examined: Option<EngineTime>,
    counted: Option<EngineTime>,
    compared: Option<EngineTime>,
}

impl LiveRouters {
    /// Notes that somebody looks at the routers. True if nobody did just before.
    pub fn look(&self, now: Now) -> bool {
        let mut live = self.lock();
        let is_watched = is_within(live.looked_at, now.engine, WATCHED_FOR);
        live.looked_at = Some(now.engine);
        !is_watched
    }

    pub fn is_watched(&self, now: Now) -> bool {
        is_within(self.lock().looked_at, now.engine, WATCHED_FOR)
    }

    pub fn answered(&self, router: RouterId, now: Now) {
        let mut live = self.lock();
        let known = live.routers.entry(router).or_default();
        (known.is_failing, known.answered_at) = (false, Some(now.wall));
    }

    /// Its last contact failed: until one succeeds, it is left to those who check it.
    pub fn failed(&self, router: RouterId) {
        let mut live = self.lock();
        let known = live.routers.entry(router).or_default();
        (known.is_failing, known.compared) = (true, None); // Who knows what it comes back with.
    }

    pub fn is_failing(&self, router: RouterId) -> bool {
        self.lock().routers.get(&router).is_some_and(|it| it.is_failing)
    }

    pub fn answered_at(&self, router: RouterId) -> Option<Timestamp> {
        self.lock().routers.get(&router).and_then(|it| it.answered_at)
    }

    pub fn set_figures(&self, router: RouterId, figures: Figures) {
        let mut live = self.lock();
        let known = live.routers.entry(router).or_default();
        if figures.uptime < known.figures.and_then(|it| it.uptime) {
            known.compared = None; // It has started anew, perhaps from an old backup.
        }
        known.figures = Some(figures);
    }

    /// The last figures of each router, but for those that are too old.
    pub fn figures(&self, now: Now) -> BTreeMap<RouterId, Figures> {
        let live = self.lock();
        let all = live
            .routers
            .iter()
            .filter_map(|(id, it)| Some((*id, Figures { clock_off: it.clock_off, ..it.figures? })));
        all.filter(|(_, it)| is_within(Some(it.at), now.engine, FRESH_FOR)).collect()
    }

    pub fn is_to_be_examined(&self, router: RouterId, now: Now) -> bool {
        let examined = self.lock().routers.get(&router).and_then(|it| it.examined);
        !is_within(examined, now.engine, EXAMINE_EVERY)
    }

    pub fn examined(&self, router: RouterId, now: Now) {
        self.lock().routers.entry(router).or_default().examined = Some(now.engine);
    }

    pub fn set_clock_off(&self, router: RouterId, off: Option<Duration>) {
        self.lock().routers.entry(router).or_default().clock_off = off;
    }

    pub fn is_to_be_counted(&self, router: RouterId, now: Now) -> bool {
        let counted = self.lock().routers.get(&router).and_then(|it| it.counted);
        !is_within(counted, now.engine, COUNT_EVERY)
    }

    pub fn counted(&self, router: RouterId, now: Now) {
        self.lock().routers.entry(router).or_default().counted = Some(now.engine);
    }

    pub fn is_to_be_compared(&self, router: RouterId, now: Now) -> bool {
        let compared = self.lock().routers.get(&router).and_then(|it| it.compared);
        !is_within(compared, now.engine, COMPARE_EVERY)
    }

    pub fn compared(&self, router: RouterId, now: Now) {
        self.lock().routers.entry(router).or_default().compared = Some(now.engine);
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_within(then: Option<EngineTime>, now: EngineTime, span: Duration) -> bool {
    then.is_some_and(|then| now.since(then) < span)
}
