//! What a running process has for itself in the data directory: the lock, the socket by which
//! others wake it, and the place of its handlers' sockets.

use super::ownership::give_to_owner_of_directory;
use anyhow::{Context as _, bail};
use rustix::fs::FlockOperation;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use tokio::net::UnixDatagram;

/// Held for as long as the appliance runs: two on one database would run every job twice.
pub(super) fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("mlango.lock");
    let is_new = !path.exists();
    let file = File::options().create(true).append(true).mode(0o660).open(&path);
    let file = file.with_context(|| format!("open {}", path.display()))?;
    if is_new {
        hand_over(&path)?;
    }
    if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("a server is running on {} already; stop it first", data_dir.display());
    }
    Ok(file)
}

/// By which commands wake the workers.
pub(super) fn wake_socket(data_dir: &Path) -> anyhow::Result<UnixDatagram> {
    let path = free_wake_path(data_dir)?;
    let socket = UnixDatagram::bind(&path);
    let socket = socket.with_context(|| format!("make {}", path.display()))?;
    hand_over(&path)?;
    Ok(socket)
}

/// Where the socket goes. One left by a process that died is taken out of the way.
pub(super) fn free_wake_path(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let path = data_dir.join("wake.sock");
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| format!("remove the old {}", path.display()));
    }
    Ok(path)
}

/// Where the sockets between guard and handlers are; whoever reaches them goes round the guard.
pub(super) fn make_run_dir(path: &Path) -> anyhow::Result<()> {
    if !path.is_dir() {
        let made = DirBuilder::new().mode(0o700).create(path);
        made.with_context(|| format!("make {}", path.display()))?;
        hand_over(path)?;
    }
    Ok(())
}

fn hand_over(path: &Path) -> anyhow::Result<()> {
    give_to_owner_of_directory(path).with_context(|| format!("give away {}", path.display()))
}
