//! A breaker for each serial key: after some failures in a row its jobs are not claimed any more,
//! but for a probe now and then. A refusal costs no try and no write, so that one dead router
//! cannot hold all workers.

use crate::domain::time::EngineTime;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FAILURES_MAX: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// A router that is back has customers waiting, so it is not left alone for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Breakers(Mutex<HashMap<String, Breaker>>);

#[derive(Clone, Copy, Default)]
struct Breaker {
    failures: u32,
    /// While it is shut: when the next probe may go, and how long the pause before it was.
    shut: Option<(EngineTime, Duration)>,
}

impl Breakers {
    /// The keys that may not be claimed at `now`, and when the first may.
    pub(super) fn shut(&self, now: EngineTime) -> (Vec<String>, Option<EngineTime>) {
        let breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = Vec::new();
        let mut first: Option<EngineTime> = None;
        for (key, breaker) in breakers.iter() {
            if let Some((until, _)) = breaker.shut.filter(|(until, _)| now < *until) {
                keys.push(key.clone());
                first = Some(first.map_or(until, |it| it.min(until)));
            }
        }
        (keys, first)
    }

    /// A job with this key may be a probe: until its end no other goes.
    pub(super) fn begin(&self, key: &str, now: EngineTime) {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(breaker) = breakers.get_mut(key)
            && let Some((_, pause)) = breaker.shut
        {
            breaker.shut = Some((now + pause, pause));
        }
    }

    /// Whether it was shut until now.
    pub(super) fn succeeded(&self, key: &str) -> bool {
        let was = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        was.is_some_and(|it| it.shut.is_some())
    }

    pub(super) fn failed(&self, key: &str, now: EngineTime) {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = breakers.entry(key.to_owned()).or_default();
        breaker.failures += 1;
        if FAILURES_MAX <= breaker.failures {
            let pause = breaker.shut.map_or(FIRST_PAUSE, |(_, last)| (last * 2).min(LONGEST_PAUSE));
            breaker.shut = Some((now + pause, pause));
        }
    }
}

#[test]
fn three_failures_shut_a_key_and_a_success_opens_it() {
    let breakers = Breakers::default();
    let at = |seconds: i64| EngineTime(seconds * 1000);
    for second in 0..3 {
        assert_eq!(breakers.shut(at(second)).0, [""; 0]);
        breakers.failed("router:1", at(second));
    }
    assert_eq!(breakers.shut(at(3)), (vec!["router:1".to_owned()], Some(at(17))));
    assert_eq!(breakers.shut(at(17)).0, [""; 0], "a probe may go");
    breakers.begin("router:1", at(17));
    assert_eq!(breakers.shut(at(18)).0, ["router:1"], "one probe, not two");
    breakers.failed("router:1", at(18));
    assert_eq!(breakers.shut(at(18)).1, Some(at(48)), "twice as long as before");
    for second in 0..20 {
        breakers.failed("router:1", at(100 + second));
    }
    assert_eq!(breakers.shut(at(119)).1, Some(at(179)), "never longer than a minute");
    assert!(breakers.succeeded("router:1"));
    assert!(!breakers.succeeded("router:1"), "it was open already");
    assert_eq!(breakers.shut(at(119)).0, [""; 0]);
}
