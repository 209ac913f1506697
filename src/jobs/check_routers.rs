//! Whether a router answers, and would let customers in.

use crate::domain::ids::RouterId;
use crate::domain::queue::Queue;
use crate::domain::router::RouterState;
use crate::job::{Cx, Done, Failure, Fate, Job, JobError, World};
use crate::routeros::ops::{Examine, Probe, ReadClock};
use crate::routeros::{self, RouterError};
use crate::store::routers;
use crate::store::{self, Tx};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Looks after one router. A failure is nothing yet: routers are restarted, cables are moved. When
/// the queue's tries are spent in a row, it is down; that is written and told once, and that it is
/// back likewise. Its success lets go what is parked for the router. Nothing on it is changed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRouters {
    pub router_id: RouterId,
}

/// One that hangs must not keep the only worker from the others.
const PATIENCE: Duration = Duration::from_secs(5);
/// A small board may need longer to log in, or to be examined.
const LONG_PATIENCE: Duration = Duration::from_secs(15);
/// It gets that every third time, so that it is not called down for being slow, and comes back.
const LONG_EVERY: u32 = 3;

impl Job for CheckRouters {
    const KIND: &'static str = "check_routers";
    const QUEUE: Queue = Queue::RouterChecks;
    const EPHEMERAL: bool = true;
    const PARKS: bool = true; // It is never given up: the router's state says how it is.

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
        let is_thorough = router.state != RouterState::Up || live.is_to_be_examined(id, now);
        let link = &*cx.world.routers;
        let within = |patience| cx.deadline.min(Instant::now() + patience);
        let is_last = cx.attempt.is_multiple_of(LONG_EVERY);
        let patience = if is_last { LONG_PATIENCE } else { PATIENCE };
        let mut answer = routeros::perform(link, id, &Probe, within(patience));
        if is_thorough && answer.is_ok() {
            let examine = Examine { login: router.user };
            let examined = routeros::perform(link, id, &examine, within(LONG_PATIENCE));
            answer = examined.and(answer);
        }
        let pulse = answer.inspect_err(|_| live.failed(id))?;
        let was_failing = live.is_failing(id);
        live.answered(id, now);
        if is_thorough {
            live.examined(id, now);
            // Customers do not depend on it, so a router that does not tell is well all the same.
            let read = |now| routeros::perform(link, id, &ReadClock { now }, within(PATIENCE));
            live.set_clock_off(id, now.trusted_wall().and_then(|now| read(now).ok().flatten()));
        }
        let version = pulse.resource.version_text;
        let is_known = router.version.as_ref() == Some(&version);
        let is_well = router.state == RouterState::Up && router.error.is_none();
        if is_known && is_well && !was_failing {
            return Ok(Done::nothing());
        }
        let identity = pulse.identity;
        Ok(Done::writing(move |tx| {
            if !is_known {
                log::info!("router {id} calls itself {identity:?} and runs RouterOS {version}");
                routers::set_version(tx, id, &version)?;
            }
            routers::wakes_watchers(tx); // Its figures are wanted again.
            routers::set_state(tx, id, RouterState::Up, None).map(drop)
        }))
    }

    fn cut(&self, world: &World) {
        world.routers.cut(self.router_id);
    }

    fn unsuccessful(&self, tx: &Tx<'_>, world: &World, failure: &Failure<'_>) -> store::Result<()> {
        if note_contact(tx, self.router_id, failure)?
            && let Some(at) = world.live.answered_at(self.router_id)
        {
            routers::set_seen(tx, self.router_id, at)?;
        }
        Ok(())
    }
}

/// Notes that a router is in trouble, in its own words: of the same trouble the first ones stay.
/// One failure of a router that has answered before is none. True if its state is another now.
pub(super) fn note_contact(
    tx: &Tx<'_>,
    id: RouterId,
    failure: &Failure<'_>,
) -> store::Result<bool> {
    let state = match failure.cause {
        JobError::TimedOut(_) => RouterState::Unreachable,
        JobError::Retry(cause) | JobError::GiveUp(cause) => {
            match cause.downcast_ref::<RouterError>() {
                Some(error) => error.state(),
                None => return Ok(false), // The trouble is ours.
            }
        }
        JobError::Snooze(_) | JobError::CutOff { .. } => return Ok(false),
    };
    let Some(router) = routers::find(tx, id)? else { return Ok(false) };
    let may_pass = failure.fate == Fate::Retried && router.state != RouterState::Unknown;
    if may_pass || router.state == state && state.is_down() {
        return Ok(false);
    }
    routers::set_state(tx, id, state, Some(failure.error))
}
