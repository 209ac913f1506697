//! `mlango status`: the whole box on one screen.

use super::print::or_dash;
use super::table::{Table, number, print_wrapped, text};
use super::{Desk, Shape};
use crate::domain::time::{Timestamp, span_text};
use crate::view::{Disk, Severity, Status as View, Surroundings, status};
use clap::Args;
use std::io::Write;
use std::time::Duration;

const WATCH_EVERY: Duration = Duration::from_secs(2);
/// Empties a terminal and goes to its upper left corner.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

#[derive(Debug, Args)]
pub struct Status {
    /// Show it again every two seconds, until interrupted; with --json a line each
    #[arg(long)]
    watch: bool,
}

impl Status {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        loop {
            let around =
                Surroundings { disk: Disk::of(&desk.config.data_dir), ..Surroundings::default() };
            let view = status(desk.store, desk.config, &around)?;
            match desk.shape {
                Shape::Json => desk.json(&view)?,
                Shape::Table => {
                    if self.watch {
                        write!(desk.out, "{CLEAR}")?;
                    }
                    print(desk.out, &view)?;
                }
            }
            desk.out.flush()?;
            if !self.watch {
                return Ok(());
            }
            std::thread::sleep(WATCH_EVERY);
        }
    }
}

fn print(out: &mut dyn Write, view: &View) -> anyhow::Result<()> {
    let money = &view.payments;
    let today = &money.today;
    let last = or_dash(money.last_at.map(Timestamp::local_short));
    writeln!(
        out,
        "money today   {} in {} payments, the last {last}",
        today.amount_cents, today.count
    )?;
    writeln!(out, "not served    {} paid, {} held", money.unfulfilled, money.held)?;
    let subscriptions = &view.subscriptions;
    writeln!(
        out,
        "customers     {} active, {} end within the hour, {} devices online",
        subscriptions.active, subscriptions.expiring_next_hour, view.sessions.online
    )?;
    writeln!(out, "sms today     {} sent, {} failed", view.sms.sent_today, view.sms.failed_today)?;
    let trusted = if view.clock.trusted { "trusted" } else { "not trusted" };
    let now = view.at.wall.local_short();
    writeln!(out, "clock         {now}, {trusted} ({})", view.clock.source)?;
    writeln!(out, "disk          {}", disk(view))?;
    let backup = view.backup.last_at.map(Timestamp::local_short);
    writeln!(out, "last backup   {}\n", backup.unwrap_or_else(|| "never".to_owned()))?;
    match view.routers.is_empty() {
        true => writeln!(out, "there is no router; `mlango router add` takes one in")?,
        false => routers(view).print(out)?,
    }
    writeln!(out)?;
    queues(view).print(out)?;
    for issue in &view.issues {
        let mark = if issue.severity == Severity::Error { "!!" } else { " !" };
        write!(out, "\n{mark} ")?;
        print_wrapped(out, 3, &issue.text)?;
        write!(out, "   ")?;
        print_wrapped(out, 3, &issue.advice)?;
    }
    Ok(())
}

fn disk(view: &View) -> String {
    let mib = |bytes: u64| bytes >> 20;
    let database = u64::try_from(view.database.bytes).unwrap_or(0) + view.database.wal_bytes;
    let free = view.disk.map_or_else(
        || "room unknown".to_owned(),
        |it| format!("{} MiB free of {}", mib(it.free_bytes), mib(it.total_bytes)),
    );
    format!("{free}, the database has {} MiB", mib(database))
}

fn routers(view: &View) -> Table {
    let mut table = Table::new(&[
        text("ROUTER"),
        text("STATE"),
        text("SINCE"),
        number("ONLINE"),
        number("WAITING"),
        text("ERROR"),
    ]);
    for it in &view.routers {
        table.row([
            it.name.to_string(),
            it.state.to_string(),
            it.since.local_short(),
            it.active_users.to_string(),
            it.parked.to_string(),
            it.error.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn queues(view: &View) -> Table {
    let mut table = Table::new(&[
        text("QUEUE"),
        number("BUSY"),
        number("READY"),
        number("DELAYED"),
        number("WAITING"),
        number("FAILED"),
        number("OLDEST"),
        number("DONE/H"),
    ]);
    for it in &view.queues {
        table.row([
            if it.paused { format!("{} (paused)", it.name) } else { it.name.to_string() },
            format!("{}/{}", it.busy, it.workers),
            it.ready.to_string(),
            it.delayed.to_string(),
            it.waiting.to_string(),
            it.failed.to_string(),
            or_dash(it.oldest_ready_seconds.map(|it| span_text(Duration::from_secs(it)))),
            it.done_last_hour.to_string(),
        ]);
    }
    table
}
