//! `mlango router script`

use super::find;
use crate::cli::{Desk, Shape};
use crate::config::RadiusMode;
use crate::domain::secret::Secret;
use crate::routeros::prepare::{Account, Preparation, Radius};
use crate::store::audit;
use crate::store::routers::{LoginKind, Router};
use crate::vault::purpose;
use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use std::net::{IpAddr, SocketAddr, UdpSocket};

#[derive(Debug, Args)]
pub struct Script {
    name: String,
    /// Where the router finds this box [default: the address of ours nearest to it]
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// FreeRADIUS's port for logins
    #[arg(long, value_name = "PORT", default_value_t = 1812)]
    auth_port: u16,
    /// FreeRADIUS's port for accounting
    #[arg(long, value_name = "PORT", default_value_t = 1813)]
    acct_port: u16,
}

impl Script {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let router = find(desk, &self.name)?;
        let address = self.address.map_or_else(|| own_address(desk, &router), Ok)?;
        let listen = desk.config.http.listen;
        let preparation = Preparation {
            login: match router.login {
                LoginKind::Password => Account::Password,
                LoginKind::Key => Account::Key { throwaway: throwaway()? },
            },
            address,
            page_port: (!listen.ip().is_loopback()).then_some(listen.port()),
            radius: self.radius(desk, &router)?,
            router: router.name.to_string(),
            user: router.user.clone(),
        };
        if preparation.radius.is_some() {
            desk.warn("the script holds the RADIUS secret: delete it after the import")?;
            desk.store.write(|tx| {
                audit::insert(tx, "cli", "router script", None, router.name.as_str())
            })?;
        }
        let script = preparation.script();
        match desk.shape {
            Shape::Json => desk.json(&json!({ "router": router.name, "script": script })),
            _ => Ok(write!(desk.out, "{script}")?),
        }
    }

    fn radius(&self, desk: &Desk<'_>, router: &Router) -> anyhow::Result<Option<Radius>> {
        if desk.config.radius.mode == RadiusMode::Off || !router.access.is_over_radius() {
            return Ok(None);
        }
        let Some(sealed) = &router.sealed_nas_secret else {
            bail!(
                "{0} is to ask RADIUS and has no secret for it: `mlango router set {0} --nas-ip IP \
                 --nas-secret-file FILE`, or --access local",
                router.name
            );
        };
        let secret = desk.vault.open(purpose::NAS_SECRET, sealed)?;
        let (auth_port, acct_port) = (self.auth_port, self.acct_port);
        Ok(Some(Radius { secret, auth_port, acct_port, coa_port: desk.config.radius.coa_port }))
    }
}

/// Where customers' requests arrive, or else our address on the way to the router.
fn own_address(desk: &Desk<'_>, router: &Router) -> anyhow::Result<IpAddr> {
    let listen = desk.config.http.listen.ip();
    if !listen.is_loopback() && !listen.is_unspecified() {
        return Ok(listen);
    }
    let host = router.address.host.as_str();
    let way = || -> std::io::Result<IpAddr> {
        // Connecting a UDP socket sends nothing; it only asks which way packets would go.
        let any: SocketAddr = ([0, 0, 0, 0], 0).into();
        let socket = UdpSocket::bind(any)?;
        socket.connect((host, router.address.port))?;
        Ok(socket.local_addr()?.ip())
    };
    way().with_context(|| format!("find the way to {host}; say --address IP, the box's own"))
}

/// A password nobody is to know.
fn throwaway() -> anyhow::Result<Secret> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("get random bytes")?;
    Ok(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
