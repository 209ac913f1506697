//! `mlango router check`

use super::{find, reconcile};
use crate::cli::Desk;
use crate::cli::check::tell_router;
use crate::cli::report::{Mark, Report};
use crate::routeros;
use crate::routeros::ops::CheckSetup;
use crate::store::routers;
use anyhow::bail;
use clap::Args;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub struct Check {
    name: String,
    /// Show whom it lets in and should not, and the other way round
    #[arg(long)]
    diff: bool,
}

impl Check {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let router = find(desk, &self.name)?;
        if self.diff {
            return reconcile::show(desk, &router);
        }
        let op = CheckSetup { login: router.user.clone() };
        let answer = routeros::perform(desk.routers, router.id, &op, Instant::now() + PATIENCE);
        let pinned = desk.store.read(|conn| routers::get(conn, router.id))?.host_key;
        let mut report = Report::new(desk.out, desk.shape);
        let what = format!("router {}", router.name);
        tell_router(&mut report, &what, answer)?;
        if let (None, Some(key)) = (router.host_key, pinned) {
            let text = format!("its host key is {key}, from now on no other is believed");
            report.line(Mark::Advice, &what, &text)?;
        }
        let is_ok = report.is_ok();
        report.end()?;
        if !is_ok {
            bail!("{what} cannot serve customers yet; mend what is missing and check again");
        }
        Ok(())
    }
}
