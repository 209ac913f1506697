//! What the operator configured: one TOML file, read once at the start straight into the types of
//! `domain`. Unknown keys are refused, for a misspelt one must not become a silent default.

mod error;
mod mpesa;
mod password;
mod secret_file;
pub mod secrets;
mod section;
mod sections;
mod sms;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use mpesa::{Mpesa, Overpaid, Unmatched};
pub use password::AdminPassword;
pub use sections::{Admin, Alerts, Backup, Credentials, Http, Log, Portal, Radius, RadiusMode};
pub use sms::{Gateway, HttpGateway, Sms, Success};

use crate::domain::queue::{Queue, QueueSettings};
use crate::domain::time::ClockTrust;
use section::{Section, Source};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// The whole file. What it does not say has the documented default.
#[derive(Debug)]
pub struct Config {
    /// The file it was read from.
    pub origin: PathBuf,
    pub data_dir: PathBuf,
    pub http: Http,
    pub admin: Admin,
    pub portal: Portal,
    pub mpesa: Mpesa,
    pub radius: Radius,
    pub sms: Sms,
    pub credentials: Credentials,
    pub alerts: Alerts,
    pub clock_trust: ClockTrust,
    queues: BTreeMap<Queue, QueueSettings>,
    pub log: Log,
    pub backup: Backup,
}

const KEYS: &[&str] = &[
    "data_dir",
    "http",
    "admin",
    "portal",
    "mpesa",
    "radius",
    "sms",
    "credentials",
    "alerts",
    "clock",
    "queue",
    "log",
    "backup",
];

impl Config {
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => ConfigError::Missing(path.to_owned()),
            _ => ConfigError::Unreadable { path: path.to_owned(), cause },
        })?;
        Config::parse(&text, &path.display().to_string())
    }

    /// All defaults, and no number that customers pay to: enough to look at a callback by.
    pub fn without_file() -> Result<Config, ConfigError> {
        let mut config = Config::parse("mpesa.shortcodes = [\"600638\"]", "no file")?;
        config.mpesa.shortcodes.clear();
        Ok(config)
    }

    /// Reads the text of a file; `origin` is what errors call it.
    pub fn parse(text: &str, origin: &str) -> Result<Config, ConfigError> {
        let source = Source { text, origin };
        let table = DeTable::parse(text).map_err(|error| {
            let line = source.line(error.span().map_or(0, |it| it.start));
            let reason = error.message().replace('\n', ", ");
            ConfigError::Wrong(format!("{origin}: not TOML, line {line}: {reason}"))
        })?;
        let top = Section::top(source, table.get_ref(), KEYS)?;
        let config = Config {
            origin: origin.into(),
            data_dir: top.read("data_dir", "/var/lib/mlango".into(), sections::file)?,
            http: Http::read(&top)?,
            admin: Admin::read(&top)?,
            portal: Portal::read(&top)?,
            mpesa: Mpesa::read(&top)?,
            radius: Radius::read(&top)?,
            sms: Sms::read(&top)?,
            credentials: Credentials::read(&top)?,
            alerts: Alerts::read(&top)?,
            clock_trust: sections::clock_trust(&top)?,
            queues: sections::queues(&top)?,
            log: Log::read(&top)?,
            backup: Backup::read(&top)?,
        };
        if is_one_door(config.http.listen, config.admin.listen) {
            return Err(ConfigError::Wrong(format!(
                "{origin}: [http] listen {} and [admin] listen {} are one door; strangers must not \
                 reach the operator's pages, so give [admin] another port",
                config.http.listen, config.admin.listen
            )));
        }
        Ok(config)
    }

    /// Has `queue` served otherwise than the file says.
    pub fn set_queue(&mut self, queue: Queue, settings: QueueSettings) {
        self.queues.insert(queue, settings);
    }

    /// How `queue` is served.
    pub fn queue(&self, queue: Queue) -> &QueueSettings {
        &self.queues[&queue]
    }

    /// A file the configuration names: what is no whole path is in the data directory.
    pub fn in_data_dir(&self, file: impl AsRef<Path>) -> PathBuf {
        self.data_dir.join(file)
    }
}

/// Whether both addresses cannot be listened on. Port 0 is a new one each time.
fn is_one_door(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() == other.port()
        && one.port() != 0
        && (one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified())
}
