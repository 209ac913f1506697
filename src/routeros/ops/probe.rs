//! Asks whether a router answers and would let customers in, and changes nothing.

use super::check_setup::{CheckSetup, Finding, check_device_mode, check_hotspot};
use super::read_system::Resource;
use crate::routeros::{Console, Operation, Read, RouterError};

/// One command. What stands in the way of customers is the answer's error, be it the router's own
/// words or what we find missing.
#[derive(Clone, Copy, Debug)]
pub struct Probe;

/// Looks at what only changes by an operator's hand: device-mode, disabled hotspot servers, the
/// policies of our account. A handful of commands; errors as of [`Probe`].
#[derive(Clone, Debug)]
pub struct Examine {
    /// The account we log in with.
    pub login: String,
}

/// A router that is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    pub identity: String,
    pub resource: Resource,
}

impl Operation for Probe {
    type Answer = Pulse;

    fn run(&self, console: &Console<'_>) -> Result<Pulse, RouterError> {
        let reads = [
            Read::single("/system resource"),
            Read::single("/system identity"),
            Read::all("/ip hotspot"),
        ];
        let tables = console.tables(&reads)?;
        let [resource, identity, servers] = &tables[..] else { return Err(garbled()) };
        let (Some(resource), Some(identity)) = (resource.first(), identity.first()) else {
            return Err(garbled());
        };
        if servers.is_empty() {
            return Err(RouterError::HotspotMissing("there is no hotspot server".to_owned()));
        }
        let identity = identity.text("name").unwrap_or_default();
        Ok(Pulse { identity, resource: Resource::read(resource)? })
    }
}

impl Operation for Examine {
    type Answer = ();

    fn run(&self, console: &Console<'_>) -> Result<(), RouterError> {
        let mut findings = Vec::new();
        check_hotspot(console, &mut findings)?;
        check_device_mode(console, &mut findings)?;
        if let Some(text) = broken(&findings) {
            return Err(RouterError::HotspotMissing(text));
        }
        CheckSetup { login: self.login.clone() }.check_policies(console, &mut findings)?;
        broken(&findings).map_or(Ok(()), |text| Err(RouterError::PermissionMissing(text)))
    }
}

fn broken(findings: &[Finding]) -> Option<String> {
    findings.iter().find_map(|it| match it {
        Finding::Broken(text) => Some(text.clone()),
        Finding::Advice(_) => None,
    })
}

fn garbled() -> RouterError {
    RouterError::Garbled("there is no row where one must be".to_owned())
}
