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

#[test]
fn radclient_is_answered_as_well() {
    let server = FreeRadius::start();
    for packet in [
        "Acct-Status-Type=Start",
        "Acct-Status-Type=Interim-Update,Acct-Session-Time=300,Acct-Input-Octets=4294967295,\
         Acct-Input-Gigawords=2",
        "Acct-Status-Type=Stop,Acct-Session-Time=600,Acct-Input-Octets=10,Acct-Input-Gigawords=3",
    ] {
        let packet = format!(
            "User-Name=alice,NAS-IP-Address=10.0.0.1,NAS-Port-Id=bridge1,\
             Acct-Session-Id=80200001,{packet}"
        );
        let answer = radclient(&server, "acct", &packet, SECRET);
        assert!(answer.contains("Received Accounting-Response"), "{answer}");
    }
    let rows = "SELECT acctsessiontime || ' ' || acctinputoctets FROM radacct";
    let rows = server.database().query_row(rows, (), |it| it.get::<_, String>(0));
    assert_eq!(rows.unwrap(), "600 12884901898");
    let wrong = radclient(&server, "acct", "User-Name=alice,Acct-Status-Type=Start", "guess");
    assert!(wrong.contains("No reply"), "{wrong}");
}
