//! Where FreeRADIUS listens on this machine, and with which secret it may be asked from here: read
//! back from the configuration that was written for it.

use super::site::{CLIENTS_FILE, LOCAL_SECRET_FILE};
use crate::domain::secret::Secret;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// How to ask the FreeRADIUS of this machine.
#[derive(Clone, Debug)]
pub struct Local {
    pub auth: SocketAddr,
    pub secret: Secret,
}

#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("there is no RADIUS configuration in {0}; `mlango radius config {0}` writes one")]
    Missing(PathBuf),
    #[error("{0} cannot be read; run this as root, or as the user FreeRADIUS runs as")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0} listens on no address of ours; `mlango radius config` writes it anew")]
    Strange(PathBuf),
}

/// Reads what `mlango radius config` wrote to `dir`.
pub fn read(dir: &Path) -> Result<Local, LocalError> {
    let radiusd = text(dir, "radiusd.conf")?;
    let auth = auth_address(&radiusd);
    let auth = auth.ok_or_else(|| LocalError::Strange(dir.join("radiusd.conf")))?;
    let secret = Secret::new(text(dir, LOCAL_SECRET_FILE)?.trim());
    Ok(Local { auth, secret })
}

/// The routers that may ask, as written there: with their secrets.
pub fn clients(dir: &Path) -> Result<Secret, LocalError> {
    text(dir, CLIENTS_FILE).map(Secret::new)
}

fn text(dir: &Path, name: &str) -> Result<String, LocalError> {
    let path = dir.join(name);
    fs::read_to_string(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => LocalError::Missing(dir.to_owned()),
        _ => LocalError::Unreadable(path, error),
    })
}

/// The listener for logins that can be reached by way of loopback.
fn auth_address(radiusd: &str) -> Option<SocketAddr> {
    let blocks = radiusd.split("listen {").skip(1).filter_map(|it| it.split('}').next());
    for block in blocks {
        let value = |key: &str| {
            block.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                (name.trim() == key).then(|| value.trim())
            })
        };
        let address: Option<IpAddr> = value("ipaddr").and_then(|it| it.parse().ok());
        let is_ours = address.is_some_and(|it| it.is_loopback() || it.is_unspecified());
        if value("type") == Some("auth") && is_ours {
            let port = value("port")?.parse().ok()?;
            return Some((Ipv4Addr::LOCALHOST, port).into());
        }
    }
    None
}

#[test]
fn what_was_rendered_is_found_again() {
    use super::site::{SiteConfig, render};
    let site = |listen: Ipv4Addr| SiteConfig {
        database: "/var/lib/mlango/mlango.db".into(),
        config_dir: "/etc/mlango/radius".into(),
        listen: listen.into(),
        auth_port: 11812,
        acct_port: 11813,
        user: "freerad".to_owned(),
        group: None,
        library_dir: "/usr/lib/freeradius".into(),
        local_secret: Secret::new("local0secret"),
        nas: Vec::new(),
    };
    for listen in [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(192, 168, 88, 2)] {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read(dir.path()), Err(LocalError::Missing(_))));
        let files = render(&site(listen)).unwrap();
        super::directory::write(dir.path(), &files, None).unwrap();
        let local = read(dir.path()).unwrap();
        assert_eq!(local.auth.to_string(), "127.0.0.1:11812", "{listen}");
        assert_eq!(local.secret.expose(), "local0secret");
    }
    assert_eq!(auth_address(""), None);
}
