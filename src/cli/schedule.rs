//! `mlango schedule`: recurring jobs.

use super::Desk;
use super::print::{Listed, Page, or_dash};
use super::table::{Column, text};
use crate::domain::schedule::{Every, Schedule as Recurring};
use crate::domain::time::{Now, Timestamp};
use crate::jobs;
use crate::store::outbox;
use crate::store::{self, audit, schedules};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rusqlite::Connection;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub enum Schedule {
    /// What runs again and again, and when next
    List(List),
    /// Run one now, beside its times
    Run(Run),
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    page: Page,
}

#[derive(Debug, Args)]
pub struct Run {
    /// As `mlango schedule list` has it
    name: String,
}

/// One recurring job, as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    name: &'static str,
    kind: &'static str,
    every: String,
    last_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
    /// Nothing runs before the wall clock can be trusted.
    waits_for_clock: bool,
}

impl Shown {
    fn read(conn: &Connection, schedule: &Recurring, now: Now) -> store::Result<Shown> {
        let look = schedule.look(schedules::get(conn, schedule.name)?, now);
        let is_daily = matches!(schedule.every, Every::Daily { .. });
        let next = look.until_next.map(|it| now.wall + it);
        Ok(Shown {
            name: schedule.name,
            kind: schedule.kind,
            every: schedule.every.to_string(),
            last_at: schedules::last_enqueued(conn, schedule.name)?,
            next_at: if look.is_due { Some(now.wall) } else { next },
            waits_for_clock: is_daily && !now.is_wall_trusted,
        })
    }
}

impl Listed for Shown {
    const COLUMNS: &'static [Column] =
        &[text("NAME"), text("KIND"), text("EVERY"), text("LAST"), text("NEXT")];

    fn cells(&self) -> Vec<String> {
        let next = match self.waits_for_clock {
            true => "waits for the clock".to_owned(),
            false => or_dash(self.next_at.map(Timestamp::local_short)),
        };
        let last = or_dash(self.last_at.map(Timestamp::local_short));
        vec![self.name.to_owned(), self.kind.to_owned(), self.every.clone(), last, next]
    }
}

impl Schedule {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        match self {
            Schedule::List(it) => it.run(desk),
            Schedule::Run(it) => it.run(desk),
        }
    }
}

impl List {
    fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let (store, now) = (desk.store.clone(), desk.store.now());
        let shown = jobs::SCHEDULES
            .iter()
            .map(move |it| Ok(store.read(|conn| Shown::read(conn, it, now))?));
        desk.list(self.page, "nothing recurs", shown)
    }
}

impl Run {
    fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let schedule =
            jobs::SCHEDULES.iter().find(|it| it.name == self.name).with_context(|| {
                format!("nothing recurring is called {:?}; see `mlango schedule list`", self.name)
            })?;
        let kind = jobs::KINDS.iter().find(|it| it.kind == schedule.kind);
        let kind = kind.with_context(|| format!("there is no job of kind {}", schedule.kind))?;
        let job = (kind.check)("{}").context("make the job")?;
        let id = desk.store.write(|tx| {
            let id = outbox::insert(tx, &job)?;
            if let Some(id) = id {
                audit::insert(
                    tx,
                    "cli",
                    "schedule run",
                    Some(&format!("job:{id}")),
                    schedule.name,
                )?;
            }
            Ok(id)
        })?;
        let Some(id) = id else {
            bail!("{} is owed already; see `mlango queue monitor`", schedule.name);
        };
        let sentence = format!("{} runs now, as job {id}", schedule.name);
        desk.done(&sentence, &serde_json::json!({ "name": schedule.name, "job_id": id }))
    }
}
