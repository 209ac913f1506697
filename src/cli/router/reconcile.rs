//! `mlango router reconcile`, and what `router check --diff` shows

use super::find;
use crate::cli::table::{Column, Table, text};
use crate::cli::{Desk, Shape};
use crate::domain::reconcile::{Change, What};
use crate::job::Cx;
use crate::jobs::reconcile::{self, Consent, Difference};
use crate::store::audit;
use crate::store::routers::Router;
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub struct Reconcile {
    name: String,
}

impl Reconcile {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let router = find(desk, &self.name)?;
        let difference = difference(desk, &router)?;
        let count = difference.changes.len();
        desk.store.write(|tx| {
            reconcile::owe(tx, &difference, Consent::Given)?;
            let about = format!("router:{}", router.id);
            audit::insert(tx, "cli", "router reconcile", Some(&about), &format!("{count} changes"))
        })?;
        let sentence = match count {
            0 => format!("{} is as it should be", router.name),
            1 => format!("1 change of {} is owed, and made as soon as it answers", router.name),
            _ => format!("{count} changes of {} are owed, and made as it answers", router.name),
        };
        desk.done(&sentence, &json!({ "router": router.name, "changes": count }))
    }
}

/// One line of what differs.
#[derive(Serialize)]
struct Shown {
    change: &'static str,
    subscription_id: i64,
    username: String,
    why: String,
}

impl From<&Change> for Shown {
    fn from(change: &Change) -> Shown {
        let word = match change.what {
            What::Provision => "let in",
            What::Disconnect => "put out",
        };
        let username = change.username.as_str().to_owned();
        let why = change.why.clone();
        Shown { change: word, subscription_id: change.subscription_id.0, username, why }
    }
}

const COLUMNS: &[Column] = &[text("CHANGE"), text("USER"), text("WHY")];

/// Shows what would change on a router, and changes nothing.
pub(super) fn show(desk: &mut Desk<'_>, router: &Router) -> anyhow::Result<()> {
    let difference = difference(desk, router)?;
    let shown: Vec<Shown> = difference.changes.iter().map(Shown::from).collect();
    if desk.shape == Shape::Json {
        return desk.json(&json!({
            "router": router.name, "changes": shown, "asks": difference.is_too_much,
            "unknown_users": difference.unknown,
        }));
    }
    let name = &router.name;
    if shown.is_empty() {
        writeln!(desk.out, "{name} is as it should be")?;
    } else {
        let mut table = Table::new(COLUMNS);
        for it in shown {
            table.row(vec![it.change.to_owned(), it.username, it.why]);
        }
        table.print(desk.out)?;
    }
    if difference.is_too_much {
        let advice = "they are so many that nobody is put out before you say so";
        writeln!(desk.out, "{advice}: `mlango router reconcile {:?}`", name.as_str())?;
    }
    if 0 < difference.unknown {
        let count = difference.unknown;
        writeln!(desk.out, "{count} users there are mlango's, but not of this box: left alone")?;
    }
    Ok(())
}

fn difference(desk: &Desk<'_>, router: &Router) -> anyhow::Result<Difference> {
    let deadline = Instant::now() + PATIENCE;
    let cx = Cx::alone(desk.store.clone(), desk.world.clone(), deadline);
    let difference = reconcile::compare(&cx, router.id)?;
    difference.with_context(|| format!("router {} was removed meanwhile", router.name))
}
