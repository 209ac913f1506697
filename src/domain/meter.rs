//! What a router counts of one user, and where it stops counting and ends the session.

use std::time::Duration;

/// Counters and limits of a user, over all its sessions on one router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// `None` is without limit.
    pub limit_time: Option<Duration>,
    /// `None` if the router does not tell.
    pub time: Option<Duration>,
    /// `None` is without limit.
    pub limit_bytes: Option<i64>,
    /// `None` if the router does not tell.
    pub bytes: Option<i64>,
}

/// What a customer has left, as the box knows it, over all routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub time: Duration,
    /// All that was bought. Whoever was not online has more left on a router than by the clock.
    pub time_bought: Duration,
    /// `None` is without limit.
    pub bytes: Option<i64>,
}

/// A router's clock and ours drift apart over a month, and RouterOS counts whole seconds.
const TIME_SLACK: Duration = Duration::from_secs(60);
/// What may have gone through since the counters were last read.
const BYTES_SLACK: i64 = 1 << 20;

impl Meter {
    /// The limits of a user whose counters go on: those it has, as long as they grant what is left.
    /// Otherwise what is left is granted on top of what was counted.
    pub fn limits(&self, left: &Left) -> (Option<Duration>, Option<i64>) {
        (Some(self.time_limit(left)), self.bytes_limit(left))
    }

    fn time_limit(&self, left: &Left) -> Duration {
        let used = self.time.unwrap_or_default();
        match self.limit_time {
            Some(limit) => {
                let granted = limit.saturating_sub(used);
                let is_enough = left.time <= granted + TIME_SLACK;
                let is_too_much = left.time_bought + TIME_SLACK < granted;
                if is_enough && !is_too_much { limit } else { used + left.time }
            }
            None => used + left.time,
        }
    }

    /// A router that counts on its own may be ahead of us, but never behind.
    fn bytes_limit(&self, left: &Left) -> Option<i64> {
        let left = left.bytes?;
        let used = self.bytes.unwrap_or(0);
        let slack = BYTES_SLACK + left / 100;
        match self.limit_bytes {
            Some(limit) if limit.saturating_sub(used) <= left.saturating_add(slack) => Some(limit),
            _ => Some(used.saturating_add(left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    #[test]
    fn limits_stay_as_long_as_they_grant_what_is_left() {
        let check = |limit: Option<u64>, used: u64, left: u64, expected: u64| {
            let meter = Meter {
                limit_time: limit.map(minutes),
                time: Some(minutes(used)),
                ..Meter::default()
            };
            let left = Left { time: minutes(left), time_bought: minutes(60), bytes: None };
            let limits = meter.limits(&left);
            assert_eq!(limits, (Some(minutes(expected)), None), "{meter:?} {left:?}");
        };
        check(Some(60), 0, 60, 60);
        check(Some(60), 30, 30, 60);
        check(Some(60), 0, 10, 60); // He was away; the box will end it in ten minutes.
        check(Some(60), 59, 30, 89); // Somebody's old counter: he is to have all that is left.
        check(Some(5), 0, 30, 30); // Somebody has lowered it.
        check(None, 10, 30, 40); // Somebody has taken it away.
        check(Some(43_200), 10, 30, 40); // Somebody has raised it.
    }

    #[test]
    fn bytes_used_elsewhere_are_not_granted_here() {
        let mib = |count: i64| count << 20;
        let check = |limit: Option<i64>, used: i64, left: Option<i64>, expected: Option<i64>| {
            let meter =
                Meter { limit_bytes: limit.map(mib), bytes: Some(mib(used)), ..Meter::default() };
            let left = Left { time: minutes(1), time_bought: minutes(1), bytes: left.map(mib) };
            assert_eq!(meter.limits(&left).1, expected.map(mib), "{meter:?} {left:?}");
        };
        check(Some(500), 100, Some(400), Some(500));
        check(Some(500), 200, Some(400), Some(500)); // The router knows first.
        check(Some(500), 100, Some(300), Some(400)); // The rest went through another router.
        check(Some(500), 0, Some(300), Some(300)); // Its counter began again.
        check(None, 50, Some(300), Some(350));
        check(Some(500), 100, None, None);
    }
}
