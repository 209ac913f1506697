//! Talking to MikroTik routers: pure on both sides of the wire, and one wire, SSH.
//!
//! RouterOS exits 0 after a refusal and prints it where an answer belongs. So every command ends
//! by printing a seal of its own, and nothing is believed that does not end in it.

mod dial;
mod error;
mod fingerprint;
mod frame;
mod link;
mod live;
mod nonce;
pub mod ops;
#[cfg(test)]
mod played;
pub mod prepare;
mod read;
mod refusal;
mod row;
mod script;
mod ssh;
#[cfg(test)]
mod transcripts;
pub mod value;

pub use error::RouterError;
pub use link::{Login, RouterAccess, RouterBook, SshLink};
pub use live::{Figures, LiveRouters};
pub use read::Read;
pub use refusal::Class;
pub use row::Row;
pub use script::{CommandLine, ItemId, Script, Value};

use crate::domain::ids::RouterId;
use error::redact;
use nonce::Nonce;
use std::slice;
use std::time::Instant;

/// All a router said in answer to one line.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Zero says nothing: RouterOS also ends refusals with it.
    pub exit_status: i32,
}

/// The wire to the routers: a line goes in, bytes come out. SSH, or a fake in tests.
pub trait RouterLink: Send + Sync {
    /// # Errors
    /// `Unreachable` and the like while nothing was sent, `Incomplete` from then on.
    fn exec(
        &self,
        router: RouterId,
        line: &CommandLine,
        deadline: Instant,
    ) -> Result<Reply, RouterError>;

    /// Shuts the connection to a router down under the operation that uses it, which then ends
    /// with an error. For the watchdog, from any thread.
    fn cut(&self, _router: RouterId) {}
}

/// One thing a router can be asked or told.
pub trait Operation {
    type Answer;

    fn run(&self, console: &Console<'_>) -> Result<Self::Answer, RouterError>;
}

/// Asks a router for `op`. All its exchanges together end by `deadline`.
pub fn perform<O: Operation>(
    link: &dyn RouterLink,
    router: RouterId,
    op: &O,
    deadline: Instant,
) -> Result<O::Answer, RouterError> {
    op.run(&Console { link, router, deadline })
}

/// One router, for the time of one operation.
pub struct Console<'a> {
    link: &'a dyn RouterLink,
    router: RouterId,
    deadline: Instant,
}

impl Console<'_> {
    /// Reads rows; see [`Console::tables`].
    pub fn rows(&self, read: &Read) -> Result<Vec<Row>, RouterError> {
        Ok(self.tables(slice::from_ref(read))?.swap_remove(0))
    }

    /// Reads several tables, or parts of them, with one command: a router's answer takes as long
    /// for one as for three. A row that vanishes meanwhile stops the router short, so it is asked
    /// once more.
    pub fn tables(&self, reads: &[Read]) -> Result<Vec<Vec<Row>>, RouterError> {
        match self.tables_after(Script::default(), reads) {
            Err(RouterError::NotFound(_)) => self.tables_after(Script::default(), reads),
            result => result,
        }
    }

    /// Carries out `change`, which must print nothing, and reads what has become of it.
    pub fn read_after(&self, change: Script, read: &Read) -> Result<Vec<Row>, RouterError> {
        Ok(self.tables_after(change, slice::from_ref(read))?.swap_remove(0))
    }

    fn tables_after(&self, change: Script, reads: &[Read]) -> Result<Vec<Vec<Row>>, RouterError> {
        let nonce = Nonce::random();
        let turns = reads.iter().enumerate();
        let script = turns.fold(change, |line, (turn, read)| read.script(line, &nonce, turn));
        let reply = self.exec(script)?;
        let tables = frame::parse(&reply.stdout, &nonce, reads.len())?;
        reply.confirm(tables)
    }

    /// Carries out `script` and returns what it printed.
    pub fn say(&self, script: Script) -> Result<String, RouterError> {
        let nonce = Nonce::random();
        let sealed = script.command(":put \"").mark('Z', &nonce).glue("\"");
        let reply = self.exec(sealed)?;
        let answer = frame::unseal(&reply.stdout, &nonce);
        let answer = answer.ok_or_else(|| frame::failure(&reply.stdout))?;
        reply.confirm(String::from_utf8_lossy(answer).into_owned())
    }

    fn exec(&self, script: Script) -> Result<Reply, RouterError> {
        let reply = self.link.exec(self.router, &script.finish()?, self.deadline)?;
        if reply.stderr.trim_ascii().is_empty() {
            Ok(reply)
        } else {
            Err(RouterError::from_text(&String::from_utf8_lossy(&reply.stderr)))
        }
    }
}

impl Reply {
    /// An answer that reads well, but whose exit status says otherwise, is none.
    fn confirm<T>(&self, answer: T) -> Result<T, RouterError> {
        match self.exit_status {
            0 => Ok(answer),
            status => Err(RouterError::from_text(&format!("failure: exit status {status}"))),
        }
    }
}
