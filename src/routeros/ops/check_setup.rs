//! Looks for what would keep a router from letting paid customers in, and changes nothing.

use super::read_system::{ReadIdentity, ReadResource};
use crate::routeros::value::Version;
use crate::routeros::{Class, Console, Operation, Read, RouterError, Row, Script};

/// Reads what a sale depends on. Errors of the connection itself are the answer's error.
#[derive(Clone, Debug)]
pub struct CheckSetup {
    /// The account we log in with.
    pub login: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    pub identity: String,
    pub version: String,
    /// Nothing to say means that all is well.
    pub findings: Vec<Finding>,
}

/// One thing an operator should know, in words that say what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Customers cannot be served before this is mended.
    Broken(String),
    /// It works, but should be looked at, or could not be looked at.
    Advice(String),
}

/// What our account's group must allow.
const POLICIES: [&str; 4] = ["ssh", "read", "write", "sensitive"];

impl Operation for CheckSetup {
    type Answer = Setup;

    fn run(&self, console: &Console<'_>) -> Result<Setup, RouterError> {
        let identity = ReadIdentity.run(console)?;
        let resource = ReadResource.run(console)?;
        let mut findings = Vec::new();
        check_version(resource.version, &mut findings);
        check_hotspot(console, &mut findings)?;
        check_device_mode(console, &mut findings)?;
        self.check_policies(console, &mut findings)?;
        Ok(Setup { identity, version: resource.version_text, findings })
    }
}

impl CheckSetup {
    pub(super) fn check_policies(
        &self,
        console: &Console<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), RouterError> {
        let account = Read::matching("/user", "name", &self.login);
        let Some(accounts) = ask(console, &account, "our account", findings)? else {
            return Ok(());
        };
        let Some(group) = accounts.iter().find_map(|row| row.text("group")) else { return Ok(()) };
        let groups = Read::matching("/user group", "name", &group);
        let Some(groups) = ask(console, &groups, "our group", findings)? else { return Ok(()) };
        let policy = groups.iter().find(|row| row.is("name", &group));
        let Some(policy) = policy.and_then(|row| row.text("policy")) else { return Ok(()) };
        let granted: Vec<&str> = policy.split([',', ';', ' ']).collect();
        let missing: Vec<_> = POLICIES.into_iter().filter(|it| !granted.contains(it)).collect();
        if !missing.is_empty() {
            findings.push(Finding::Broken(format!(
                "the group {group} of our account {} lacks {}: run \
                 `/user group set {group} policy={}`",
                self.login,
                missing.join(" and "),
                all_policies(&granted)
            )));
        }
        Ok(())
    }
}

/// What the group allows now, and what we need besides.
fn all_policies(granted: &[&str]) -> String {
    let kept = granted.iter().copied().filter(|it| !it.is_empty() && !it.starts_with('!'));
    let more = POLICIES.into_iter().filter(|it| !granted.contains(it));
    kept.chain(more).collect::<Vec<_>>().join(",")
}

pub(super) fn check_hotspot(
    console: &Console<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), RouterError> {
    let Some(servers) = ask(console, &Read::all("/ip hotspot"), "the hotspot", findings)? else {
        return Ok(());
    };
    let text = if servers.is_empty() {
        "there is no hotspot server: run `/ip hotspot setup` on the router"
    } else if count_of(console, "[/ip hotspot find disabled=no]")? == Some(0) {
        "every hotspot server is disabled: enable one with `/ip hotspot enable`"
    } else if servers.iter().all(|row| row.flag("invalid") == Some(true)) {
        "every hotspot server is invalid: look at its interface and address pool"
    } else {
        return Ok(());
    };
    findings.push(Finding::Broken(text.to_owned()));
    Ok(())
}

/// Counts rows by a flag, which versions before 7.20 do not show. `None` if they refuse that too.
fn count_of(console: &Console<'_>, found: &'static str) -> Result<Option<u32>, RouterError> {
    let script = Script::default().command(":put [:len ").glue(found).glue("]");
    match console.say(script) {
        Ok(count) => Ok(count.parse().ok()),
        Err(RouterError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Versions without this menu do not lock the hotspot either.
pub(super) fn check_device_mode(
    console: &Console<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), RouterError> {
    let rows = match console.rows(&Read::single("/system device-mode")) {
        Ok(rows) => rows,
        Err(RouterError::Refused { .. } | RouterError::PermissionMissing(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if rows.first().and_then(|row| row.flag("hotspot")) == Some(false) {
        let text = "device-mode forbids the hotspot: run `/system device-mode update \
                    hotspot=yes` on the router, then press its button or cut its power";
        findings.push(Finding::Broken(text.to_owned()));
    }
    Ok(())
}

fn check_version(version: Option<Version>, findings: &mut Vec<Finding>) {
    if version.is_some_and(Version::has_known_holes) {
        let text = "this RouterOS has known holes in its SSH server: upgrade it, and let only \
                    this box reach it with `/ip service set ssh address=`";
        findings.push(Finding::Advice(text.to_owned()));
    }
}

/// Reads, and turns what the router refuses to show into a finding.
pub(super) fn ask(
    console: &Console<'_>,
    read: &Read,
    what: &str,
    findings: &mut Vec<Finding>,
) -> Result<Option<Vec<Row>>, RouterError> {
    match console.rows(read) {
        Ok(rows) => return Ok(Some(rows)),
        Err(error @ RouterError::HotspotMissing(_)) => {
            findings.push(Finding::Broken(error.to_string()));
        }
        Err(RouterError::PermissionMissing(text)) => {
            findings.push(Finding::Advice(format!("we may not look at {what}: {text}")));
        }
        Err(RouterError::Refused { class: Class::Syntax, text }) => {
            findings.push(Finding::Advice(format!("this version cannot show {what}: {text}")));
        }
        Err(error) => return Err(error),
    }
    Ok(None)
}
