//! The routers that may ask FreeRADIUS: as the database has them, and as they were written down.

use crate::radius::local;
use crate::radius::site::{Nas, clients_conf};
use crate::routeros::value::Version;
use crate::store::routers::Router;
use crate::vault::{Vault, purpose};
use anyhow::{Context as _, bail};
use std::path::Path;

/// From these releases on a router signs what it asks; none older does.
const SIGNS_SINCE: [Version; 2] = [Version::release(6, 49, 22), Version::release(7, 15, 0)];

/// The routers that FreeRADIUS is to know. `None` for one that lacks its part in RADIUS.
pub(super) fn as_nas(vault: &Vault, router: &Router) -> anyhow::Result<Option<Nas>> {
    let (Some(address), Some(sealed)) = (&router.nas_ip, &router.sealed_nas_secret) else {
        return Ok(None);
    };
    let name = router.name.to_string();
    let secret = vault.open(purpose::NAS_SECRET, sealed).with_context(|| name.clone())?;
    let version = router.version.as_deref().and_then(Version::parse);
    let signs = version.is_none_or(signs);
    let Ok(address) = address.parse() else { bail!("{name} has no address like 10.0.0.1") };
    Ok(Some(Nas { name, address, secret, requires_message_authenticator: signs }))
}

/// Whether what was written to `dir` names the routers as they are now. FreeRADIUS is silent to
/// one that it does not know, or knows by another secret.
pub(in crate::cli) fn agree(dir: &Path, routers: &[Router], vault: &Vault) -> anyhow::Result<()> {
    let mut nas = Vec::new();
    for router in routers {
        nas.extend(as_nas(vault, router)?);
    }
    let written = local::clients(dir)?;
    let wanted = clients_conf(&nas, &local::read(dir)?.secret)?;
    if facts(written.expose()).ne(facts(wanted.expose())) {
        let dir = dir.display();
        bail!(
            "{dir} no longer names the routers as they are: run `mlango radius config {dir}` once \
             more, with the options it had"
        );
    }
    Ok(())
}

/// What matters to whoever asks: a router's name is for the log alone.
fn facts(clients: &str) -> impl Iterator<Item = &str> {
    clients.lines().map(str::trim).filter(|it| !it.starts_with("shortname ="))
}

fn signs(version: Version) -> bool {
    let since = SIGNS_SINCE.iter().find(|it| it.major == version.major);
    since.map_or(7 < version.major, |since| *since <= version)
}

#[test]
fn routers_sign_since_the_holes_were_known() {
    for (version, expected) in [
        ("6.48.6", false),
        ("6.49.22", true),
        ("7.14.3", false),
        ("7.15", true),
        ("7.15rc1", false),
        ("8.0", true),
        ("5.26", false),
    ] {
        assert_eq!(signs(Version::parse(version).unwrap()), expected, "{version}");
    }
}
