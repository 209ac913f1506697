//! Writes a configuration to disk, so that FreeRADIUS may read it and nobody else.

use super::account::group_id;
use super::site::File;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::Path;

/// Writes `files` under `dir`, each of them whole or not at all, and makes the directories that
/// FreeRADIUS writes to. If we are root, everything is handed to `group`.
pub fn write(dir: &Path, files: &[File], group: Option<&str>) -> io::Result<()> {
    let gid = group.filter(|_| rustix::process::geteuid().is_root()).and_then(group_id);
    make_dir(dir, 0o750, gid)?;
    make_dir(&dir.join("run"), 0o770, gid)?;
    make_dir(&dir.join("log"), 0o770, gid)?;
    for file in files {
        replace(&dir.join(file.path), file, gid)?;
    }
    fs::File::open(dir)?.sync_all()
}

fn make_dir(dir: &Path, mode: u32, gid: Option<u32>) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    if gid.is_some() {
        chown(dir, None, gid)?;
    }
    fs::set_permissions(dir, Permissions::from_mode(mode)) // Whatever the umask.
}

fn replace(path: &Path, file: &File, gid: Option<u32>) -> io::Result<()> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    out.write_all(file.contents.as_bytes())?;
    if gid.is_some() {
        chown(&new, None, gid)?;
    }
    out.set_permissions(Permissions::from_mode(file.mode))?;
    out.sync_all()?;
    fs::rename(&new, path)
}

#[test]
fn files_are_replaced_and_private() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("radius");
    let file =
        |contents: &str| File { path: "clients.conf", contents: contents.to_owned(), mode: 0o640 };
    write(&dir, &[file("one")], None).unwrap();
    write(&dir, &[file("two")], None).unwrap();
    assert_eq!(fs::read_to_string(dir.join("clients.conf")).unwrap(), "two");
    let mode = |name: &str| fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("clients.conf"), mode("."), mode("log")), (0o640, 0o750, 0o770));
    let mut names: Vec<_> = fs::read_dir(&dir).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["clients.conf", "log", "run"]);
}
