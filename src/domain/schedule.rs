//! Recurring work: when it is due, and by which clock.

use super::time::{EngineTime, Now, Timestamp, span_text};
use std::fmt;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// A run that begins later than this has missed its time.
const GRACE: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// In engine time, whether the wall clock is right or not.
    Interval(Duration),
    /// At a time of day in East Africa, while the wall clock is trusted.
    Daily { hour: u32, minute: u32 },
}

/// What becomes of daily runs whose time passed while the box was off, or its clock untrusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// However many there were, one run makes up for them.
    Once,
    Skip,
}

/// A job that comes again and again. Its args are `{}`.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub name: &'static str,
    pub kind: &'static str,
    pub every: Every,
    pub missed: Missed,
}

/// How far a schedule has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Of an interval: when it is due next.
    pub next_engine: Option<EngineTime>,
    /// Of a daily one: when it is due next.
    pub next_at: Option<Timestamp>,
    /// The time of day that the last run was for. None is run for twice.
    pub last_nominal: Option<Timestamp>,
}

/// What a look at a schedule came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub is_due: bool,
    /// How it stands after this look.
    pub mark: Mark,
    /// Unknown while it waits for a clock to trust.
    pub until_next: Option<Duration>,
}

impl Schedule {
    /// Whether it is due, given how it stood before.
    pub fn look(&self, mark: Mark, now: Now) -> Look {
        match self.every {
            Every::Interval(span) => by_engine(span, mark, now.engine),
            Every::Daily { hour, minute } => match now.trusted_wall() {
                Some(wall) => self.by_wall(time_of_day(hour, minute), mark, wall),
                None => Look { is_due: false, mark, until_next: None },
            },
        }
    }

    fn by_wall(&self, time_of_day: Duration, mark: Mark, wall: Timestamp) -> Look {
        let last = nominal_before(wall, time_of_day);
        // What a clock that was days ahead left behind says nothing.
        let is_sane = |it: &Timestamp| *it <= wall + 2 * DAY;
        let Some(next_at) = mark.next_at.filter(is_sane) else {
            let last_nominal = mark.last_nominal.filter(is_sane);
            let mark = Mark { next_at: Some(last + DAY), last_nominal, ..mark };
            return Look { is_due: false, mark, until_next: Some((last + DAY).since(wall)) };
        };
        if wall < next_at {
            return Look { is_due: false, mark, until_next: Some(next_at.since(wall)) };
        }
        let is_new = mark.last_nominal.is_none_or(|it| it < last);
        let is_in_time = self.missed == Missed::Once || wall.since(last) <= GRACE;
        let (next_at, last_nominal) = (Some(last + DAY), mark.last_nominal.max(Some(last)));
        let mark = Mark { next_at, last_nominal, ..mark };
        let until_next = Some((last + DAY).since(wall));
        Look { is_due: is_new && is_in_time, mark, until_next }
    }
}

fn by_engine(span: Duration, mark: Mark, now: EngineTime) -> Look {
    let latest = now + span;
    let (is_due, next) = match mark.next_engine.filter(|it| *it <= latest) {
        Some(next) if next <= now => (true, latest),
        Some(next) => (false, next),
        None => (false, latest),
    };
    let mark = Mark { next_engine: Some(next), ..mark };
    Look { is_due, mark, until_next: Some(next.since(now)) }
}

fn time_of_day(hour: u32, minute: u32) -> Duration {
    Duration::from_secs(u64::from(hour) * 3600 + u64::from(minute) * 60)
}

/// The last time that the clocks of East Africa showed this.
fn nominal_before(wall: Timestamp, time_of_day: Duration) -> Timestamp {
    let today = wall.start_of_day() + time_of_day;
    let day_before = Timestamp(wall.start_of_day().0 - 86_400_000) + time_of_day;
    if today <= wall { today } else { day_before }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Every::Interval(span) => write!(f, "every {}", span_text(*span)),
            Every::Daily { hour, minute } => write!(f, "daily {hour:02}:{minute:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: Schedule = Schedule {
        name: "night",
        kind: "k",
        every: Every::Daily { hour: 2, minute: 30 },
        missed: Missed::Once,
    };
    const MINUTE: i64 = 60_000;
    /// 2023-11-14T23:30:00Z, half past two on the 15th in Nairobi.
    const DUE: i64 = 1_700_004_600_000;
    const DAYS: i64 = 24 * 60 * MINUTE;

    /// Looks at these moments, in ms from a time it is due; gives those at which it was.
    fn due(schedule: &Schedule, at: &[i64]) -> Vec<i64> {
        let mut mark = Mark::default();
        let mut due = Vec::new();
        for &moment in at {
            let now =
                Now { engine: EngineTime(0), wall: Timestamp(DUE + moment), is_wall_trusted: true };
            let look = schedule.look(mark, now);
            mark = look.mark;
            if look.is_due {
                due.push(moment);
            }
        }
        due
    }

    #[test]
    fn a_daily_run_comes_once_a_day_whatever_the_clock_does() {
        let check = |at: &[i64], expected: &[i64]| assert_eq!(due(&NIGHT, at), expected, "{at:?}");
        check(&[MINUTE], &[]); // It begins with the next one, not with one from before its time.
        check(&[-MINUTE, -1, 0, 1, MINUTE], &[0]);
        check(&[-MINUTE, MINUTE, DAYS - 1, DAYS], &[MINUTE, DAYS]);
        check(&[-MINUTE, 5 * DAYS + MINUTE, 5 * DAYS + 2 * MINUTE], &[5 * DAYS + MINUTE]);
        check(&[-MINUTE, 0, -MINUTE, 0, MINUTE, -2, 3], &[0]); // Back and forth over it.
        check(&[-MINUTE, 0, -2 * DAYS, -MINUTE, 0, DAYS], &[0, DAYS]);
        // Years ahead and back: what was run there counts for nothing.
        check(&[-MINUTE, 900 * DAYS, MINUTE, DAYS], &[900 * DAYS, DAYS]);
    }

    #[test]
    fn a_missed_run_may_be_skipped() {
        let schedule = Schedule { missed: Missed::Skip, ..NIGHT };
        let at = [-MINUTE, 11 * MINUTE, DAYS + 9 * MINUTE, DAYS + 10 * MINUTE];
        assert_eq!(due(&schedule, &at), [DAYS + 9 * MINUTE]);
    }

    #[test]
    fn an_interval_goes_by_the_engine_alone() {
        let hourly = Schedule { every: Every::Interval(Duration::from_secs(3600)), ..NIGHT };
        let now = |engine: i64| Now {
            engine: EngineTime(engine * 3_600_000),
            wall: Timestamp(0),
            is_wall_trusted: false,
        };
        let mut mark = Mark::default();
        let mut due = Vec::new();
        for hour in [0, 1, 1, 2, 9, 10] {
            let look = hourly.look(mark, now(hour));
            mark = look.mark;
            due.push(look.is_due);
        }
        assert_eq!(due, [false, true, false, true, true, true]);
    }
}
