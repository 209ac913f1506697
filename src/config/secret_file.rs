//! Files that hold a secret: who may read them, and how they come to be. Whatever is written here
//! is on the disk, whole, when the function returns, or not there at all.

use super::error::ConfigError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// More than any secret is long; a wrong path must not fill the memory.
const SIZE_LIMIT: u64 = 64 << 10;

/// The text of a secret file, or `None` where there is none.
pub(super) fn read(path: &Path, data_dir: &Path) -> Result<Option<String>, ConfigError> {
    let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let about = file.metadata().map_err(unreadable)?;
    let for_group = about.uid() == 0 && !path.starts_with(data_dir);
    if is_too_open(about.mode(), for_group) {
        return Err(ConfigError::TooOpen {
            path: path.to_owned(),
            mode: about.mode() & 0o7777,
            right: if for_group { "640" } else { "600" },
        });
    }
    let mut text = String::new();
    file.take(SIZE_LIMIT).read_to_string(&mut text).map_err(unreadable)?;
    Ok(Some(text))
}

/// The service reads what root keeps in /etc by its group, so root's files may be for the group;
/// its own need not be, and in the data directory that group is FreeRADIUS's.
fn is_too_open(mode: u32, for_group: bool) -> bool {
    mode & 0o027 != 0 || (mode & 0o040 != 0 && !for_group)
}

/// Makes the file unless there is one by now, perhaps by another process.
pub(super) fn create(path: &Path, text: &str) -> Result<(), ConfigError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    write(path, text, |new| match renameat_with(CWD, new, CWD, path, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::EXIST) => fs::remove_file(new),
        done => Ok(done?),
    })
}

/// Makes the file, in place of the one that may be there.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), ConfigError> {
    write(path, text, |new| fs::rename(new, path))
}

/// Removes the file, if it is there, for good.
pub(super) fn remove(path: &Path) -> Result<(), ConfigError> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.and_then(|()| sync_directory(path)),
    };
    removed.map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })
}

fn write(
    path: &Path,
    text: &str,
    move_in: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), ConfigError> {
    let new = beside(path);
    let written = write_new(&new, text).and_then(|()| move_in(&new));
    if written.is_err() {
        let _ = fs::remove_file(&new); // What went wrong is told below.
    }
    written
        .and_then(|()| sync_directory(path))
        .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })
}

/// A name that no other process takes at the same time.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let _ = fs::remove_file(path); // Left by a process of the same number that was cut off.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if rustix::process::geteuid().is_root() {
        // Root's command line works in the service's directory, and the service must read this.
        let directory = fs::metadata(directory_of(path))?;
        fchown(&file, Some(directory.uid()), Some(directory.gid()))?;
    }
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[test]
fn what_others_may_read_is_too_open() {
    for (mode, for_group, expected) in [
        (0o100_600, false, false),
        (0o100_400, true, false),
        (0o100_640, true, false),
        (0o100_640, false, true),
        (0o100_604, false, true),
        (0o100_644, true, true),
        (0o100_660, true, true),
    ] {
        assert_eq!(is_too_open(mode, for_group), expected, "{mode:o} {for_group}");
    }
}

#[test]
fn a_file_is_made_once_and_replaced_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.token");
    assert_eq!(read(&path, directory.path()).unwrap(), None);
    create(&path, "first").unwrap();
    create(&path, "second").unwrap();
    assert_eq!(read(&path, directory.path()).unwrap().as_deref(), Some("first\n"));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    replace(&path, "third").unwrap();
    assert_eq!(read(&path, directory.path()).unwrap().as_deref(), Some("third\n"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    remove(&path).unwrap();
    remove(&path).unwrap();
    assert_eq!(read(&path, directory.path()).unwrap(), None);
}
