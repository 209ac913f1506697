//! `mlango radius config`

use super::{DEFAULT_DIR, clients};
use crate::cli::print::json;
use crate::cli::{Outside, Shape};
use crate::config::secrets;
use crate::domain::secret::Secret;
use crate::radius::site::{LOCAL_SECRET_FILE, Nas, SiteConfig, render};
use crate::radius::{account, directory};
use crate::store::look::look;
use crate::store::routers::{self, Router};
use crate::vault::Vault;
use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

/// Where distributions put FreeRADIUS's modules.
const LIBRARY_DIRS: [&str; 3] =
    ["/usr/lib/freeradius", "/usr/lib/freeradius3", "/usr/lib64/freeradius"];

#[derive(Debug, Args)]
pub struct Config {
    /// The directory to write; run and log directories are made under it
    dir: PathBuf,
    /// Where routers reach FreeRADIUS; this machine always does
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    listen: IpAddr,
    /// The port for logins
    #[arg(long, value_name = "PORT", default_value_t = 1812, value_parser = port())]
    auth_port: u16,
    /// The port for accounting
    #[arg(long, value_name = "PORT", default_value_t = 1813, value_parser = port())]
    acct_port: u16,
    /// The account FreeRADIUS runs as
    #[arg(long, default_value = "freerad")]
    user: String,
    /// The group it runs as, and which may read the files [default: the user's own]
    #[arg(long)]
    group: Option<String>,
}

fn port() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..)
}

impl Config {
    pub fn run(&self, outside: &mut Outside<'_>) -> anyhow::Result<()> {
        let config_dir = std::path::absolute(&self.dir).context("find the directory")?;
        let data_dir =
            std::path::absolute(&outside.config.data_dir).context("find the data directory")?;
        let routers = known_routers(outside, &data_dir)?;
        let group = self.group(outside)?;
        let site = SiteConfig {
            database: data_dir.join("mlango.db"),
            listen: self.listen,
            auth_port: self.auth_port,
            acct_port: self.acct_port,
            user: self.user.clone(),
            group: group.clone(),
            library_dir: library_dir(),
            local_secret: local_secret(&config_dir),
            nas: routers,
            config_dir,
        };
        let files = render(&site)?;
        let dir = &site.config_dir;
        directory::write(dir, &files, group.as_deref())
            .with_context(|| format!("write {}", dir.display()))?;
        let names: Vec<&str> = site.nas.iter().map(|it| it.name.as_str()).collect();
        if outside.shape == Shape::Json {
            let files: Vec<&str> = files.iter().map(|it| it.path).collect();
            return json(outside.out, &json!({ "dir": dir, "files": files, "routers": names }));
        }
        let names = if names.is_empty() { "no router".to_owned() } else { names.join(", ") };
        let shown = dir.display();
        writeln!(outside.out, "{shown} is written; it lets {names} ask")?;
        let check = match dir == Path::new(DEFAULT_DIR) {
            true => "mlango radius check".to_owned(),
            false => format!("mlango radius check --dir {shown}"),
        };
        Ok(writeln!(outside.out, "start FreeRADIUS with -d {shown}, then `{check}`")?)
    }

    fn group(&self, outside: &mut Outside<'_>) -> anyhow::Result<Option<String>> {
        if let Some(group) = &self.group {
            return Ok(Some(group.clone()));
        }
        let own = account::primary_group(&self.user).map(|it| it.name);
        if own.is_none() {
            let user = &self.user;
            outside.warn(&format!(
                "there is no user {user} on this machine; install FreeRADIUS, or give --user"
            ))?;
        }
        Ok(own)
    }
}

/// The routers that the database knows to ask RADIUS. No database, no routers yet.
fn known_routers(outside: &mut Outside<'_>, data_dir: &Path) -> anyhow::Result<Vec<Nas>> {
    let path = data_dir.join("mlango.db");
    let opened = look(&path).with_context(|| format!("read {}", path.display()))?;
    let Some(conn) = opened else {
        outside.warn("there is no database yet, so no router; run this once more when there is")?;
        return Ok(Vec::new());
    };
    let vault = Vault::new(&secrets::vault_key(outside.config)?)?;
    let mut nas = Vec::new();
    for router in routers::all(&conn)? {
        nas.extend(as_nas(outside, &vault, &router)?);
    }
    Ok(nas)
}

fn as_nas(
    outside: &mut Outside<'_>,
    vault: &Vault,
    router: &Router,
) -> anyhow::Result<Option<Nas>> {
    let name = &router.name;
    let nas = clients::as_nas(vault, router)?;
    match &nas {
        None if router.access.is_over_radius() => outside.warn(&format!(
            "router {name} is left out: it has no --nas-ip and --nas-secret-file"
        ))?,
        Some(nas) if !nas.requires_message_authenticator => outside.warn(&format!(
            "router {name} is too old to sign what it asks, so it need not: upgrade it, then run \
             this once more"
        ))?,
        _ => {}
    }
    Ok(nas)
}

fn library_dir() -> PathBuf {
    let found = LIBRARY_DIRS.map(PathBuf::from).into_iter().find(|it| it.is_dir());
    found.unwrap_or_else(|| LIBRARY_DIRS[0].into())
}

/// Kept when the configuration is written anew, as FreeRADIUS reads it at its start only.
fn local_secret(dir: &Path) -> Secret {
    let kept = std::fs::read_to_string(dir.join(LOCAL_SECRET_FILE)).unwrap_or_default();
    match kept.trim() {
        "" => {
            let mut random = [0_u8; 16];
            getrandom::fill(&mut random).expect("the kernel gives random bytes");
            Secret::new(random.iter().map(|it| format!("{it:02x}")).collect::<String>())
        }
        kept => Secret::new(kept),
    }
}
