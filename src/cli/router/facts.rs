//! What an operator may say of a router, on `add` and on `set`.

use crate::cli::Desk;
use crate::domain::Invalid;
use crate::domain::router::RouterName;
use crate::domain::secret::Secret;
use crate::radius::site::may_ask;
use crate::store::routers::LoginKind;
use crate::vault::purpose;
use anyhow::{Context as _, bail};
use clap::Args;
use std::fs::File;
use std::io::Read as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// More than any password or key is long; a wrong path must not fill the memory.
const SECRET_LIMIT: u64 = 64 << 10;

/// How we get in: one of the two.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub(super) struct LoginFile {
    /// A file with the password of that account, one line; read once
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file with a private key of that account, not encrypted; read once
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl LoginFile {
    pub(super) fn is_given(&self) -> bool {
        self.password_file.is_some() || self.key_file.is_some()
    }

    /// The login as the database keeps it, if one is given.
    pub(super) fn seal(&self, desk: &Desk<'_>) -> anyhow::Result<Option<(LoginKind, Vec<u8>)>> {
        let (kind, secret) = match (&self.password_file, &self.key_file) {
            (Some(file), _) => (LoginKind::Password, one_line(file)?),
            (None, Some(file)) => (LoginKind::Key, private_key(file)?),
            (None, None) => return Ok(None),
        };
        Ok(Some((kind, desk.vault.seal(purpose::ROUTER_LOGIN, &secret))))
    }
}

/// The RADIUS secret as the database keeps it. Refused if FreeRADIUS's configuration cannot have
/// it, or the name: that would keep every other router out of it, too.
pub(super) fn seal_nas_secret(
    desk: &Desk<'_>,
    name: &RouterName,
    file: &Path,
) -> anyhow::Result<Vec<u8>> {
    let secret = one_line(file)?;
    may_ask(name.as_str(), &secret)?;
    Ok(desk.vault.seal(purpose::NAS_SECRET, &secret))
}

fn one_line(file: &Path) -> anyhow::Result<Secret> {
    let text = read(file)?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.contains(['\n', '\r']) {
        bail!("{} should hold one line, and nothing else", file.display());
    }
    Ok(Secret::new(line))
}

fn private_key(file: &Path) -> anyhow::Result<Secret> {
    let text = read(file)?;
    if !text.starts_with("-----BEGIN ") || !text.contains("PRIVATE KEY-----") {
        bail!("{} holds no private key; `ssh-keygen -m PEM` makes one", file.display());
    }
    Ok(Secret::new(text))
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let opened = File::open(file).with_context(|| format!("read {}", file.display()))?;
    let length = opened
        .take(SECRET_LIMIT)
        .read_to_string(&mut text)
        .with_context(|| format!("read {}", file.display()))?;
    if SECRET_LIMIT == u64::try_from(length).unwrap_or(SECRET_LIMIT) {
        bail!("{} is too long to be a password or a key; check the path", file.display());
    }
    Ok(text)
}

/// A fingerprint as OpenSSH prints it.
pub(super) fn host_key(text: &str) -> Result<String, Invalid> {
    let is_base64 = |it: u8| it.is_ascii_alphanumeric() || b"+/".contains(&it);
    let digest = text.strip_prefix("SHA256:").map(|it| it.trim_end_matches('='));
    match digest.filter(|it| it.len() == 43 && it.bytes().all(is_base64)) {
        Some(digest) => Ok(format!("SHA256:{digest}")),
        None => Err(Invalid::new("not a fingerprint like SHA256:… with 43 characters behind it")),
    }
}

/// Who logs in; never something that a program could take for an option.
pub(super) fn user(text: &str) -> Result<String, Invalid> {
    let is_plain = |it: char| !it.is_control() && !it.is_whitespace();
    if text.is_empty() || text.starts_with('-') || 64 < text.len() || !text.chars().all(is_plain) {
        return Err(Invalid::new("not a login name: 1 to 64 characters, none of them a space"));
    }
    Ok(text.to_owned())
}

/// Where RADIUS packets come from.
pub(super) fn nas_ip(text: &str) -> Result<Ipv4Addr, Invalid> {
    text.parse().map_err(|_| Invalid(format!("{text:?} is not an IPv4 address")))
}

#[test]
fn fingerprints_are_those_of_openssh() {
    let good = "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDnvd2zKqhgMyk+BNk";
    assert_eq!(host_key(good).as_deref(), Ok(good));
    assert_eq!(host_key(&format!("{good}=")).as_deref(), Ok(good));
    for text in ["", "SHA256:", "MD5:00:11", &good[..30], &format!("{good}A"), &good[7..]] {
        assert!(host_key(text).is_err(), "{text}");
    }
}
