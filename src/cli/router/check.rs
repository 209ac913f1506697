//! `mlango router check`

use super::find;
use crate::cli::table::print_wrapped;
use crate::cli::{Desk, Shape};
use crate::routeros::ops::{CheckSetup, Finding, Setup};
use crate::routeros::{self, RouterError};
use crate::store::routers;
use anyhow::bail;
use clap::Args;
use serde::Serialize;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub struct Check {
    name: String,
}

/// What was found out of one router.
#[derive(Serialize)]
struct Report {
    router: String,
    ok: bool,
    identity: Option<String>,
    version: Option<String>,
    checks: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// `ok`, `missing` or `advice`.
    state: &'static str,
    text: String,
}

impl Check {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let router = find(desk, &self.name)?;
        let op = CheckSetup { login: router.user.clone() };
        let found = routeros::perform(desk.routers, router.id, &op, Instant::now() + PATIENCE);
        let pinned = desk.store.read(|conn| routers::get(conn, router.id))?.host_key;
        let mut report = Report::of(router.name.to_string(), found);
        if let (None, Some(key)) = (router.host_key, pinned) {
            let text = format!("its host key is {key}, from now on no other is believed");
            report.checks.push(Line { state: "advice", text });
        }
        if desk.shape == Shape::Json {
            desk.json(&report)?;
        } else {
            for line in &report.checks {
                write!(desk.out, "{:<9}", line.state)?;
                print_wrapped(desk.out, 9, &line.text)?;
            }
        }
        if !report.ok {
            bail!(
                "router {} cannot serve customers yet; mend what is missing and check again",
                report.router
            );
        }
        Ok(())
    }
}

impl Report {
    fn of(router: String, found: Result<Setup, RouterError>) -> Report {
        let setup = match found {
            Ok(setup) => setup,
            Err(error) => {
                let checks = vec![Line { state: "missing", text: error.to_string() }];
                return Report { router, ok: false, identity: None, version: None, checks };
            }
        };
        let (identity, version) = (setup.identity, setup.version);
        let text = format!("it lets us in and answers as {identity:?}, RouterOS {version}");
        let mut checks = vec![Line { state: "ok", text }];
        checks.extend(setup.findings.into_iter().map(|finding| match finding {
            Finding::Broken(text) => Line { state: "missing", text },
            Finding::Advice(text) => Line { state: "advice", text },
        }));
        let ok = checks.iter().all(|it| it.state != "missing");
        if ok {
            let text = "the hotspot runs, and our account may do what it has to".to_owned();
            checks.insert(1, Line { state: "ok", text });
        }
        Report { router, ok, identity: Some(identity), version: Some(version), checks }
    }
}
