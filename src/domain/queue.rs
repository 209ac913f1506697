//! The queues, and how each is served unless the configuration says otherwise.

use super::text_enum;
use std::time::Duration;

text_enum! {
    /// A lane of work. Each has its own workers, so slow work in one holds up no other.
    pub enum Queue {
        Default = "default",
        Payments = "payments",
        Provisioning = "provisioning",
        RouterChecks = "router-checks",
        RouterData = "router-data",
        HotspotSms = "hotspot-sms",
        HotspotSessions = "hotspot-sessions",
        HotspotAccounting = "hotspot-accounting",
        Dashboard = "dashboard",
        LogRotation = "log-rotation",
    }
}

/// How one queue is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    pub workers: usize,
    /// Which queue is served first where queues compete; the lower number.
    pub priority: u32,
    /// Runs that may fail before the job is given up or parked.
    pub tries: u32,
    /// The longest a single run may take.
    pub timeout: Duration,
    /// How long to wait between tries. When the list runs out, its last entry goes on.
    pub backoff: Vec<Duration>,
    /// Of the failures, how many may be errors rather than timeouts.
    pub max_exceptions: u32,
}

/// Some of the queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queues(u16);

impl Queues {
    pub const ALL: Queues = Queues((1 << Queue::ALL.len()) - 1);
    /// Of no queue in particular: an operator wants workers to start afresh.
    pub const RESTART: Queues = Queues(1 << 15);
    /// Of no queue either: something happened that people watch for.
    pub const NEWS: Queues = Queues(1 << 14);

    pub fn union(self, other: Queues) -> Queues {
        Queues(self.0 | other.0)
    }

    pub fn wants_restart(self) -> bool {
        self.0 & Queues::RESTART.0 != 0
    }

    pub fn has_news(self) -> bool {
        self.0 & Queues::NEWS.0 != 0
    }

    pub fn with(self, queue: Queue) -> Queues {
        Queues(self.0 | 1 << (queue as u16))
    }

    pub fn has(self, queue: Queue) -> bool {
        self.0 & 1 << (queue as u16) != 0
    }
}

impl Queue {
    pub fn defaults(self) -> QueueSettings {
        let (workers, priority, tries, timeout_seconds, backoff): (_, _, _, _, &[u64]) = match self
        {
            Queue::Default => (1, 5, 3, 90, &[10, 30, 60]),
            Queue::Payments => (2, 5, 3, 120, &[10, 30, 60]),
            Queue::Provisioning => (3, 10, 5, 60, &[5, 15, 30, 60, 120]),
            Queue::RouterChecks => (1, 10, 3, 120, &[10, 30, 60]),
            Queue::RouterData => (4, 20, 3, 60, &[10, 30, 60]),
            Queue::HotspotSms => (2, 5, 3, 30, &[10, 30, 60]),
            Queue::HotspotSessions => (2, 10, 3, 60, &[10, 30, 60]),
            Queue::HotspotAccounting => (1, 15, 2, 120, &[30]),
            Queue::Dashboard => (1, 15, 3, 120, &[10]),
            Queue::LogRotation => (1, 30, 1, 30, &[]),
        };
        QueueSettings {
            workers,
            priority,
            tries,
            timeout: Duration::from_secs(timeout_seconds),
            backoff: backoff.iter().map(|&it| Duration::from_secs(it)).collect(),
            max_exceptions: tries,
        }
    }
}

impl QueueSettings {
    /// How long to wait after the `failures`-th failed try.
    pub fn pause_after(&self, failures: u32) -> Duration {
        let nth = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        self.backoff.get(nth).or(self.backoff.last()).copied().unwrap_or_default()
    }
}

#[test]
fn eighteen_workers_in_all_and_the_last_pause_repeats() {
    assert_eq!(Queue::ALL.iter().map(|it| it.defaults().workers).sum::<usize>(), 18);
    let pauses = [1, 2, 9].map(|it| Queue::Payments.defaults().pause_after(it).as_secs());
    assert_eq!(pauses, [10, 30, 60]);
}
