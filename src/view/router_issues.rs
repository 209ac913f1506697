//! What is not as it should be with a router.

use super::issues::{Issue, IssueCode, Severity, issue};
use super::status::RouterStatus;
use crate::domain::router::RouterState;
use crate::domain::time::span_text;
use crate::routeros::ops::CLOCK_LIMIT;
use crate::routeros::value::Version;

pub(super) fn issues(router: &RouterStatus) -> impl Iterator<Item = Issue> {
    [
        router_down(router),
        removals_held(router),
        unknown_users(router),
        router_outdated(router),
        router_clock(router),
    ]
    .into_iter()
    .flatten()
}

fn router_down(router: &RouterStatus) -> Option<Issue> {
    let (trouble, advice) = match router.state {
        RouterState::Up | RouterState::Unknown => return None,
        RouterState::Unreachable => (
            "does not answer",
            "Check its power and cable, and that its SSH service lets this box in.",
        ),
        RouterState::LoginRefused => (
            "refuses our login",
            "Its user or password was changed: give the right one with `mlango router set`.",
        ),
        RouterState::HostKeyChanged => (
            "shows another host key",
            "If it was replaced or reset, pin the new key with `mlango router set --host-key`; \
             if not, somebody may stand between.",
        ),
        RouterState::PermissionMissing => (
            "lets us in, but not do what is needed",
            "Give our user the policies ssh, read, write, test and sensitive.",
        ),
        RouterState::HotspotMissing => (
            "has no hotspot",
            "Set one up on it, or let `mlango router check` say what is missing.",
        ),
        RouterState::Busy => (
            "is too busy to take orders",
            "It is tried again by itself; if this lasts, look at its load.",
        ),
    };
    let since = router.since.local_short();
    let waiting = match router.parked {
        0 => String::new(),
        1 => "; 1 purchase waits for it".to_owned(),
        count => format!("; {count} purchases wait for it"),
    };
    let severity = if router.parked == 0 { Severity::Warning } else { Severity::Error };
    let text = format!("Router {} {trouble} since {since}{waiting}", router.name);
    issue(IssueCode::RouterDown, severity, text, advice)
}

/// A box whose own book is wrong must not empty its routers.
fn removals_held(router: &RouterStatus) -> Option<Issue> {
    let (held, name) = (router.held, &router.name);
    if held == 0 {
        return None;
    }
    let text = format!(
        "Router {name} lets {held} customers in whose time is over: too many to be removed unasked"
    );
    let advice = format!(
        "Look at them with `mlango router check --diff {name:?}`. If they are to go, say so with \
         `mlango router reconcile {name:?}`; if not, see whether this box runs on an old backup.",
        name = name.as_str()
    );
    issue(IssueCode::RemovalsHeld, Severity::Warning, text, advice)
}

fn unknown_users(router: &RouterStatus) -> Option<Issue> {
    let (unknown, name) = (router.unknown_users, &router.name);
    if unknown == 0 {
        return None;
    }
    let text = format!("Router {name} has {unknown} users of mlango that this box never sold to");
    let advice = "Another box may serve this router, or this one runs on an old backup. They are \
                  left alone; remove on the router those whose comment begins with `mlango` and \
                  that nobody paid for.";
    issue(IssueCode::UnknownUsers, Severity::Warning, text, advice)
}

fn router_outdated(router: &RouterStatus) -> Option<Issue> {
    let version = router.version.as_deref()?;
    Version::parse(version).filter(|it| it.has_known_holes())?;
    let text =
        format!("Router {} runs RouterOS {version}, whose SSH server has known holes", router.name);
    let advice = "Upgrade it, and let only this box reach its SSH: `/ip service set ssh address=`.";
    issue(IssueCode::RouterOutdated, Severity::Warning, text, advice)
}

fn router_clock(router: &RouterStatus) -> Option<Issue> {
    let off = router.clock_off.filter(|it| CLOCK_LIMIT < *it)?;
    let text = format!("The clock of router {} is {} off", router.name, span_text(off));
    let advice = "What mlango does there does not depend on it, but the router's log and its own \
                  schedules do. `mlango router script` gives it a time server.";
    issue(IssueCode::RouterClock, Severity::Warning, text, advice)
}
