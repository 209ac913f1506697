//! The command line: one command a file, each a struct of arguments and a `run`.

use crate::config::Config;
use crate::job::World;
use crate::routeros::SshLink;
use crate::store::Store;
use crate::vault::Vault;
use std::io::Write;
use std::sync::Arc;

/// What a command works with.
pub struct Desk<'a> {
    pub config: &'a Config,
    pub store: &'a Arc<Store>,
    pub vault: &'a Vault,
    pub world: &'a Arc<World>,
    pub routers: &'a SshLink,
    /// Where the answer goes; errors are returned.
    pub out: &'a mut dyn Write,
    pub shape: Shape,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// For people.
    Table,
    /// For programs: `--json`.
    Json,
}
