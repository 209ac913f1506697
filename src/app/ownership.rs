//! Whose the files in the data directory are. Root's command line, the service and FreeRADIUS all
//! work in it, each from an account of its own.

use crate::radius::account;
use rustix::fs::{Gid, Uid};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// FreeRADIUS reads and writes the database from its own account, so both share a group.
const SHARED_GROUP: &str = "freerad";
pub(super) const DIRECTORY_MODE: u32 = 0o2770;
pub(super) const DATABASE_MODE: u32 = 0o660;

/// Lets FreeRADIUS at the data directory and the database in it, where it is installed and we may.
/// The service without the group (see `systemd/mlango.service.d-freerad.conf`) may not, and leaves
/// all as it is; root does it for the service.
pub(super) fn share(data_dir: &Path) -> io::Result<()> {
    let Some(group) = account::group_id(SHARED_GROUP) else { return Ok(()) };
    let before = fs::metadata(data_dir)?.mode() & 0o7777;
    // What others may is the operator's choice: too narrow a mode here could shut out a system.
    share_one(data_dir, group, before | DIRECTORY_MODE)?;
    for name in ["mlango.db", "mlango.db-wal", "mlango.db-shm"] {
        match share_one(&data_dir.join(name), group, DATABASE_MODE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

fn share_one(path: &Path, group: u32, mode: u32) -> io::Result<()> {
    let about = fs::metadata(path)?;
    let change = || {
        if about.gid() != group {
            rustix::fs::chown(path, None, Some(Gid::from_raw(group)))?;
        }
        if about.mode() & 0o7777 != mode {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        io::Result::Ok(())
    };
    match change() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            log::warn!("{} is not shared with group {SHARED_GROUP}", path.display());
            Ok(())
        }
        done => done,
    }
}

/// Gives what root just made to whoever owns the directory it is in: the service must be able to
/// use it when its turn comes.
pub(super) fn give_to_owner_of_directory(path: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let directory = fs::metadata(path.parent().unwrap_or(Path::new("/")))?;
    let (user, group) = (Uid::from_raw(directory.uid()), Gid::from_raw(directory.gid()));
    Ok(rustix::fs::chown(path, Some(user), Some(group))?)
}

/// Only root can give files away, so elsewhere there is only the first half to see.
#[test]
fn what_root_makes_is_the_directory_owners() {
    let directory = tempfile::tempdir().unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let owner = if is_root { 12345 } else { rustix::process::geteuid().as_raw() };
    if is_root {
        rustix::fs::chown(directory.path(), Some(Uid::from_raw(owner)), None).unwrap();
    }
    let path = directory.path().join("mlango.lock");
    fs::write(&path, "").unwrap();
    give_to_owner_of_directory(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().uid(), owner);
}

#[test]
fn a_directory_made_before_is_shared_where_there_is_somebody_to_share_with() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("mlango.db");
    fs::write(&database, "").unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&database, Permissions::from_mode(0o644)).unwrap();
    share(directory.path()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    let is_shared =
        account::group_id(SHARED_GROUP).is_some() && rustix::process::geteuid().is_root();
    let expected = if is_shared { (DIRECTORY_MODE, DATABASE_MODE) } else { (0o700, 0o644) };
    assert_eq!((mode(directory.path()), mode(&database)), expected);
}
