//! What can be tried of the FreeRADIUS of this machine.

use crate::domain::customer::Username;
use crate::domain::secret::Secret;
use crate::radius::RadiusError;
use crate::radius::client::{self, Login, Method, UdpLink};
use crate::radius::local::Local;
use anyhow::{Context as _, bail};
use std::time::{Duration, Instant};

/// Longer than FreeRADIUS waits for a busy database, and than it delays a refusal.
const PATIENCE: Duration = Duration::from_secs(5);

const ADVICE: &str = "is mlango-radius running? It reads its routers and secrets at its start \
                      only: restart it after `mlango radius config`";

/// Whether it is there and has our secret.
pub(in crate::cli) fn answers(local: &Local) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    client::ping(&UdpLink, local.auth, &local.secret, deadline).context(ADVICE)
}

/// Logs in with the right password.
pub(in crate::cli) fn lets_in(
    local: &Local,
    username: &Username,
    password: &Secret,
    method: Method,
) -> anyhow::Result<()> {
    log_in(local, username, password, method)
        .context("a customer would not get in; see log/auth.log beside its configuration")
}

/// Logs in with what nobody has: refused is right, and shows that the database is read.
pub(in crate::cli) fn refuses(local: &Local, username: &Username) -> anyhow::Result<()> {
    match log_in(local, username, &Secret::new("wr0ng"), Method::Pap) {
        Err(RadiusError::Rejected(_)) => Ok(()),
        Ok(()) => bail!("a wrong password was let in; `mlango radius config` writes it anew"),
        Err(error) => Err(error).context("it answers, but not to logins: it cannot read mlango.db"),
    }
}

fn log_in(
    local: &Local,
    username: &Username,
    password: &Secret,
    method: Method,
) -> Result<(), RadiusError> {
    let login = Login { username: username.as_str(), password, method, device: "" };
    let deadline = Instant::now() + PATIENCE;
    client::log_in(&UdpLink, local.auth, &local.secret, &login, deadline).map(|_| ())
}
