//! What is not as it should be, in plain words, and what to do about it.

use super::status::RouterStatus;
use super::{Disk, QueueStatus, router_issues};
use crate::config::Config;
use crate::domain::queue::Queue;
use crate::domain::subscription::are_too_many_early;
use crate::domain::text_enum;
use crate::domain::time::{EngineTime, Now};
use crate::store::statistics::{Money, SmsNumbers};
use serde::Serialize;
use std::time::Duration;

text_enum! {
    pub enum IssueCode {
        PaidNotServed = "paid_not_served",
        MoneyHeld = "money_held",
        RouterDown = "router_down",
        RemovalsHeld = "removals_held",
        UnknownUsers = "unknown_users",
        ExpiryHeld = "expiry_held",
        RouterOutdated = "router_outdated",
        RouterClock = "router_clock",
        QueuePaused = "queue_paused",
        SmsFailed = "sms_failed",
        DiskLow = "disk_low",
        ClockUntrusted = "clock_untrusted",
        CallbacksStale = "callbacks_stale",
        CallbacksUnsigned = "callbacks_unsigned",
        NoOffFlashBackup = "no_off_flash_backup",
    }
}

text_enum! {
    pub enum Severity {
        /// Customers are losing out now, or will soon.
        Error = "error",
        /// Somebody should see to it.
        Warning = "warning",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    pub code: IssueCode,
    pub severity: Severity,
    pub text: String,
    pub advice: String,
}

/// What issues are seen by.
pub struct Facts<'a> {
    pub config: &'a Config,
    pub money: &'a Money,
    pub sms: SmsNumbers,
    pub routers: &'a [RouterStatus],
    pub queues: &'a [QueueStatus],
    pub disk: Option<Disk>,
    pub stale_callback: Option<EngineTime>,
    /// Subscriptions that run, and those of them that a step of the clock has ended.
    pub running_and_early: (i64, i64),
    pub now: Now,
}

/// Every issue, what matters most first.
pub fn issues(facts: &Facts<'_>) -> Vec<Issue> {
    let mut issues: Vec<Issue> = [
        paid_not_served(facts),
        money_held(facts),
        sms_failed(facts),
        disk_low(facts),
        clock_untrusted(facts),
        expiry_held(facts),
        callbacks_stale(facts),
        callbacks_unsigned(facts),
        no_off_flash_backup(facts),
    ]
    .into_iter()
    .flatten()
    .chain(facts.routers.iter().flat_map(router_issues::issues))
    .chain(facts.queues.iter().filter_map(queue_paused))
    .collect();
    issues.sort_by_key(|it| (it.severity, it.code)); // Stable: routers stay in their order.
    issues
}

pub(super) fn issue(
    code: IssueCode,
    severity: Severity,
    text: impl Into<String>,
    advice: impl Into<String>,
) -> Option<Issue> {
    Some(Issue { code, severity, text: text.into(), advice: advice.into() })
}

fn paid_not_served(facts: &Facts<'_>) -> Option<Issue> {
    if facts.money.overdue == 0 {
        return None; // A purchase of this moment is being served.
    }
    let text = match facts.money.unfulfilled {
        1 => "1 customer has paid and is not let in yet".to_owned(),
        count => format!("{count} customers have paid and are not let in yet"),
    };
    let advice = "See that the routers below are switched on and reachable; access follows by \
                  itself within 5 minutes of a router's return. The payments page says who waits, \
                  `mlango payment show ID` says why.";
    issue(IssueCode::PaidNotServed, Severity::Error, text, advice)
}

fn money_held(facts: &Facts<'_>) -> Option<Issue> {
    let text = match facts.money.held {
        0 => return None,
        1 => "1 payment is held: nobody can tell what it is for".to_owned(),
        count => format!("{count} payments are held: nobody can tell what they are for"),
    };
    let advice = "Assign each to a package on the payments page or with `mlango payment assign`.";
    issue(IssueCode::MoneyHeld, Severity::Warning, text, advice)
}

