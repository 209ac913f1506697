//! A log as it grows, over rotations: the kernel says when there is more, so nobody polls.

use super::tail::open;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub struct Follower {
    path: PathBuf,
    watch: OwnedFd,
    /// `None` while the log is not there, as just after a rotation.
    file: Option<File>,
    /// A line whose end is not written yet.
    begun: Vec<u8>,
}

impl Follower {
    /// Follows the log from byte `from` on. Its directory must be there.
    pub fn new(path: &Path, from: u64) -> io::Result<Follower> {
        let watch = inotify::init(CreateFlags::CLOEXEC)?;
        let directory = path.parent().unwrap_or(Path::new("."));
        let flags = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
        inotify::add_watch(&watch, directory, flags)?;
        let mut file = open(path)?;
        if let Some(file) = &mut file {
            file.seek(SeekFrom::Start(from))?;
        }
        Ok(Follower { path: path.to_owned(), watch, file, begun: Vec::new() })
    }

    /// Waits until there are more lines, and returns them.
    pub fn next_lines(&mut self) -> io::Result<Vec<String>> {
        loop {
            // First look, then wait: what came before the watch was set is not missed.
            let lines = self.fresh()?;
            if !lines.is_empty() {
                return Ok(lines);
            }
            let mut buffer = [MaybeUninit::uninit(); 4096];
            inotify::Reader::new(&self.watch, &mut buffer).next()?;
        }
    }

    fn fresh(&mut self) -> io::Result<Vec<String>> {
        let mut bytes = std::mem::take(&mut self.begun);
        if let Some(file) = &mut self.file {
            file.read_to_end(&mut bytes)?;
        }
        if self.is_moved()? {
            // The old file may have grown between the two looks: its end first.
            if let Some(mut old) = self.file.take() {
                old.read_to_end(&mut bytes)?;
            }
            self.file = open(&self.path)?;
            if let Some(file) = &mut self.file {
                file.read_to_end(&mut bytes)?;
            }
        }
        let end = bytes.iter().rposition(|&it| it == b'\n').map_or(0, |it| it + 1);
        self.begun = bytes.split_off(end);
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Whether another file is under the name now. One that is not there yet is waited for.
    fn is_moved(&self) -> io::Result<bool> {
        let Some(now) = open(&self.path)? else { return Ok(false) };
        let Some(file) = &self.file else { return Ok(true) };
        Ok(now.metadata()?.ino() != file.metadata()?.ino())
    }
}

#[test]
fn lines_are_followed_over_rotations() {
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.log");
    let append = |path: &Path, text: &str| {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.unwrap().write_all(text.as_bytes()).unwrap();
    };
    append(&path, "old\n");
    let mut follower = Follower::new(&path, 4).unwrap();
    append(&path, "1\n2\nhal");
    assert_eq!(follower.next_lines().unwrap(), ["1", "2"]);
    append(&path, "f\n");
    assert_eq!(follower.next_lines().unwrap(), ["half"]);
    let aside = directory.path().join("x.log.1");
    append(&path, "last\n");
    fs::rename(&path, &aside).unwrap();
    append(&path, "first\n");
    assert_eq!(follower.next_lines().unwrap(), ["last", "first"]);
    fs::rename(&path, &aside).unwrap();
    append(&aside, "late\n");
    assert_eq!(follower.next_lines().unwrap(), ["late"]);
    append(&path, "again\n");
    assert_eq!(follower.next_lines().unwrap(), ["again"]);
}
