//! The system's clocks: one that only goes on, and one that is believed only for a reason.
//!
//! A box without a battery starts in 1970, or where a file says it was switched off, and its wall
//! clock jumps when the network sets it right. What is decided by it waits until then.

use crate::domain::time::{Clock, ClockTrust, EngineTime, Now, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Beyond this the kernel itself calls its clock unsynchronised (NTP_PHASE_LIMIT). Its flag
/// STA_UNSYNC says less: chrony leaves it set.
const MAX_ERROR_MICROSECONDS: libc::c_long = 16_000_000;
/// systemd-timesyncd makes it when it has set the clock since boot.
const TIMESYNCD_FLAG: &str = "/run/systemd/timesync/synchronized";
/// How far the clock may be set back and still be believed.
const BACKWARD_TOLERANCE: Duration = Duration::from_secs(300);
/// No box runs one version this long.
const FORWARD_TOLERANCE: Duration = Duration::from_secs(15 * 366 * 86_400);
/// Asking the kernel for its error is dearer than reading a clock.
const ASK_AGAIN_MS: i64 = 1_000;

/// When this source was committed.
const BUILD: Timestamp = match i64::from_str_radix(env!("MLANGO_BUILD_UNIX"), 10) {
    Ok(seconds) => Timestamp(seconds * 1_000),
    Err(_) => panic!("build.rs gives whole seconds"),
};

pub struct SystemClock {
    trust: ClockTrust,
    base: EngineTime,
    /// The steady clock when engine time was `base`.
    started_ms: i64,
    memory: Mutex<Memory>,
}

struct Memory {
    last_trusted: Option<Timestamp>,
    is_synchronised: bool,
    asked_at: Option<EngineTime>,
}

impl SystemClock {
    /// Engine time goes on from `base`. `last_trusted` is the latest wall time that was believed,
    /// in this run of the program or an earlier one.
    pub fn new(
        base: EngineTime,
        last_trusted: Option<Timestamp>,
        trust: ClockTrust,
    ) -> SystemClock {
        let memory = Memory { last_trusted, is_synchronised: false, asked_at: None };
        SystemClock { trust, base, started_ms: steady_ms(), memory: Mutex::new(memory) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let engine = EngineTime(self.base.0 + (steady_ms() - self.started_ms));
        let wall = wall();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        Now { engine, wall, is_wall_trusted: memory.judge(self.trust, engine, wall, ask_system) }
    }
}

impl Memory {
    /// Whether `wall` is to be believed; `ask` says whether something set the clock, and is asked
    /// once a second at most.
    fn judge(
        &mut self,
        trust: ClockTrust,
        engine: EngineTime,
        wall: Timestamp,
        ask: impl FnOnce() -> bool,
    ) -> bool {
        match trust {
            ClockTrust::Trusted => return true,
            ClockTrust::Untrusted => return false,
            ClockTrust::Auto => {}
        }
        if self.asked_at.is_none_or(|it| ASK_AGAIN_MS <= engine.0 - it.0) {
            self.is_synchronised = ask();
            self.asked_at = Some(engine);
        }
        let is_trusted = self.is_synchronised && is_plausible(wall, BUILD, self.last_trusted);
        if is_trusted {
            self.last_trusted = Some(wall);
        }
        is_trusted
    }
}

/// Whether a clock that was set can have been set right: time servers and their answers may be
/// wrong, too.
fn is_plausible(wall: Timestamp, build: Timestamp, last_trusted: Option<Timestamp>) -> bool {
    let is_back = last_trusted.is_some_and(|last| wall + BACKWARD_TOLERANCE < last);
    build <= wall && wall <= build + FORWARD_TOLERANCE && !is_back
}

/// Whether anybody set the clock since the boot.
fn is_synchronised(max_error_microseconds: Option<libc::c_long>, is_flagged: bool) -> bool {
    max_error_microseconds.is_some_and(|it| it < MAX_ERROR_MICROSECONDS) || is_flagged
}

fn ask_system() -> bool {
    is_synchronised(kernel_max_error(), Path::new(TIMESYNCD_FLAG).exists())
}

/// The kernel's bound on its clock's error in microseconds, which grows unless somebody keeps the
/// clock right. `None` where the question is forbidden.
fn kernel_max_error() -> Option<libc::c_long> {
    let mut answer = std::mem::MaybeUninit::<libc::timex>::zeroed();
    #[expect(unsafe_code, reason = "adjtimex(2) has no safe wrapper here")]
    // SAFETY: zeros are a valid timex, and `modes` 0 asks without changing anything; the kernel
    // writes to nothing but the structure, which lives as long as the call.
    let (state, max_error) = unsafe {
        let state = libc::adjtimex(answer.as_mut_ptr());
        (state, answer.assume_init().maxerror)
    };
    (state != -1).then_some(max_error)
}

/// Milliseconds since the boot, sleep included; it never jumps.
pub fn steady_ms() -> i64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that others ask")]
fn wall() -> Timestamp {
    let whole = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Timestamp(whole(since)),
        Err(before) => Timestamp(-whole(before.duration())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const YEAR: i64 = 366 * 24 * HOUR;

    #[test]
    fn a_clock_counts_as_set_by_the_kernel_or_timesyncd() {
        assert!(is_synchronised(Some(15_999_999), false));
        assert!(!is_synchronised(Some(16_000_000), false));
        assert!(!is_synchronised(None, false));
        assert!(is_synchronised(Some(16_000_000), true));
        assert!(is_synchronised(None, true));
    }

    #[test]
    fn only_a_plausible_time_is_believed() {
        let build = Timestamp(1_800_000_000_000);
        let check = |wall: i64, last_trusted: Option<i64>, expected: bool| {
            let last_trusted = last_trusted.map(|it| Timestamp(build.0 + it));
            let wall = Timestamp(build.0 + wall);
            assert_eq!(
                is_plausible(wall, build, last_trusted),
                expected,
                "{wall} {last_trusted:?}"
            );
        };
        check(0, None, true);
        check(-1, None, false);
        check(-build.0, None, false); // 1970
        check(15 * YEAR, None, true);
        check(15 * YEAR + 1, None, false);
        check(HOUR, Some(HOUR), true);
        check(HOUR, Some(HOUR + 300_000), true);
        check(HOUR, Some(HOUR + 300_001), false);
        check(HOUR, Some(4 * HOUR), false); // three hours back
        check(5 * HOUR, Some(4 * HOUR), true);
    }

    fn memory() -> Memory {
        Memory { last_trusted: None, is_synchronised: false, asked_at: None }
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let ask = || unreachable!("nobody asks when it is settled");
        let epoch = Timestamp(0);
        assert!(memory().judge(ClockTrust::Trusted, EngineTime(0), epoch, ask));
        assert!(!memory().judge(ClockTrust::Untrusted, EngineTime(0), BUILD, ask));
    }

    #[test]
    fn the_system_is_asked_once_a_second() {
        let mut memory = memory();
        let mut asked = Vec::new();
        for at in [5_000, 5_001, 5_999, 6_000, 7_500, 7_600] {
            memory.judge(ClockTrust::Auto, EngineTime(at), BUILD, || {
                asked.push(at);
                true
            });
        }
        assert_eq!(asked, [5_000, 6_000, 7_500]);
    }

    #[test]
    fn a_step_back_costs_the_trust_until_time_has_caught_up() {
        let mut memory = memory();
        let mut judge = |wall: i64| {
            let wall = Timestamp(BUILD.0 + wall);
            memory.judge(ClockTrust::Auto, EngineTime(0), wall, || true)
        };
        assert!(judge(10 * HOUR));
        assert!(!judge(7 * HOUR));
        assert!(!judge(7 * HOUR + 1));
        assert!(judge(10 * HOUR - 300_000));
    }

    #[test]
    fn engine_time_goes_on_from_its_base() {
        let base = EngineTime(7 * HOUR);
        let clock = SystemClock::new(base, None, ClockTrust::Auto);
        let (first, second) = (clock.now(), clock.now());
        assert!(base <= first.engine && first.engine <= second.engine);
        let untrusted = SystemClock::new(base, None, ClockTrust::Untrusted).now();
        assert!(!untrusted.is_wall_trusted && untrusted.trusted_wall().is_none());
    }
}
