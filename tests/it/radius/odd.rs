//! Packets as no router sends them, made by pyrad: a third opinion, beside radclient and our own
//! client.

use super::logins::customer;
use super::server::{FreeRadius, SECRET};
use serde_json::{Value, json};
use std::process::Command;

/// The system's own: the packages that `scripts/prerequisites` installs are for it.
const PYTHON: &str = "/usr/bin/python3";

#[test]
fn odd_packets_are_answered_rightly_or_not_at_all() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/radius/odd_packets.py");
    let port = server.auth.port().to_string();
    let output = Command::new(PYTHON)
        .args(["-B", script, &port, SECRET, "alice", "k7mpq2xz"])
        .output()
        .expect("install python3 and python3-pyrad: `make prerequisites` does");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "is python3-pyrad installed? {said}{errors}");
    let rows: Vec<Value> = said.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let row = |name: &str| rows.iter().find(|it| it["name"] == name).expect(name);

    let (accept, reject) = (json!("accept"), json!("reject"));
    for (name, code) in [
        ("signed first", &accept),
        ("signed last", &accept),
        ("wrong password", &reject),
        ("proxy states", &accept),
        ("same number", &accept),
        ("after all that", &accept),
    ] {
        let row = row(name);
        assert_eq!(&row["code"], code, "{row}");
        assert_eq!((&row["ours"], &row["signed"]), (&json!(true), &json!(true)), "{row}");
        let kinds: Vec<u64> =
            row["kinds"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect();
        assert_eq!(kinds[0], 80, "the signature is first: {row}");
        assert_eq!(kinds.iter().filter(|it| **it == 80).count(), 1, "and there is one: {row}");
        let states = kinds.iter().filter(|it| **it == 33).count();
        assert_eq!(states, if name == "proxy states" { 60 } else { 0 }, "{row}");
    }
    for name in [
        "not signed",
        "signed wrongly",
        "signed twice",
        "nothing",
        "a head alone",
        "too long",
        "an attribute of no length",
        "an attribute past the end",
    ] {
        assert_eq!(row(name)["code"], Value::Null, "{}", row(name));
    }
    assert_eq!(row("again")["same"], true);
}
