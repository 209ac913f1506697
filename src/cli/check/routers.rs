//! Every router, asked what would keep it from letting customers in.

use super::book::Snapshot;
use crate::cli::report::{Mark, Report};
use crate::routeros::ops::{CheckSetup, Finding, Setup};
use crate::routeros::{self, RouterError, SshLink};
use crate::store::routers::Router;
use crate::vault::Vault;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn check(
    report: &mut Report<'_>,
    routers: &[Router],
    vault: &Vault,
) -> anyhow::Result<()> {
    if routers.is_empty() {
        let text = "there is none; `mlango router add` takes one in";
        return report.line(Mark::Missing, "routers", text);
    }
    let link = SshLink::new(Arc::new(Snapshot::of(routers, vault)));
    let deadline = Instant::now() + PATIENCE;
    let ask = |router: &Router| {
        let op = CheckSetup { login: router.user.clone() };
        routeros::perform(&link, router.id, &op, deadline)
    };
    // All at once: one that is switched off takes its time to say nothing.
    let answers: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = routers.iter().map(|it| scope.spawn(|| ask(it))).collect();
        asked.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    for (router, answer) in routers.iter().zip(answers) {
        let answer = answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        tell(report, &format!("router {}", router.name), answer)?;
    }
    Ok(())
}

/// What one router answered, a line for each thing.
pub(in crate::cli) fn tell(
    report: &mut Report<'_>,
    what: &str,
    answer: Result<Setup, RouterError>,
) -> anyhow::Result<()> {
    let setup = match answer {
        Ok(setup) => setup,
        Err(error) => return report.line(Mark::Failed, what, &error.to_string()),
    };
    let text =
        format!("it lets us in and answers as {:?}, RouterOS {}", setup.identity, setup.version);
    report.line(Mark::Ok, what, &text)?;
    let is_broken = |it: &Finding| matches!(it, Finding::Broken(_));
    if !setup.findings.iter().any(is_broken) {
        let text = "the hotspot runs, and our account may do what it has to";
        report.line(Mark::Ok, what, text)?;
    }
    for finding in setup.findings {
        match finding {
            Finding::Broken(text) => report.line(Mark::Missing, what, &text)?,
            Finding::Advice(text) => report.line(Mark::Advice, what, &text)?,
        }
    }
    Ok(())
}
