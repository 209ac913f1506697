//! FreeRADIUS's own client, as a second opinion on ours.

use super::server::{FreeRadius, SECRET};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Sends one packet of `kind` (`auth`, `acct`), given as radclient reads it, and gives back all
/// that radclient says.
#[expect(clippy::disallowed_methods, reason = "tests start other programs")]
pub(super) fn radclient(server: &FreeRadius, kind: &str, attributes: &str, secret: &str) -> String {
    let to = if kind == "acct" { server.acct } else { server.auth };
    let mut process = Command::new("radclient")
        .args(["-x", "-r", "1", "-t", "3", &to.to_string(), kind, secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("install freeradius-utils: radclient is not there");
    process.stdin.take().unwrap().write_all(attributes.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// A signed packet of `kind` from somebody who knows the secret.
pub(super) fn signed(server: &FreeRadius, kind: &str, attributes: &str) -> String {
    radclient(server, kind, &format!("{attributes},Message-Authenticator=0x00"), SECRET)
}
