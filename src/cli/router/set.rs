//! `mlango router set`

use super::contact::greet;
use super::facts::{self, LoginFile};
use super::{find, warn_of_radius};
use crate::cli::Desk;
use crate::domain::router::{Access, RouterAddress, RouterName};
use crate::jobs::sale;
use crate::store::routers::{self, Router, RouterFacts};
use crate::store::{audit, outbox};
use anyhow::bail;
use clap::Args;
use std::net::Ipv4Addr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Set {
    /// The router to change
    #[arg(value_name = "NAME")]
    router: String,
    /// Another name for it
    #[arg(long)]
    name: Option<RouterName>,
    /// Where its SSH server is
    #[arg(long, value_name = "HOST[:22]")]
    address: Option<RouterAddress>,
    /// The account on it that is ours
    #[arg(long, value_parser = facts::user)]
    user: Option<String>,
    #[command(flatten)]
    login: LoginFile,
    /// The host key to believe from now on
    #[arg(long, value_name = "SHA256:…", value_parser = facts::host_key)]
    host_key: Option<String>,
    /// How it learns of customers: local, radius or both
    #[arg(long)]
    access: Option<Access>,
    /// Where its RADIUS packets come from
    #[arg(long, value_name = "IP", value_parser = facts::nas_ip)]
    nas_ip: Option<Ipv4Addr>,
    /// A file with the secret it shares with RADIUS, one line; read once
    #[arg(long, value_name = "FILE")]
    nas_secret_file: Option<PathBuf>,
}

impl Set {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        if self.is_empty() {
            bail!("nothing is to be changed; `mlango router set --help` shows what can be");
        }
        let standing = find(desk, &self.router)?;
        let facts = self.facts(desk, &standing)?;
        let is_free = desk.store.write(|tx| {
            let same = routers::by_name(tx, facts.name.as_str())?;
            if same.is_some_and(|it| it.id != standing.id) {
                return Ok(false);
            }
            routers::update(tx, standing.id, &facts)?;
            let router = routers::get(tx, standing.id)?;
            sale::router_changed(tx, desk.config, &router, Some(standing.access))?;
            outbox::unpark(tx, &format!("router:{}", router.id))?;
            audit::insert(tx, "cli", "router set", None, router.name.as_str())?;
            Ok(true)
        })?;
        if !is_free {
            bail!("another router is {} already; choose another name", facts.name);
        }
        let router = desk.store.read(|conn| routers::get(conn, standing.id))?;
        if self.access.is_some() || self.nas_ip.is_some() || self.nas_secret_file.is_some() {
            warn_of_radius(desk, &router)?;
        }
        let saved = format!("router {} is changed; what waited for it is tried again", router.name);
        greet(desk, router.id, &saved)
    }

    fn facts(&self, desk: &Desk<'_>, standing: &Router) -> anyhow::Result<RouterFacts> {
        let same_login = || (standing.login, standing.sealed_login.clone());
        let (login, sealed_login) = self.login.seal(desk)?.unwrap_or_else(same_login);
        let nas_ip = self.nas_ip.map(|it| it.to_string()).or_else(|| standing.nas_ip.clone());
        let name = self.name.clone().unwrap_or_else(|| standing.name.clone());
        let sealed_nas_secret = match &self.nas_secret_file {
            Some(file) => Some(facts::seal_nas_secret(desk, &name, file)?),
            None => standing.sealed_nas_secret.clone(),
        };
        if nas_ip.is_some() != sealed_nas_secret.is_some() {
            bail!("RADIUS needs both: give --nas-ip and --nas-secret-file");
        }
        Ok(RouterFacts {
            name,
            address: self.address.clone().unwrap_or_else(|| standing.address.clone()),
            user: self.user.clone().unwrap_or_else(|| standing.user.clone()),
            login,
            sealed_login,
            host_key: self.host_key.clone().or_else(|| standing.host_key.clone()),
            access: self.access.unwrap_or(standing.access),
            nas_ip,
            sealed_nas_secret,
        })
    }

    fn is_empty(&self) -> bool {
        let is_same_way = self.address.is_none() && self.user.is_none() && !self.login.is_given();
        let is_same_radius = self.nas_ip.is_none() && self.nas_secret_file.is_none();
        is_same_way
            && is_same_radius
            && self.name.is_none()
            && self.host_key.is_none()
            && self.access.is_none()
    }
}
