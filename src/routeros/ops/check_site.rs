//! Looks for what would keep a router from working together with this very box: beside what a sale
//! needs (`check_setup`), and changes nothing either.

use super::check_radius::{RadiusWanted, check_radius};
use super::check_setup::{Finding, ask};
use super::router_clock::{CLOCK_LIMIT, row_off_by};
use crate::domain::time::Timestamp;
use crate::routeros::{Console, Operation, Read, RouterError, Row};

/// What this box and its customers need of the router.
#[derive(Clone, Debug)]
pub struct CheckSite {
    /// The port of the customers' page, unless it is on loopback.
    pub page_port: Option<u16>,
    /// `None`: the router is not to ask RADIUS.
    pub radius: Option<RadiusWanted>,
    /// The right time, if the box knows it.
    pub now: Option<Timestamp>,
}

impl Operation for CheckSite {
    type Answer = Vec<Finding>;

    fn run(&self, console: &Console<'_>) -> Result<Vec<Finding>, RouterError> {
        let mut findings = Vec::new();
        let servers = Read::filtered("/ip hotspot", "disabled=no");
        let servers = ask(console, &servers, "the hotspot", &mut findings)?.unwrap_or_default();
        check_servers(&servers, &mut findings);
        let profiles = Read::all("/ip hotspot profile");
        let profiles = ask(console, &profiles, "the server profiles", &mut findings)?;
        for profile in used_by(&servers, &profiles.unwrap_or_default()) {
            self.check_profile(profile, &mut findings);
        }
        if let Some(port) = self.page_port {
            check_garden(console, port, &mut findings)?;
        }
        if let Some(radius) = &self.radius {
            check_radius(console, radius, &mut findings)?;
        }
        check_crypto(console, &mut findings)?;
        if let Some(now) = self.now {
            check_clock(console, now, &mut findings)?;
        }
        Ok(findings)
    }
}

impl CheckSite {
    fn check_profile(&self, profile: &Row, findings: &mut Vec<Finding>) {
        let name = profile.text("name").unwrap_or_default();
        let methods = profile.text("login-by").unwrap_or_default();
        let allows = |it: &str| methods.split([',', ';', ' ']).any(|method| method == it);
        let mut advise = |text: String| findings.push(Finding::Advice(text));
        if !methods.is_empty() && !allows("http-pap") && !allows("https") {
            advise(format!(
                "the server profile {name} lacks login-by=http-pap: our page cannot log \
                 customers in"
            ));
        }
        let Some(radius) = &self.radius else { return };
        match (profile.flag("use-radius"), radius.is_alone) {
            (Some(false), true) => findings.push(Finding::Broken(format!(
                "the server profile {name} asks no RADIUS: run `/ip hotspot profile set {name} \
                 use-radius=yes`"
            ))),
            (Some(false), false) => advise(format!(
                "the server profile {name} asks no RADIUS (use-radius=no): customers wait whenever \
                 SSH fails"
            )),
            (_, _) if profile.flag("radius-accounting") == Some(false) => advise(format!(
                "the server profile {name} reports nobody's use: set radius-accounting=yes"
            )),
            (_, _) => {}
        }
    }
}

fn check_servers(servers: &[Row], findings: &mut Vec<Finding>) {
    for server in servers {
        let name = server.text("name").unwrap_or_default();
        let status = server.text("proxy-status").filter(|it| !it.is_empty() && it != "running");
        if let Some(status) = status {
            findings.push(Finding::Advice(format!(
                "the login page of hotspot {name} does not run: its proxy-status is {status:?}"
            )));
        }
    }
}

/// The profiles of the servers that run.
fn used_by<'r>(servers: &[Row], profiles: &'r [Row]) -> Vec<&'r Row> {
    let is_used = |profile: &&Row| {
        let same = |it: &Row| it.bytes("profile") == profile.bytes("name");
        profile.bytes("name").is_some() && servers.iter().any(same)
    };
    profiles.iter().filter(is_used).collect()
}

fn check_garden(
    console: &Console<'_>,
    port: u16,
    findings: &mut Vec<Finding>,
) -> Result<(), RouterError> {
    let read = Read::filtered("/ip hotspot walled-garden ip", "disabled=no");
    let Some(rows) = ask(console, &read, "the walled garden", findings)? else { return Ok(()) };
    let lets_in = |row: &Row| {
        let ports = row.text("dst-port").unwrap_or_default();
        let fits = ports.is_empty() || ports.split(',').any(|it| it == port.to_string());
        row.bytes("dst-address").is_some_and(|it| !it.is_empty())
            && fits
            && row.text("action").is_none_or(|it| it == "accept")
    };
    if !rows.iter().any(lets_in) {
        findings.push(Finding::Advice(format!(
            "customers cannot see our page before they are logged in: no row of \
             `/ip hotspot walled-garden ip` accepts an address of ours at port {port}"
        )));
    }
    Ok(())
}

fn check_crypto(console: &Console<'_>, findings: &mut Vec<Finding>) -> Result<(), RouterError> {
    let Some(rows) = ask(console, &Read::single("/ip ssh"), "its SSH settings", findings)? else {
        return Ok(());
    };
    if rows.first().and_then(|row| row.flag("strong-crypto")) == Some(false) {
        let text = "its SSH takes weak encryption: run `/ip ssh set strong-crypto=yes`";
        findings.push(Finding::Advice(text.to_owned()));
    }
    Ok(())
}

fn check_clock(
    console: &Console<'_>,
    now: Timestamp,
    findings: &mut Vec<Finding>,
) -> Result<(), RouterError> {
    let read = Read::single("/system clock");
    let Some(rows) = ask(console, &read, "its clock", findings)? else { return Ok(()) };
    let Some(row) = rows.first() else { return Ok(()) };
    let Some(off) = row_off_by(row, now) else { return Ok(()) };
    let text = |key| row.text(key).unwrap_or_default();
    let (date, time) = (text("date"), text("time"));
    if CLOCK_LIMIT < off {
        let seconds = off.as_secs();
        let off = match seconds {
            172_800.. => format!("{} days", seconds / 86_400),
            7_200.. => format!("{} hours", seconds / 3_600),
            _ => format!("{} minutes", seconds.div_ceil(60)),
        };
        findings.push(Finding::Advice(format!(
            "its clock is {off} off (it says {date} {time}): run `/system ntp client set \
             enabled=yes` and name a server"
        )));
    }
    Ok(())
}
