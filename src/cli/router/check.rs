//! `mlango router check`

use super::{find, reconcile};
use crate::cli::Desk;
use crate::cli::check::tell_router;
use crate::cli::report::{Mark, Report};
use crate::config::RadiusMode;
use crate::routeros;
use crate::routeros::ops::{CheckSetup, CheckSite, RadiusWanted};
use crate::store::routers::{self, Router};
use crate::vault::purpose;
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
        let deadline = Instant::now() + PATIENCE;
        let site = self.site(desk, &router)?;
        let answer = routeros::perform(desk.routers, router.id, &op, deadline);
        let answer = answer.and_then(|mut setup| {
            let more = routeros::perform(desk.routers, router.id, &site, deadline)?;
            setup.findings.extend(more);
            Ok(setup)
        });
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
            bail!(
                "{what} cannot serve customers yet; mend what is missing, much of it with what \
                 `mlango router script {}` prints, and check again",
                router.name
            );
        }
        Ok(())
    }

    /// What we want of it besides letting in those who paid.
    fn site(&self, desk: &Desk<'_>, router: &Router) -> anyhow::Result<CheckSite> {
        let listen = desk.config.http.listen;
        let asks =
            desk.config.radius.mode == RadiusMode::Freeradius && router.access.is_over_radius();
        let secret = router.sealed_nas_secret.as_deref().filter(|_| asks);
        let secret = secret.map(|it| desk.vault.open(purpose::NAS_SECRET, it)).transpose()?;
        Ok(CheckSite {
            page_port: (!listen.ip().is_loopback()).then_some(listen.port()),
            radius: asks.then_some(RadiusWanted {
                secret,
                coa_port: desk.config.radius.coa_port,
                is_alone: !router.access.is_over_ssh(),
            }),
            now: desk.store.now().trusted_wall(),
        })
    }
}
