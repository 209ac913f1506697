//! The FreeRADIUS configuration of one site: our templates with the site's own values in them.

use super::attributes::SILENT_SECONDS;
use super::quote::{account_name, directory, quotable, shared_secret};
use crate::domain::Invalid;
use crate::domain::secret::Secret;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// Where the secret of the login test is kept, in the configuration's directory.
pub const LOCAL_SECRET_FILE: &str = "localhost.secret";

/// Where the routers and their secrets are.
pub const CLIENTS_FILE: &str = "clients.conf";

const RADIUSD: &str = include_str!("../../freeradius/radiusd.conf");
const QUERIES: &str = include_str!("../../freeradius/queries.conf");
const ACCESS_REJECT: &str = include_str!("../../freeradius/access_reject");
const DICTIONARY: &str = include_str!("../../freeradius/dictionary");
const LISTENER: &str = include_str!("../../freeradius/listener");
const CLIENT: &str = include_str!("../../freeradius/client");

/// A router that may ask.
#[derive(Clone, Debug)]
pub struct Nas {
    /// What FreeRADIUS's log calls it.
    pub name: String,
    pub address: IpAddr,
    pub secret: Secret,
    /// RouterOS before 7.15 and 6.49.x does not sign; then it must not be asked to.
    pub requires_message_authenticator: bool,
}

/// What is particular to this site.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    pub database: PathBuf,
    pub config_dir: PathBuf,
    pub listen: IpAddr,
    pub auth_port: u16,
    pub acct_port: u16,
    pub user: String,
    /// Left to FreeRADIUS if `None`, which keeps the group it was started with.
    pub group: Option<String>,
    /// `/usr/lib/freeradius`, on OpenWrt `/usr/lib/freeradius3`.
    pub library_dir: PathBuf,
    /// For logins from this machine. Not used if one of the routers is 127.0.0.1.
    pub local_secret: Secret,
    pub nas: Vec<Nas>,
}

/// One file of the configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the configuration's directory.
    pub path: &'static str,
    pub contents: String,
    pub mode: u32,
}

/// The whole configuration, or why a value cannot be part of one.
pub fn render(site: &SiteConfig) -> Result<Vec<File>, Invalid> {
    let routers = with_local(&site.nas, &site.local_secret);
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let local_secret =
        routers.iter().find(|it| it.address == local).map_or("", |it| it.secret.expose());
    let file = |path, contents| File { path, contents, mode: 0o640 };
    Ok(vec![
        file("radiusd.conf", radiusd(site)?),
        file(CLIENTS_FILE, clients(&routers)?),
        file("queries.conf", fill(QUERIES, &[("@STALE_SECONDS@", &SILENT_SECONDS.to_string())])),
        file("access_reject", ACCESS_REJECT.to_owned()),
        file("dictionary", DICTIONARY.to_owned()),
        file(LOCAL_SECRET_FILE, format!("{local_secret}\n")),
    ])
}

/// The part of [`render`] that goes with the routers.
pub fn clients_conf(nas: &[Nas], local_secret: &Secret) -> Result<Secret, Invalid> {
    clients(&with_local(nas, local_secret)).map(Secret::new)
}

/// Whether a router of this name may ask with this secret, or why not.
pub fn may_ask(name: &str, secret: &Secret) -> Result<(), Invalid> {
    quotable("name of a router", name)?;
    shared_secret(name, secret).map(drop)
}

/// The routers, and this machine if none of them is on it.
fn with_local(nas: &[Nas], local_secret: &Secret) -> Vec<Nas> {
    let mut routers = nas.to_vec();
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if !routers.iter().any(|it| it.address == address) {
        let (name, secret) = ("localhost".to_owned(), local_secret.clone());
        routers.insert(0, Nas { name, address, secret, requires_message_authenticator: true });
    }
    routers
}

fn radiusd(site: &SiteConfig) -> Result<String, Invalid> {
    let group_line = match &site.group {
        Some(group) => format!("\tgroup = \"{}\"", account_name(group)?),
        None => "\t# no group: the one it is started with".to_owned(),
    };
    let values = [
        ("@LIBRARY_DIR@", directory("library directory", &site.library_dir)?),
        ("@CONFIG_DIR@", directory("configuration directory", &site.config_dir)?),
        ("@DATABASE@", directory("database", &site.database)?),
        ("@USER@", account_name(&site.user)?),
        ("@GROUP_LINE@", &group_line),
        ("@LISTENERS@\n", &listeners(site)),
    ];
    Ok(fill(RADIUSD, &values))
}

/// Also listens on 127.0.0.1, unless that is included already.
fn listeners(site: &SiteConfig) -> String {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let covers_local = site.listen == local || site.listen == Ipv4Addr::UNSPECIFIED;
    let addresses = if covers_local { vec![site.listen] } else { vec![site.listen, local] };
    let kinds = [("auth", site.auth_port), ("acct", site.acct_port)];
    let one = |address: &IpAddr, (kind, port): (&str, u16)| {
        let (address, port) = (address.to_string(), port.to_string());
        fill(LISTENER, &[("@TYPE@", kind), ("@ADDRESS@", &address), ("@PORT@", &port)])
    };
    addresses.iter().flat_map(|address| kinds.map(|kind| one(address, kind))).collect()
}

