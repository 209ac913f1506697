//! Rate limits of kinds, checked before a job is claimed: a refusal costs no try and no write.

use crate::domain::time::EngineTime;
use crate::job::JobKind;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// When jobs of limited kinds began, as far back as their limits look. In memory: after a start a
/// limit may be exceeded once.
#[derive(Default)]
pub(super) struct Limits(Mutex<HashMap<&'static str, VecDeque<EngineTime>>>);

impl Limits {
    /// The kinds that may not begin at `now`, as a JSON array, and when the first may.
    pub(super) fn reached(
        &self,
        kinds: &'static [JobKind],
        now: EngineTime,
    ) -> (String, Option<EngineTime>) {
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reached = Vec::new();
        let mut first: Option<EngineTime> = None;
        for kind in kinds {
            let Some((count, per)) = kind.rate_limit else { continue };
            let Some(starts) = starts.get_mut(kind.kind) else { continue };
            while starts.front().is_some_and(|&start| start + per <= now) {
                starts.pop_front();
            }
            if let Some(&oldest) = starts.front().filter(|_| count <= starts.len()) {
                reached.push(kind.kind);
                let free = oldest + per;
                first = Some(first.map_or(free, |it| it.min(free)));
            }
        }
        (serde_json::Value::from(reached).to_string(), first)
    }

    pub(super) fn begin(&self, kind: &JobKind, now: EngineTime) {
        if kind.rate_limit.is_some() {
            let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            starts.entry(kind.kind).or_default().push_back(now);
        }
    }
}
