//! The data directory, opened.

use super::{StoredRouters, ownership, sms_gateway};
use crate::clock::{self, SystemClock};
use crate::config::{Config, secrets};
use crate::domain::queue::Queues;
use crate::domain::time::Clock;
use crate::job::World;
use crate::logging::{FileOptions, LogFiles};
use crate::radius::client::UdpLink;
use crate::routeros::SshLink;
use crate::store::{self, Boot, Store, look};
use crate::vault::Vault;
use anyhow::Context as _;
use rustix::fs::{Mode, OFlags};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;

/// What every command works with: the configuration, the database, and the wires to the world.
pub struct Site {
    pub config: Arc<Config>,
    pub store: Arc<Store>,
    pub vault: Arc<Vault>,
    pub world: Arc<World>,
    pub clock: Arc<dyn Clock>,
    /// The routers' wire itself, for what only SSH has: warm sessions to keep and to cut.
    pub routers: Arc<SshLink>,
}

impl Site {
    /// Opens the data directory, and makes it and what belongs in it where they are missing.
    pub fn open(config: Config) -> anyhow::Result<Site> {
        make_data_dir(&config.data_dir)
            .with_context(|| format!("make the data directory {}", config.data_dir.display()))?;
        let path = config.data_dir.join("mlango.db");
        refuse_others(&path)?;
        secrets::create_missing(&config)?;
        let vault = Arc::new(Vault::new(&secrets::vault_key(&config)?)?);
        make_database_file(&path).with_context(|| format!("make {}", path.display()))?;
        ownership::share(&config.data_dir)
            .with_context(|| format!("share {}", config.data_dir.display()))?;
        let trust = config.clock_trust;
        let mut clock = None;
        let store = Store::open(&path, &boot()?, |base| {
            let system: Arc<dyn Clock> =
                Arc::new(SystemClock::new(base.engine, base.trusted_wall, trust));
            clock = Some(system.clone());
            system
        })
        .with_context(|| format!("open {}", path.display()))?;
        let clock = clock.context("the store did not ask for a clock")?;
        let store = Arc::new(store);
        let book = StoredRouters { store: store.clone(), vault: vault.clone() };
        let routers = Arc::new(SshLink::new(Arc::new(book)));
        let sms = sms_gateway(&config)?;
        let config = Arc::new(config);
        let logs = Arc::new(log_files(&config));
        let world = World {
            config: config.clone(),
            routers: routers.clone(),
            sms,
            logs,
            radius: Arc::new(UdpLink),
            vault: vault.clone(),
            live: Arc::default(),
        };
        Ok(Site { config, store, vault, world: Arc::new(world), clock, routers })
    }
}

/// A database that is not for this program is told of before anything is made beside it. What else
/// may be wrong with it, opening it says.
fn refuse_others(path: &Path) -> anyhow::Result<()> {
    match look::look(path) {
        Err(error @ (store::Error::Foreign(_) | store::Error::Newer { .. })) => {
            Err(error).with_context(|| format!("open {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Nothing is opened before something is logged to them.
fn log_files(config: &Config) -> LogFiles {
    LogFiles::new(FileOptions {
        directory: config.data_dir.join("logs"),
        file_size: config.log.file_size,
        kept: config.log.files,
    })
}

/// The running kernel.
pub fn boot() -> anyhow::Result<Boot> {
    let path = "/proc/sys/kernel/random/boot_id";
    let id = std::fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    Ok(Boot { id: id.trim().to_owned(), uptime_ms: clock::steady_ms() })
}

fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o750).create(path)?;
    let mode = std::fs::Permissions::from_mode(ownership::DIRECTORY_MODE);
    Ok(std::fs::set_permissions(path, mode)?)
}

/// Made before SQLite would make it, so that it and the log beside it have the right mode.
fn make_database_file(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::from_raw_mode(ownership::DATABASE_MODE))?;
    let mode = std::fs::Permissions::from_mode(ownership::DATABASE_MODE);
    std::fs::set_permissions(path, mode)?;
    Ok(ownership::give_to_owner_of_directory(path)?)
}

impl Site {
    /// Has a running server look for work after each commit of this process, which is not it.
    pub fn wake_server_on_commit(&self) {
        let path = self.config.data_dir.join("wake.sock");
        self.store.on_commit(move |queues| {
            if queues == Queues::default() {
                return;
            }
            let message = [u8::from(queues.wants_restart())];
            let sent = UnixDatagram::unbound().and_then(|it| it.send_to(&message, &path));
            if let Err(error) = sent {
                log::debug!("no server was woken: {error}"); // None runs, most likely.
            }
        });
    }
}
