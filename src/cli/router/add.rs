//! `mlango router add`

use super::contact::greet;
use super::facts::{self, LoginFile};
use super::warn_of_radius;
use crate::cli::Desk;
use crate::domain::router::{Access, RouterAddress, RouterName};
use crate::jobs::sale;
use crate::store::audit;
use crate::store::routers::{self, RouterFacts};
use anyhow::{Context as _, bail};
use clap::Args;
use std::net::Ipv4Addr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Add {
    /// What you call it
    #[arg(long)]
    name: RouterName,
    /// Where its SSH server is
    #[arg(long, value_name = "HOST[:22]")]
    address: RouterAddress,
    /// The account on it that is ours
    #[arg(long, value_parser = facts::user)]
    user: String,
    #[command(flatten)]
    login: LoginFile,
    /// Its host key, if you know it; else the key seen first is pinned
    #[arg(long, value_name = "SHA256:…", value_parser = facts::host_key)]
    host_key: Option<String>,
    /// How it learns of customers: local, radius or both
    #[arg(long, default_value = "both")]
    access: Access,
    /// Where its RADIUS packets come from
    #[arg(long, value_name = "IP", requires = "nas_secret_file", value_parser = facts::nas_ip)]
    nas_ip: Option<Ipv4Addr>,
    /// A file with the secret it shares with RADIUS, one line; read once
    #[arg(long, value_name = "FILE", requires = "nas_ip")]
    nas_secret_file: Option<PathBuf>,
}

impl Add {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let login = self.login.seal(desk)?;
        let (login, sealed_login) =
            login.context("say how to log in: --password-file or --key-file")?;
        let nas_secret = self.nas_secret_file.as_deref();
        let facts = RouterFacts {
            name: self.name.clone(),
            address: self.address.clone(),
            user: self.user.clone(),
            login,
            sealed_login,
            host_key: self.host_key.clone(),
            access: self.access,
            nas_ip: self.nas_ip.map(|it| it.to_string()),
            sealed_nas_secret: nas_secret
                .map(|it| facts::seal_nas_secret(desk, &self.name, it))
                .transpose()?,
        };
        let added = desk.store.write(|tx| {
            let Some(id) = routers::insert(tx, &facts)? else { return Ok(None) };
            let router = routers::get(tx, id)?;
            let owed = sale::router_changed(tx, desk.config, &router, None)?;
            audit::insert(tx, "cli", "router add", None, router.name.as_str())?;
            Ok(Some((router, owed)))
        })?;
        let Some((router, owed)) = added else {
            bail!(
                "there is a router {0} already; change it with `mlango router set {0}`",
                self.name
            )
        };
        warn_of_radius(desk, &router)?;
        let mut saved = format!("router {} is added", router.name);
        if 0 < owed {
            saved.push_str(&format!("; it is to know {owed} who have paid already"));
        }
        greet(desk, router.id, &saved)
    }
}
