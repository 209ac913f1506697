//! Whether a router asks our FreeRADIUS, and takes orders from it.

use super::check_setup::{Finding, ask};
use crate::domain::secret::Secret;
use crate::routeros::{Console, Read, RouterError, Row};
use std::time::Duration;

/// RouterOS's own 1100 ms are too few for a small box that is just writing.
const LEAST_TIMEOUT: Duration = Duration::from_secs(2);

/// How the router is to ask RADIUS.
#[derive(Clone, Debug)]
pub struct RadiusWanted {
    /// `None` if none was agreed on.
    pub secret: Option<Secret>,
    /// Where it is to take disconnects.
    pub coa_port: u16,
    /// Without RADIUS nobody gets in: the router has no users of its own.
    pub is_alone: bool,
}

pub(super) fn check_radius(
    console: &Console<'_>,
    wanted: &RadiusWanted,
    findings: &mut Vec<Finding>,
) -> Result<(), RouterError> {
    let mut grave = |text: String| match wanted.is_alone {
        true => Finding::Broken(text),
        false => Finding::Advice(text),
    };
    let read = Read::filtered("/radius", "disabled=no");
    if let Some(rows) = ask(console, &read, "its RADIUS clients", findings)? {
        // The first that serves the hotspot is asked first.
        match rows.iter().find(|row| serves_hotspot(row)) {
            None => findings.push(grave("it knows no RADIUS server for the hotspot".to_owned())),
            Some(row) => findings.extend(of_client(row, wanted, &mut grave)),
        }
    }
    let read = Read::single("/radius incoming");
    let Some(rows) = ask(console, &read, "whether it takes disconnects", findings)? else {
        return Ok(());
    };
    let Some(row) = rows.first() else { return Ok(()) };
    let port = row.number("port");
    let is_shut = row.flag("accept") == Some(false);
    if is_shut || port.is_some_and(|it| it != i64::from(wanted.coa_port)) {
        findings.push(Finding::Advice(format!(
            "it does not take our disconnects: run `/radius incoming set accept=yes port={}`",
            wanted.coa_port
        )));
    }
    Ok(())
}

fn serves_hotspot(row: &Row) -> bool {
    row.text("service").unwrap_or_default().split([',', ';', ' ']).any(|it| it == "hotspot")
}

fn of_client(
    row: &Row,
    wanted: &RadiusWanted,
    grave: &mut dyn FnMut(String) -> Finding,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let address = row.text("address").unwrap_or_default();
    let shown = row.bytes("secret").filter(|it| !it.iter().all(|byte| *byte == b'*'));
    let shown = shown.map(|it| Secret::new(String::from_utf8_lossy(it)));
    match (&wanted.secret, shown) {
        (None, _) => findings.push(grave(
            "we have no RADIUS secret for it: `mlango router set NAME --nas-ip IP \
             --nas-secret-file FILE`"
                .to_owned(),
        )),
        (Some(ours), Some(theirs)) if !theirs.matches(ours.expose()) => findings.push(grave(
            format!("its secret for the RADIUS server {address} is another than ours"),
        )),
        _ => {}
    }
    if row.span("timeout").is_some_and(|it| it < LEAST_TIMEOUT) {
        findings.push(Finding::Advice(format!(
            "it gives the RADIUS server {address} too little time to answer: set timeout=3s"
        )));
    }
    findings
}
