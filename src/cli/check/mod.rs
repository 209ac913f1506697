//! `mlango check`: reads everything, writes nothing, and says what works and what does not.

mod book;
mod routers;
mod server;

pub(super) use routers::tell as tell_router;

use super::Outside;
use super::radius::{DEFAULT_DIR, clients, probe};
use super::report::{Mark, Report};
use crate::config::{AdminPassword, Config, Gateway, RadiusMode, secrets};
use crate::jobs::trial;
use crate::radius::local;
use crate::sms::SmsGateway;
use crate::store::look::{damage, look};
use crate::store::routers::Router;
use crate::store::{self, packages};
use crate::vault::Vault;
use anyhow::{Context as _, bail};
use clap::Args;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SMS_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Check {
    /// What `mlango radius config` wrote
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DIR)]
    radius_dir: PathBuf,
}

impl Check {
    pub fn run(&self, outside: &mut Outside<'_>) -> anyhow::Result<()> {
        let config = outside.config;
        let mut report = Report::new(outside.out, outside.shape);
        let numbers: Vec<_> = config.mpesa.shortcodes.iter().map(ToString::to_string).collect();
        let text = format!("it can be read; customers pay to {}", numbers.join(", "));
        report.line(Mark::Ok, "configuration", &text)?;
        let vault = report.step("secrets", "all are there, and private", secrets_of(config))?;
        let known = database(&mut report, config)?;
        if let Some((routers, vault)) = known.as_ref().zip(vault.as_ref()) {
            routers::check(&mut report, routers, vault)?;
        }
        let is_asked =
            known.as_ref().is_none_or(|it| it.iter().any(|router| router.access.is_over_radius()));
        let answers = self.radius(&mut report, config, is_asked)?;
        if let (true, Some((routers, vault))) = (answers, known.as_ref().zip(vault.as_ref())) {
            let agreed = clients::agree(&self.radius_dir, routers, vault);
            report.step("radius", "it is written for the routers as they are", agreed)?;
        }
        sms(&mut report, config, outside.sms_gateway)?;
        server::check(&mut report, config)?;
        let is_ok = report.is_ok();
        report.end()?;
        if !is_ok {
            bail!("not everything works; mend what is marked missing or failed and check again");
        }
        Ok(())
    }

    /// Whether FreeRADIUS answers, if any router asks it.
    fn radius(
        &self,
        report: &mut Report<'_>,
        config: &Config,
        is_asked: bool,
    ) -> anyhow::Result<bool> {
        let idle = match config.radius.mode {
            RadiusMode::Off => Some("it is switched off by [radius] mode"),
            RadiusMode::Freeradius if !is_asked => Some("no router asks it"),
            RadiusMode::Freeradius => None,
        };
        if let Some(why) = idle {
            return report.line(Mark::Ok, "radius", why).map(|()| false);
        }
        let tried = || {
            let local = local::read(&self.radius_dir)?;
            probe::answers(&local)?;
            probe::refuses(&local, &trial::fresh_name()?)?;
            Ok(local.auth)
        };
        let good = "FreeRADIUS answers and reads the database; `mlango radius check` logs in";
        Ok(report.step("radius", good, tried())?.is_some())
    }
}

fn secrets_of(config: &Config) -> anyhow::Result<Vault> {
    let vault = Vault::new(&secrets::vault_key(config)?)?;
    secrets::path_tokens(config)?;
    secrets::hmac_secret(config)?;
    secrets::admin_token(config)?;
    secrets::portal_token(config)?;
    AdminPassword::new(config).fingerprint()?;
    for (_, value) in config.sms.http.iter().flat_map(|it| &it.headers) {
        secrets::fill_in(config, value)?;
    }
    Ok(vault)
}

/// The routers, if the database can be read.
fn database(report: &mut Report<'_>, config: &Config) -> anyhow::Result<Option<Vec<Router>>> {
    let path = config.data_dir.join("mlango.db");
    let opened = look(&path).with_context(|| path.display().to_string());
    let conn = match opened {
        Ok(Some(conn)) => conn,
        Ok(None) => {
            let text = format!("{} is not there; `mlango serve` makes it", path.display());
            report.line(Mark::Missing, "database", &text)?;
            return Ok(None);
        }
        Err(error) => {
            report.line(Mark::Failed, "database", &format!("{error:#}"))?;
            return Ok(None);
        }
    };
    let read = contents(&conn).with_context(|| path.display().to_string());
    let good = format!("{} is whole", path.display());
    let Some((for_sale, routers)) = report.step("database", &good, read)? else {
        return Ok(None);
    };
    if for_sale == 0 {
        let text = "nothing is for sale; `mlango package add` changes that";
        report.line(Mark::Missing, "packages", text)?;
    } else {
        report.line(Mark::Ok, "packages", &format!("{for_sale} for sale"))?;
    }
    Ok(Some(routers))
}

fn contents(conn: &Connection) -> anyhow::Result<(usize, Vec<Router>)> {
    if let Some(damage) = damage(conn)? {
        bail!("damaged ({damage}); stop mlango and restore the last backup");
    }
    Ok((packages::active(conn)?.len(), store::routers::all(conn)?))
}

fn sms(
    report: &mut Report<'_>,
    config: &Config,
    make: fn(&Config) -> anyhow::Result<Arc<dyn SmsGateway>>,
) -> anyhow::Result<()> {
    match config.sms.gateway {
        Gateway::None => {
            let text = "customers are sent nothing: [sms] gateway is \"none\"";
            return report.line(Mark::Advice, "sms", text);
        }
        Gateway::Log => {
            let text = "texts go to the log and to no phone: [sms] gateway is \"log\"";
            return report.line(Mark::Advice, "sms", text);
        }
        _ => {}
    }
    let tried = make(config)
        .and_then(|gateway| Ok(gateway.probe(Instant::now() + SMS_PATIENCE)?))
        .context("check [sms], and the way to the Internet");
    let good = format!("the gateway {} can be reached; no text was sent", config.sms.gateway);
    report.step("sms", &good, tried).map(drop)
}
