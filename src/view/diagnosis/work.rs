//! Who works, what is owed, what was given up, and what does not get on.

use super::{Finding, Scope, Section};
use crate::domain::queue::Queue;
use crate::store::{failed_jobs, live_jobs};
use crate::view::workers::{WorkerState, workers as all_workers};
use crate::view::{QueueStatus, Severity};
use std::time::Duration;

/// More jobs than this in a queue are too many; as `mlango queue monitor` has it.
const MANY: i64 = 1000;
/// A job that is due so long has nobody to run it, or waits for a router.
const LATE: u64 = 10 * 60;
/// So many equal failures have one cause.
const REPEATED: i64 = 10;
/// What a job that was cut off has to end, before it is taken back.
const GRACE: Duration = Duration::from_secs(5);

pub(super) fn workers(scope: &Scope<'_>, is_running: bool) -> anyhow::Result<Vec<Finding>> {
    let bad = |severity, text: String, impact: &str, advice: &str| {
        Finding::bad(Section::Workers, severity, text, impact, advice)
    };
    if !is_running {
        return Ok(vec![bad(
            Severity::Error,
            "no server runs on this data directory".to_owned(),
            "Payments are not taken in, and nobody is let in or put out.",
            "Start it with `systemctl start mlango`, on OpenWrt `/etc/init.d/mlango start`.",
        )]);
    }
    let now = scope.store.now();
    let found = scope.store.read(|conn| all_workers(conn, now))?;
    let busy = found.iter().filter(|it| it.state == WorkerState::Busy).count();
    let text = format!("{} workers, {busy} of them busy", found.len());
    let mut findings = vec![Finding::good(Section::Workers, text)];
    for queue in &scope.status.queues {
        let at_work = found.iter().filter(|it| it.queue == queue.name).count();
        let text = format!("{}: {at_work} of {} workers", queue.name, queue.workers);
        findings.push(match at_work < queue.workers {
            false => Finding::good(Section::Workers, text).told_on_demand(),
            true => bad(
                Severity::Warning,
                text,
                "Its jobs take longer than they should.",
                &format!("`mlango queue restart {}` gives it what the settings say.", queue.name),
            ),
        });
    }
    Ok(findings)
}

pub(super) fn queues(scope: &Scope<'_>) -> Vec<Finding> {
    let mut findings: Vec<_> = scope.status.queues.iter().flat_map(queue).collect();
    if findings.iter().all(|it| it.severity.is_none()) {
        findings.push(Finding::good(Section::Queues, "none is paused, late or too long"));
    }
    findings
}

fn queue(queue: &QueueStatus) -> Vec<Finding> {
    let name = queue.name;
    let text = format!(
        "{name}: {} ready, {} delayed, {} waiting, {} running",
        queue.ready, queue.delayed, queue.waiting, queue.running
    );
    let warn = |text: String, impact: &str, advice: String| {
        Finding::bad(Section::Queues, Severity::Warning, text, impact, advice)
    };
    let mut findings = vec![Finding::good(Section::Queues, text).told_on_demand()];
    if queue.paused {
        let advice = format!("`mlango queue resume {name}` lets it go on.");
        findings.push(warn(format!("{name} is paused"), "Its jobs wait.", advice));
    }
    if MANY < queue.ready + queue.delayed + queue.waiting {
        let text = format!("{name} holds more than {MANY} jobs");
        let advice = format!("`mlango queue monitor {name}`; see above whether it has workers.");
        findings.push(warn(text, "What comes now waits long.", advice));
    }
    let late = queue.oldest_ready_seconds.filter(|it| LATE < *it && !queue.paused);
    if let Some(seconds) = late {
        let text = format!("a job of {name} has been due for {} minutes", seconds / 60);
        let advice = "`mlango queue workers` says who is busy, `mlango status` which router is \
                      away; `mlango queue show ID` says why a job does not run.";
        findings.push(warn(text, "It is late.", advice.to_owned()));
    }
    findings
}

pub(super) fn failed(scope: &Scope<'_>) -> anyhow::Result<Vec<Finding>> {
    let groups = scope.store.read(|conn| failed_jobs::groups(conn, None, u32::MAX))?;
    if groups.is_empty() {
        return Ok(vec![Finding::good(Section::FailedJobs, "none")]);
    }
    let all: i64 = groups.iter().map(|(_, count)| count).sum();
    let text = format!("{all} in all, of {} causes", groups.len());
    let mut findings = vec![Finding::good(Section::FailedJobs, text)];
    for (job, count) in groups {
        let is_critical = is_critical(job.queue);
        let severity = if is_critical { Severity::Error } else { Severity::Warning };
        let again = if count < REPEATED { "" } else { ", again and again" };
        let impact = match is_critical {
            true => "A customer waits for it.",
            false => "No customer waits for it.",
        };
        let advice = format!(
            "Mend the cause, then `mlango queue retry all --queue {}`; `mlango queue show {}` \
             tells more.",
            job.queue, job.id
        );
        let text = format!("{count} × {}{again}: {}", job.kind, job.error);
        findings.push(Finding::bad(Section::FailedJobs, severity, text, impact, advice));
    }
    Ok(findings)
}

/// Whether customers wait for what this queue does.
pub fn is_critical(queue: Queue) -> bool {
    matches!(
        queue,
        Queue::Payments | Queue::Provisioning | Queue::HotspotSms | Queue::HotspotSessions
    )
}

pub(super) fn performance(scope: &Scope<'_>) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for queue in &scope.status.queues {
        let (done, failed) = (queue.done_last_hour, queue.failed_last_hour);
        if let (Some(average), Some(p95)) = (queue.avg_ms, queue.p95_ms) {
            let text = format!(
                "{}: {done} done in the last hour, {average} ms each, 95 % within {p95} ms",
                queue.name
            );
            findings.push(Finding::good(Section::Performance, text).told_on_demand());
        }
        if 5 <= failed && done < failed * 9 {
            findings.push(Finding::bad(
                Section::Performance,
                Severity::Warning,
                format!(
                    "{}: {failed} of {} runs failed in the last hour",
                    queue.name,
                    done + failed
                ),
                "What it does is not done, or late.",
                format!("`mlango queue failed --queue {} --group` says why.", queue.name),
            ));
        }
    }
    let stuck = stuck(scope)?;
    if stuck.is_empty() {
        findings.push(Finding::good(Section::Performance, "no job is stuck"));
    }
    findings.extend(stuck);
    Ok(findings)
}

/// Jobs that run on after their time, and should have been taken back.
fn stuck(scope: &Scope<'_>) -> anyhow::Result<Vec<Finding>> {
    let now = scope.store.now().engine;
    let running = scope.store.read(live_jobs::running)?;
    let is_stuck = |it: &&live_jobs::Running| {
        scope.config.queue(it.queue).timeout + GRACE + GRACE < now.since(it.started)
    };
    let found = running.iter().filter(is_stuck).map(|it| {
        let minutes = now.since(it.started).as_secs() / 60;
        Finding::bad(
            Section::Performance,
            Severity::Error,
            format!("job {} ({}) has been running for {minutes} minutes", it.id, it.kind),
            "It keeps a worker from others, and whatever it was for is not done.",
            "Start the program again: `systemctl restart mlango`. Nothing is lost by that.",
        )
    });
    Ok(found.collect())
}