fn clients(routers: &[Nas]) -> Result<String, Invalid> {
    let mut text = "# The routers that may ask. Written by `mlango radius config`.\n".to_owned();
    let mut known: Vec<&Nas> = Vec::new();
    for router in routers {
        if let Some(other) = known.iter().find(|it| it.address == router.address) {
            if other.secret != router.secret {
                return Err(Invalid(format!(
                    "routers {} and {} have the address {} and different secrets",
                    other.name, router.name, router.address
                )));
            }
            continue; // The same client by another name.
        }
        let answer = if router.requires_message_authenticator { "yes" } else { "no" };
        let values = [
            ("@NUMBER@", known.len().to_string()),
            ("@ADDRESS@", router.address.to_string()),
            ("@REQUIRE@", answer.to_owned()),
            ("@NAME@", quotable("name of a router", &router.name)?.to_owned()),
            ("@SECRET@", shared_secret(&router.name, &router.secret)?.to_owned()),
        ];
        text.push_str(&fill(CLIENT, &values.each_ref().map(|(name, it)| (*name, it.as_str()))));
        known.push(router);
    }
    Ok(text)
}

/// Puts values in the places of `template` that are named `@LIKE_THIS@`. What a value looks like
/// does not matter: it is not looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((at, name, value)) = next_place(rest, values) {
        text.push_str(&rest[..at]);
        text.push_str(value);
        rest = &rest[at + name.len()..];
    }
    text + rest
}

fn next_place<'a>(text: &str, values: &[(&'a str, &'a str)]) -> Option<(usize, &'a str, &'a str)> {
    let places = values.iter().filter_map(|&(name, value)| Some((text.find(name)?, name, value)));
    places.min_by_key(|(at, ..)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(nas: Vec<Nas>) -> SiteConfig {
        SiteConfig {
            database: "/var/lib/mlango/mlango.db".into(),
            config_dir: "/etc/mlango/radius".into(),
            listen: Ipv4Addr::new(192, 168, 88, 2).into(),
            auth_port: 1812,
            acct_port: 1813,
            user: "freerad".to_owned(),
            group: Some("freerad".to_owned()),
            library_dir: "/usr/lib/freeradius".into(),
            local_secret: Secret::new("local0secret"),
            nas,
        }
    }

    fn nas(name: &str, address: [u8; 4], secret: &str) -> Nas {
        Nas {
            name: name.to_owned(),
            address: address.into(),
            secret: Secret::new(secret),
            requires_message_authenticator: true,
        }
    }

    fn contents(files: &[File], path: &str) -> String {
        files.iter().find(|it| it.path == path).unwrap().contents.clone()
    }

    #[test]
    fn every_placeholder_is_filled() {
        let files = render(&site(vec![nas("Main Office", [10, 0, 0, 1], "s3cret")])).unwrap();
        for file in &files {
            let mut words = file.contents.split('@');
            let is_placeholder =
                |it: &str| 1 < it.len() && it.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            assert_eq!(words.find(|it| is_placeholder(it)), None, "{}", file.path);
        }
        let clients = contents(&files, "clients.conf");
        assert!(clients.contains("shortname = \"Main Office\""), "{clients}");
        assert_eq!(clients.matches("require_message_authenticator = yes").count(), 2);
        assert_eq!(contents(&files, LOCAL_SECRET_FILE), "local0secret\n");
        assert_eq!(contents(&files, "radiusd.conf").matches("ipaddr = 127.0.0.1").count(), 2);
    }

    #[test]
    fn an_old_router_need_not_sign() {
        let mut old = nas("old", [10, 0, 0, 1], "s3cret");
        old.requires_message_authenticator = false;
        let clients = contents(&render(&site(vec![old])).unwrap(), "clients.conf");
        assert_eq!(clients.matches("require_message_authenticator = no").count(), 1);
    }

    #[test]
    fn a_router_on_this_machine_takes_the_place_of_the_login_test() {
        let files = render(&site(vec![nas("sim", [127, 0, 0, 1], "theirs")])).unwrap();
        assert_eq!(contents(&files, "clients.conf").matches("client nas").count(), 1);
        assert_eq!(contents(&files, LOCAL_SECRET_FILE), "theirs\n");
    }

    #[test]
    fn one_address_has_one_secret() {
        let two = |second| {
            let routers = vec![nas("a", [10, 0, 0, 1], "same"), nas("b", [10, 0, 0, 1], second)];
            render(&site(routers))
        };
        assert_eq!(contents(&two("same").unwrap(), "clients.conf").matches("10.0.0.1").count(), 1);
        assert!(two("other").is_err());
    }

    #[test]
    fn nothing_is_left_for_freeradius_to_expand() {
        for text in ["a\"b", "a'b", "a\\b", "a`id`b", "%{User-Name}", "${confdir}", "", "a\nb"] {
            let error = render(&site(vec![nas("a", [10, 0, 0, 1], text)])).err().unwrap();
            assert!(text.is_empty() || !error.to_string().contains(text), "{error}");
            assert!(render(&site(vec![nas(text, [10, 0, 0, 1], "s3cret")])).is_err(), "{text:?}");
            let mut bad = site(Vec::new());
            bad.user = text.to_owned();
            assert!(render(&bad).is_err(), "{text:?}");
            let mut bad = site(Vec::new());
            bad.database = format!("/var/{text}").into();
            assert!(text.is_empty() || render(&bad).is_err(), "{text:?}");
        }
        // A value that looks like a place for another one stays as it is.
        let files = render(&site(vec![nas("@SECRET@", [10, 0, 0, 1], "s3cret")])).unwrap();
        assert!(contents(&files, "clients.conf").contains("shortname = \"@SECRET@\""));
        assert!(render(&site(vec![nas("100% Wi-Fi", [10, 0, 0, 1], "a%b#c;d{e}")])).is_ok());
    }
}
