//! `mlango radius check`

use super::{DEFAULT_DIR, clients, probe};
use crate::cli::Desk;
use crate::cli::report::Report;
use crate::config::RadiusMode;
use crate::domain::customer::Username;
use crate::domain::secret::Secret;
use crate::jobs::{sale, trial};
use crate::radius::attributes::Entitlement;
use crate::radius::client::Method;
use crate::radius::local::{self, Local};
use crate::store::{radius, routers};
use anyhow::bail;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// More than all tries together take.
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Debug, Args)]
pub struct Check {
    /// What `mlango radius config` wrote
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DIR)]
    dir: PathBuf,
}

impl Check {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        if desk.config.radius.mode == RadiusMode::Off {
            bail!("RADIUS is off: [radius] mode says so in the configuration");
        }
        let local = local::read(&self.dir)?;
        let mut report = Report::new(desk.out, desk.shape);
        let known = desk.store.read(routers::all)?;
        let agreed = clients::agree(&self.dir, &known, desk.vault);
        report.step("routers", "it is written for them as they are", agreed)?;
        let where_it_is = format!("FreeRADIUS answers at {}", local.auth);
        if report.step("server", &where_it_is, probe::answers(&local))?.is_some() {
            let (username, password) = (trial::fresh_name()?, sale::fresh_password(8)?);
            let mut trial = Entitlement::new(password.clone());
            // Should this be cut off, nobody has removed it.
            trial.expiration = desk.store.now().trusted_wall().map(|it| it + LONGEST);
            desk.store.write(|tx| sale::put_radius(tx, &username, &trial))?;
            let tried = logins(&mut report, &local, &username, &password);
            desk.store.write(|tx| radius::remove(tx, &username))?;
            tried?;
        }
        let is_ok = report.is_ok();
        report.end()?;
        if !is_ok {
            bail!("customers cannot log in by RADIUS; mend what failed and check again");
        }
        Ok(())
    }
}

fn logins(
    report: &mut Report<'_>,
    local: &Local,
    username: &Username,
    password: &Secret,
) -> anyhow::Result<()> {
    for (what, method) in [("login (PAP)", Method::Pap), ("login (CHAP)", Method::Chap)] {
        let result = probe::lets_in(local, username, password, method);
        report.step(what, "a user made for this was let in", result)?;
    }
    let refused = probe::refuses(local, username);
    report.step("wrong password", "it was refused", refused)?;
    Ok(())
}
