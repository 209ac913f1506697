//! `mlango test-sale`: a sale with no money, and nothing left of it.

use super::Desk;
use super::radius::{DEFAULT_DIR, probe};
use super::report::{Mark, Report};
use crate::config::{Gateway, RadiusMode};
use crate::domain::package::{Package, PackageCode};
use crate::domain::time::span_text;
use crate::job::World;
use crate::jobs::trial::{self, Trial};
use crate::radius::client::Method;
use crate::radius::local;
use crate::routeros::{self, ops::ReadHotspotUser};
use crate::sms::Message;
use crate::sms::text::{Fields, render};
use crate::store::routers::{self, Router};
use crate::store::{Store, audit, packages};
use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For all steps together; taking everything away has as much again.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub struct TestSale {
    /// What is sold
    #[arg(long, value_name = "CODE")]
    package: PackageCode,
    /// Where it is to be good
    #[arg(long, value_name = "NAME")]
    router: String,
    /// What `mlango radius config` wrote
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DIR)]
    radius_dir: PathBuf,
}

/// What the steps work with.
struct Scene<'a> {
    store: &'a Arc<Store>,
    world: &'a Arc<World>,
    package: Package,
    router: Router,
    trial: Trial,
    deadline: Instant,
}

impl TestSale {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let code = &self.package;
        let package = desk.store.read(|conn| packages::by_code(conn, code))?;
        let package = package.with_context(|| {
            format!("no package {code} is for sale; `mlango package list` shows those that are")
        })?;
        let router = desk.store.read(|conn| routers::by_name(conn, &self.router))?;
        let router = router.with_context(|| {
            format!("there is no router {:?}; `mlango router list` shows them", self.router)
        })?;
        sweep(desk)?;
        let trial = desk.store.write(|tx| {
            let trial = trial::begin(tx, desk.config, &package, &router)?;
            let detail = format!("{} on {}", package.code, router.name);
            audit::insert(tx, "cli", "test-sale", None, &detail)?;
            Ok(trial)
        })?;
        let (store, world) = (desk.store, desk.world);
        let deadline = Instant::now() + PATIENCE;
        let scene = Scene { store, world, package, router, trial, deadline };
        let mut report = Report::new(desk.out, desk.shape);
        let tried = self.try_out(&scene, &mut report);
        let removed = scene.remove(&mut report); // Whatever became of the trial.
        let is_ok = report.is_ok();
        tried.and(removed).and(report.end())?;
        if !is_ok {
            bail!("a customer who pays would not be served as above; mend what failed, try again");
        }
        Ok(())
    }

    fn try_out(&self, scene: &Scene<'_>, report: &mut Report<'_>) -> anyhow::Result<()> {
        let access = scene.router.access;
        if access.is_over_ssh() {
            let good = "the user is on it, with the package's limits";
            let put = report.step("router", good, scene.put())?;
            if put.is_some() {
                report.step("login", "the router has the user, read back", scene.read_back())?;
            }
        }
        let is_radius = scene.world.config.radius.mode == RadiusMode::Freeradius;
        match (access.is_over_radius(), is_radius) {
            (true, true) => {
                let result = scene.log_in(&self.radius_dir);
                report.step("radius", "FreeRADIUS lets the user in", result)?;
            }
            (true, false) => report.line(
                Mark::Failed,
                "radius",
                "the router asks RADIUS, which [radius] mode switches off; set --access local",
            )?,
            (false, _) => {}
        }
        scene.text(report)
    }
}

/// Takes away what a trial left that was cut off. A router that is away keeps it until the next.
fn sweep(desk: &Desk<'_>) -> anyhow::Result<()> {
    let now = desk.store.now();
    for left in desk.store.read(|conn| trial::leftovers(conn, now))? {
        if left.remove(desk.world, Instant::now() + PATIENCE).is_ok() {
            desk.store.write(|tx| left.end(tx))?;
        }
    }
    Ok(())
}

impl Scene<'_> {
    fn put(&self) -> anyhow::Result<()> {
        Ok(self.trial.provision(self.store, self.world, self.deadline)?)
    }

    fn read_back(&self) -> anyhow::Result<()> {
        let (trial, link) = (&self.trial, &*self.world.routers);
        let op = ReadHotspotUser { name: trial.username.clone() };
        let user = routeros::perform(link, self.router.id, &op, self.deadline)?
            .context("the user is not there; something on the router removes it")?;
        let is_right = user.password.is_some_and(|it| it.matches(trial.password.expose()));
        if !is_right || user.is_disabled == Some(true) {
            bail!("the user is there, but could not log in; something on the router changed it");
        }
        Ok(())
    }

    fn log_in(&self, dir: &std::path::Path) -> anyhow::Result<()> {
        let local = local::read(dir)?;
        probe::lets_in(&local, &self.trial.username, &self.trial.password, Method::Pap)
    }

    /// The SMS that a customer would get goes to the installer.
    fn text(&self, report: &mut Report<'_>) -> anyhow::Result<()> {
        let config = &self.world.config;
        let Some(to) = config.alerts.phone.clone() else {
            return report.line(Mark::Advice, "sms", "none is sent: [alerts] phone names nobody");
        };
        if config.sms.gateway == Gateway::None {
            return report.line(Mark::Advice, "sms", "none is sent: [sms] gateway is \"none\"");
        }
        let length = Duration::from_secs(u64::try_from(self.package.seconds).unwrap_or(0));
        let fields = Fields {
            package: &self.package.name,
            ends: &format!("{} from now", span_text(length)),
            username: self.trial.username.as_str(),
            password: self.trial.password.expose(),
            support: &config.sms.support,
            receipt: "TEST",
        };
        let reference = format!("mlango-{}", self.trial.username.as_str());
        let message =
            Message { to: to.clone(), text: render(&config.sms.text, &fields), reference };
        let sent = self.world.sms.send(&message, self.deadline).map_err(|error| anyhow!(error));
        let good = format!("handed to {} for {}", self.world.sms.name(), to.international());
        report.step("sms", &good, sent).map(drop)
    }

    fn remove(&self, report: &mut Report<'_>) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        if self.router.access.is_over_ssh() {
            let advice = || {
                let name = self.trial.username.as_str();
                format!("remove it on the router: /ip hotspot user remove {name}")
            };
            let result = self.trial.remove(self.world, deadline).with_context(advice);
            report.step("removal", "the user is off the router again", result)?;
        }
        let ended = self.store.write(|tx| self.trial.end(tx)).map_err(anyhow::Error::from);
        report.step("records", "nothing of it is left in the database", ended).map(drop)
    }
}
