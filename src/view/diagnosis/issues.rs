//! What the status page warns of, with what it means.

use super::{Finding, Section};
use crate::view::{IssueCode, Status};

pub(super) fn issues(status: &Status) -> Vec<Finding> {
    if status.issues.is_empty() {
        return vec![Finding::good(Section::Issues, "the status page warns of nothing")];
    }
    let found = status.issues.iter().map(|it| {
        let (text, advice) = (it.text.as_str(), it.advice.as_str());
        Finding::bad(Section::Issues, it.severity, text, impact(it.code), advice)
    });
    found.collect()
}

fn impact(code: IssueCode) -> &'static str {
    match code {
        IssueCode::PaidNotServed => "People have paid and cannot use what they paid for.",
        IssueCode::MoneyHeld => "Somebody has paid and waits for your word.",
        IssueCode::RouterDown => "Nobody new gets online there, and who is expired stays online.",
        IssueCode::RouterOutdated => {
            "Whoever reaches its SSH may get in, and let in whom they like."
        }
        IssueCode::RouterClock => "The times in its log are wrong.",
        IssueCode::RemovalsHeld => "Users whose time is over stay on that router.",
        IssueCode::UnknownUsers => "Somebody gets online there whom this box does not know of.",
        IssueCode::ExpiryHeld => "Some may stay online longer than they paid for.",
        IssueCode::QueuePaused => "Payments are kept, and not acted on.",
        IssueCode::SmsFailed => "Customers do not learn their passwords.",
        IssueCode::DiskLow => "A full disk stops payments from being taken.",
        IssueCode::ClockUntrusted => "Dates may be wrong; nothing is done by the calendar.",
        IssueCode::CallbacksStale => "Payments arrive late.",
        IssueCode::CallbacksUnsigned => "A forged message could buy access.",
        IssueCode::NoOffFlashBackup => "If this disk dies, what customers own dies with it.",
    }
}
