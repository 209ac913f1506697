//! `mlango radius`: the FreeRADIUS beside us.

mod check;
pub(super) mod clients;
mod config;
pub(super) mod probe;

use super::{Task, inside, outside};
use clap::Subcommand;

/// Where the configuration is looked for unless it is said.
pub(super) const DEFAULT_DIR: &str = "/etc/mlango/radius";

#[derive(Debug, Subcommand)]
pub enum Radius {
    /// Write FreeRADIUS's whole configuration for this site
    Config(config::Config),
    /// Log in as a customer would, with a user made for it
    Check(check::Check),
}

impl Radius {
    pub(super) fn task(self) -> Task {
        match self {
            Radius::Config(it) => outside(move |outside| it.run(outside)),
            Radius::Check(it) => inside(move |desk| it.run(desk)),
        }
    }
}
