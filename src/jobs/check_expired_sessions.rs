//! Ends what customers bought when its time is over.

use super::sale::{self, Sweep};
use crate::domain::queue::Queue;
use crate::job::{Cx, Done, Job, JobError};
use serde::{Deserialize, Serialize};

/// Ends subscriptions that are over, as the transaction finds them: one that was renewed in the
/// last moment is not. It is owed from the first period that begins on, and owes itself again as
/// long as any runs. Nothing outside is touched.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckExpiredSessions {
    /// An operator says that the clock is right, however many it ends at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_many: bool,
}

impl Job for CheckExpiredSessions {
    const KIND: &'static str = "check_expired_sessions";
    const QUEUE: Queue = Queue::HotspotSessions;
    const PARKS: bool = true; // Given up, nobody would look again.

    fn unique_key(&self) -> Option<String> {
        Some(if self.even_many { "even many" } else { "all" }.to_owned())
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let config = cx.world.config.clone();
        let sweep = if self.even_many { Sweep::EvenMany } else { Sweep::Usual };
        Ok(Done::writing(move |tx| sale::end_what_is_over(tx, &config, sweep)))
    }
}
