//! `mlango router`: the MikroTiks that let customers in.

mod add;
mod check;
mod contact;
mod facts;
mod list;
mod reconcile;
mod remove;
mod script;
mod set;

use super::Desk;
use super::print::{Listed, or_dash};
use super::table::{Column, text};
use crate::config::RadiusMode;
use crate::domain::router::{Access, RouterName, RouterState};
use crate::domain::time::Timestamp;
use crate::store::routers::{self, LoginKind, Router as Known};
use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub enum Router {
    /// Take a router in; it need not answer now
    Add(add::Add),
    /// Show the routers, the newest first
    List(list::List),
    /// Change how a router is reached, or how customers get in
    Set(set::Set),
    /// Forget a router
    Remove(remove::Remove),
    /// Say what works on a router and what is missing; changes nothing there
    Check(check::Check),
    /// Print the RouterOS commands that prepare a router, to be imported there
    Script(script::Script),
    /// Have a router let in just those who have paid, however many that changes
    Reconcile(reconcile::Reconcile),
}

impl Router {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        match self {
            Router::Add(it) => it.run(desk),
            Router::List(it) => it.run(desk),
            Router::Set(it) => it.run(desk),
            Router::Remove(it) => it.run(desk),
            Router::Check(it) => it.run(desk),
            Router::Script(it) => it.run(desk),
            Router::Reconcile(it) => it.run(desk),
        }
    }
}

/// A router as it is shown: without its secrets.
#[derive(Serialize)]
struct Shown {
    id: i64,
    name: RouterName,
    address: String,
    user: String,
    login: LoginKind,
    access: Access,
    host_key: Option<String>,
    nas_ip: Option<String>,
    state: RouterState,
    since: Timestamp,
    seen_at: Option<Timestamp>,
    version: Option<String>,
    error: Option<String>,
}

impl From<Known> for Shown {
    fn from(router: Known) -> Shown {
        Shown {
            id: router.id.0,
            name: router.name,
            address: router.address.to_string(),
            user: router.user,
            login: router.login,
            access: router.access,
            host_key: router.host_key,
            nas_ip: router.nas_ip,
            state: router.state,
            since: router.state_since,
            seen_at: router.seen_at,
            version: router.version,
            error: router.error,
        }
    }
}

impl Listed for Shown {
    const COLUMNS: &'static [Column] = &[
        text("NAME"),
        text("ADDRESS"),
        text("USER"),
        text("ACCESS"),
        text("STATE"),
        text("SEEN"),
        text("ERROR"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.to_string(),
            self.address.clone(),
            self.user.clone(),
            self.access.to_string(),
            self.state.to_string(),
            or_dash(self.seen_at.map(Timestamp::local_short)),
            self.error.clone().unwrap_or_default(),
        ]
    }
}

fn find(desk: &Desk<'_>, name: &str) -> anyhow::Result<Known> {
    let found = desk.store.read(|conn| routers::by_name(conn, name))?;
    found.with_context(|| {
        format!("there is no router {name:?}; `mlango router list` shows those there are")
    })
}

/// A router that asks RADIUS gets no answer before FreeRADIUS knows it.
fn warn_of_radius(desk: &mut Desk<'_>, router: &Known) -> anyhow::Result<()> {
    if desk.config.radius.mode == RadiusMode::Off {
        return Ok(());
    }
    match &router.nas_ip {
        None if router.access.is_over_radius() => desk.warn(&format!(
            "FreeRADIUS will not answer {}: give it --nas-ip and --nas-secret-file with \
             `mlango router set`, or set --access local",
            router.name
        )),
        Some(_) => desk.warn(&format!(
            "run `mlango radius config` once more, so that FreeRADIUS knows {} as it is now",
            router.name
        )),
        None => Ok(()),
    }
}
