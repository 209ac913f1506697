//! What everything rests on: settings, room, clock, and the database.

use super::{Finding, Scope, Section};
use crate::store::look;
use crate::view::Severity;
use std::path::Path;

/// A log so long is not emptied any more: something reads without end.
const LONG_LOG: u64 = 64 << 20;

pub(super) fn prerequisites(scope: &Scope<'_>, is_running: bool) -> Vec<Finding> {
    let good = |text: String| Finding::good(Section::Prerequisites, text);
    let status = scope.status;
    let mut findings = vec![good(format!("mlango {}", status.version))];
    let server = if is_running { "a server runs" } else { "no server runs" };
    findings.push(good(server.to_owned()).told_on_demand());
    let directory = &scope.config.data_dir;
    findings.push(match is_writable(directory) {
        true => good(format!("{} can be written to", directory.display())),
        false => Finding::bad(
            Section::Prerequisites,
            Severity::Error,
            format!("{} cannot be written to", directory.display()),
            "No payment can be stored.",
            "Is its disk attached, and not read-only? Does it belong to the user that serves?",
        ),
    });
    if let Some(disk) = status.disk {
        let (free, percent) = (disk.free_bytes >> 20, disk.free_percent());
        let text = format!("{free} MiB ({percent} %) of the disk are free");
        findings.push(match disk.is_low() {
            false => good(text),
            true => Finding::bad(
                Section::Prerequisites,
                Severity::Error,
                text,
                "A full disk stops payments from being taken.",
                "Make room: move old backups off the box, or attach a larger disk.",
            ),
        });
    }
    findings.push(match status.clock.trusted {
        true => good(format!("the clock is believed ({})", status.clock.source)),
        false => Finding::bad(
            Section::Prerequisites,
            Severity::Warning,
            "the clock is not believed",
            "Dates may be wrong; nothing is done by the calendar.",
            "Let the box reach a time server.",
        ),
    });
    findings
}

fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok()
}

pub(super) fn database(scope: &Scope<'_>) -> anyhow::Result<Vec<Finding>> {
    let sizes = scope.status.database;
    let mib = |bytes: u64| bytes >> 20;
    let bytes = u64::try_from(sizes.bytes).unwrap_or(0);
    let text = format!("{} MiB, its log {} MiB", mib(bytes), mib(sizes.wal_bytes));
    let mut findings = vec![Finding::good(Section::Database, text)];
    findings.push(match scope.store.read(look::damage)? {
        None => Finding::good(Section::Database, "every page is whole"),
        Some(damage) => Finding::bad(
            Section::Database,
            Severity::Error,
            format!("it is damaged: {damage}"),
            "Payments may be lost from here on.",
            "Stop the program, keep a copy of the data directory, and restore the last backup.",
        ),
    });
    if LONG_LOG < sizes.wal_bytes {
        findings.push(Finding::bad(
            Section::Database,
            Severity::Warning,
            format!("its log has grown to {} MiB", mib(sizes.wal_bytes)),
            "It takes room that payments need.",
            "Something reads the database without end: close what has it open, or restart mlango.",
        ));
    }
    for (table, rows) in scope.store.read(look::rows)? {
        let text = format!("{table}: {rows} rows");
        findings.push(Finding::good(Section::Database, text).told_on_demand());
    }
    Ok(findings)
}
