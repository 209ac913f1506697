//! What a technician wants to know: each part looked at in turn, and of each thing that is wrong
//! what it means for customers and what to type.

mod issues;
mod store;
mod work;

pub use work::is_critical;

use super::{Severity, Status, server};
use crate::config::Config;
use crate::domain::text_enum;
use crate::logging::{self, FileFacts};
use crate::store::Store;
use anyhow::Context as _;
use serde::Serialize;

text_enum! {
    /// In the order they are looked at: each rests on those before.
    pub enum Section {
        Prerequisites = "prerequisites",
        Workers = "workers",
        Queues = "queues",
        FailedJobs = "failed jobs",
        Performance = "performance and stuck jobs",
        Database = "database",
        Logs = "logs",
        Issues = "issues",
        AutoFix = "auto-fix",
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub section: Section,
    /// `None`: it is as it should be.
    pub severity: Option<Severity>,
    pub text: String,
    /// What it means for customers and money; empty if all is well.
    pub impact: String,
    /// What to do or type; empty if nothing.
    pub advice: String,
    /// Told on demand only.
    pub is_detail: bool,
}

/// How thorough it is to be.
pub struct Scope<'a> {
    pub store: &'a Store,
    pub config: &'a Config,
    pub status: &'a Status,
}

/// All sections but the last, which is for whoever mends something.
pub fn diagnose(scope: &Scope<'_>) -> anyhow::Result<Vec<Finding>> {
    let is_running = server::is_running(&scope.config.data_dir);
    let logs = logging::look(&scope.config.data_dir.join("logs")).context("read the log files")?;
    let mut findings = store::prerequisites(scope, is_running);
    findings.extend(work::workers(scope, is_running)?);
    findings.extend(work::queues(scope));
    findings.extend(work::failed(scope)?);
    findings.extend(work::performance(scope)?);
    findings.extend(store::database(scope)?);
    findings.extend(log_files(&logs));
    findings.extend(issues::issues(scope.status));
    Ok(findings)
}

fn log_files(logs: &[FileFacts]) -> Vec<Finding> {
    let mut findings: Vec<_> = logs
        .iter()
        .map(|it| {
            let text = format!("{}: {} KiB, with its archives", it.name, it.bytes >> 10);
            Finding::good(Section::Logs, text).told_on_demand()
        })
        .collect();
    let total: u64 = logs.iter().map(|it| it.bytes).sum();
    let text = format!("{} files, {} KiB in all", logs.len(), total >> 10);
    findings.push(Finding::good(Section::Logs, text));
    for log in logs.iter().filter(|it| !it.errors.is_empty()) {
        let (count, last) = (log.errors.len(), log.errors.last().map_or("", String::as_str));
        let lines = if count == 1 { "1 error" } else { &format!("{count} errors") };
        findings.push(Finding::bad(
            Section::Logs,
            Severity::Warning,
            format!("{lines} at the end of {}; the last: {last}", log.name),
            "An error is what the box could not mend by itself.",
            "`mlango diagnose --logs` shows the last ones of each file.",
        ));
    }
    findings
}

impl Finding {
    pub fn good(section: Section, text: impl Into<String>) -> Finding {
        let (text, impact, advice) = (text.into(), String::new(), String::new());
        Finding { section, severity: None, text, impact, advice, is_detail: false }
    }

    pub fn bad(
        section: Section,
        severity: Severity,
        text: impl Into<String>,
        impact: impl Into<String>,
        advice: impl Into<String>,
    ) -> Finding {
        let (text, impact, advice) = (text.into(), impact.into(), advice.into());
        Finding { section, severity: Some(severity), text, impact, advice, is_detail: false }
    }

    fn told_on_demand(self) -> Finding {
        Finding { is_detail: true, ..self }
    }
}