/// Only where money waits: other queues may be paused for good reason.
fn queue_paused(queue: &QueueStatus) -> Option<Issue> {
    if !queue.paused || !matches!(queue.name, Queue::Payments | Queue::Provisioning) {
        return None;
    }
    let text = format!("Queue {} is paused: nobody who pays is let in", queue.name);
    let advice = format!("Let it go on with `mlango queue resume {}`.", queue.name);
    issue(IssueCode::QueuePaused, Severity::Error, text, advice)
}

fn sms_failed(facts: &Facts<'_>) -> Option<Issue> {
    let text = match facts.sms.failed - facts.sms.without_phone {
        0 => return None,
        1 => "1 SMS could not be sent today".to_owned(),
        count => format!("{count} SMS could not be sent today"),
    };
    let advice = "`mlango queue failed --queue hotspot-sms` says why; `mlango customer resend` \
                  sends the credentials again.";
    issue(IssueCode::SmsFailed, Severity::Warning, text, advice)
}

fn disk_low(facts: &Facts<'_>) -> Option<Issue> {
    let disk = facts.disk.filter(|it| it.is_low())?;
    let (free, percent) = (disk.free_bytes >> 20, disk.free_percent());
    let text = format!("Only {free} MiB ({percent} %) of the disk are free");
    let advice = "Make room: move old backups off the box, or attach a larger disk. When it is \
                  full, payments can no longer be stored.";
    issue(IssueCode::DiskLow, Severity::Error, text, advice)
}

fn clock_untrusted(facts: &Facts<'_>) -> Option<Issue> {
    if facts.now.is_wall_trusted {
        return None;
    }
    let advice = "Let the box reach a time server. Bought time runs out by the box's own steady \
                  clock meanwhile; dates shown may be wrong.";
    let text = "The clock has not been set: date and time are not to be believed";
    issue(IssueCode::ClockUntrusted, Severity::Warning, text, advice)
}

/// Many ends at once, just when the clock was set, may be the clock's mistake.
fn expiry_held(facts: &Facts<'_>) -> Option<Issue> {
    let count = |it: i64| usize::try_from(it).unwrap_or(0);
    let (running, early) = facts.running_and_early;
    if !are_too_many_early(count(running), count(early)) {
        return None;
    }
    let text = format!(
        "The clock jumped: by it {early} of {running} customers are over, whose time still runs \
         by the box's own count. They are left online"
    );
    let advice = "See whether this box shows the right time. If it does, end them with `mlango \
                  queue push check_expired_sessions --args '{\"even_many\":true}'`; if not, set \
                  it right. By themselves they end when the box's own count is over.";
    issue(IssueCode::ExpiryHeld, Severity::Warning, text, advice)
}

/// The forwarder signs anew at each try, so one that is refused is refused every time.
fn callbacks_stale(facts: &Facts<'_>) -> Option<Issue> {
    const SHOWN_FOR: Duration = Duration::from_secs(10 * 60);
    let since = facts.now.engine.since(facts.stale_callback?);
    if SHOWN_FOR < since {
        return None;
    }
    let text = "Payment messages are refused: their signatures are more than 5 minutes off";
    let advice = "Set the forwarder's clock right, or this box's. No payment is lost meanwhile: \
                  the forwarder keeps what is refused, and brings it again.";
    issue(IssueCode::CallbacksStale, Severity::Error, text, advice)
}

fn callbacks_unsigned(facts: &Facts<'_>) -> Option<Issue> {
    if facts.config.mpesa.hmac_secret_file.is_some() {
        return None;
    }
    let text = "Payment messages are not signed: whoever learns this URL browses free";
    let advice = "Share a secret with the forwarder and name its file in `[mpesa] \
                  hmac_secret_file`.";
    issue(IssueCode::CallbacksUnsigned, Severity::Warning, text, advice)
}

fn no_off_flash_backup(facts: &Facts<'_>) -> Option<Issue> {
    if !facts.config.backup.copy_to.is_empty() {
        return None;
    }
    let text = "No backup is copied off this box's own flash";
    let advice = "Attach a USB stick and name it in `[backup] copy_to`: if the flash dies, so does \
                  everything that was paid for.";
    issue(IssueCode::NoOffFlashBackup, Severity::Warning, text, advice)
}
