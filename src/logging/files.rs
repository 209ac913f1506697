//! The log files and their rotation: `mlango.log`, then `mlango.log.1`, `.2` and so on, the
//! highest the oldest. A full disk costs lines, never the work they tell of.

use super::tail::log_file;
use crate::domain::queue::Queue;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, Debug)]
pub struct FileOptions {
    /// `logs` in the data directory; made when the first line is written.
    pub directory: PathBuf,
    /// In bytes; a file that would grow past it is rotated first.
    pub file_size: u64,
    /// How many rotated files are kept of each.
    pub kept: usize,
}

/// The open files, by queue; `None` is what belongs to no job.
pub struct LogFiles {
    pub(super) options: FileOptions,
    open: Mutex<Open>,
    dropped: AtomicU64,
}

type Open = BTreeMap<Option<Queue>, OpenFile>;

pub(super) struct OpenFile {
    file: File,
    size: u64,
    /// The last line may be there in part.
    is_cut: bool,
}

impl LogFiles {
    pub fn new(options: FileOptions) -> LogFiles {
        LogFiles { options, open: Mutex::default(), dropped: AtomicU64::new(0) }
    }

    /// How many lines could not be written since the start.
    pub fn dropped_lines(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Puts all files that hold anything aside now, whatever their size, and gives their new
    /// paths, such as `mlango.log.1`. One that is packed afterwards is called `mlango.log.1.gz`.
    pub fn rotate(&self) -> io::Result<Vec<PathBuf>> {
        let mut open = self.open();
        let mut aside = Vec::new();
        for queue in LogFiles::queues() {
            let path = self.path(queue);
            if fs::metadata(&path).is_ok_and(|it| it.len() > 0) {
                open.remove(&queue);
                aside.push(self.put_aside(&path)?);
            }
        }
        Ok(aside)
    }

    /// Adds a whole line to its file, or counts it as dropped.
    pub(super) fn append(&self, queue: Option<Queue>, line: &[u8]) {
        if self.try_append(&mut self.open(), queue, line).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn try_append(&self, open: &mut Open, queue: Option<Queue>, line: &[u8]) -> io::Result<()> {
        let path = self.path(queue);
        let mut log = match open.remove(&queue) {
            Some(log) => log,
            None => open_file(&path)?,
        };
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if 0 < log.size && self.options.file_size < log.size.saturating_add(length) {
            self.put_aside(&path)?;
            log = open_file(&path)?;
        }
        let written = log.append(line);
        open.insert(queue, log);
        written
    }

    /// Moves every older file one number up, the oldest out, and `path` to number 1.
    fn put_aside(&self, path: &Path) -> io::Result<PathBuf> {
        let numbered = |nth: usize, packed: &str| numbered(path, nth, packed);
        for packed in ["", ".gz"] {
            done_or_absent(fs::remove_file(numbered(self.options.kept, packed)))?;
            for nth in (1..self.options.kept).rev() {
                let (from, to) = (numbered(nth, packed), numbered(nth + 1, packed));
                done_or_absent(fs::rename(from, to))?;
            }
        }
        fs::rename(path, numbered(1, ""))?;
        Ok(numbered(1, ""))
    }

    pub(super) fn queues() -> impl Iterator<Item = Option<Queue>> {
        [None].into_iter().chain(Queue::ALL.iter().copied().map(Some))
    }

    pub(super) fn path(&self, queue: Option<Queue>) -> PathBuf {
        log_file(&self.options.directory, queue)
    }

    /// While it is held, nothing is written and nothing put aside.
    pub(super) fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenFile {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        // One call, so that lines of another process do not come in between.
        let whole = if self.is_cut { [b"\n", line].concat() } else { line.to_owned() };
        let written = self.file.write_all(&whole);
        self.is_cut = written.is_err();
        self.size = match &written {
            Ok(()) => self.size + u64::try_from(whole.len()).unwrap_or(0),
            Err(_) => self.file.metadata().map_or(self.size, |it| it.len()),
        };
        written
    }
}

/// The path of a file that was put aside: `packed` is `.gz`, or nothing.
pub(super) fn numbered(path: &Path, nth: usize, packed: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{nth}{packed}"));
    PathBuf::from(name)
}

fn open_file(path: &Path) -> io::Result<OpenFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    if !directory.is_dir() {
        fs::DirBuilder::new().mode(0o750).create(directory)?;
        give_to_owner_of(directory.parent().unwrap_or(Path::new("/")), &File::open(directory)?)?;
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
    give_to_owner_of(directory, &file)?;
    let size = file.metadata()?.len();
    Ok(OpenFile { file, size, is_cut: false })
}

/// Root may be at work in the service's directory, and the service must be able to go on.
pub(super) fn give_to_owner_of(directory: &Path, file: &File) -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        let owner = fs::metadata(directory)?;
        std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

pub(super) fn done_or_absent(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(directory: &Path) -> LogFiles {
        let directory = directory.join("logs");
        LogFiles::new(FileOptions { directory, file_size: 10, kept: 2 })
    }

    fn found(directory: &Path) -> Vec<String> {
        let read = |it: fs::DirEntry| {
            let text = fs::read_to_string(it.path()).unwrap();
            format!("{} {}", it.file_name().display(), text.trim().replace('\n', ","))
        };
        let mut found: Vec<_> =
            fs::read_dir(directory.join("logs")).unwrap().map(|it| read(it.unwrap())).collect();
        found.sort();
        found
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_goes() {
        let directory = tempfile::tempdir().unwrap();
        let log = files(directory.path());
        for nth in 1..=4 {
            log.append(None, format!("line{nth}\n").as_bytes());
        }
        log.append(None, b"longer than a whole file\n");
        let expected =
            ["mlango.log longer than a whole file", "mlango.log.1 line4", "mlango.log.2 line3"];
        assert_eq!(found(directory.path()), expected);
        assert_eq!(log.dropped_lines(), 0);
    }

    #[test]
    fn what_was_there_at_the_start_counts() {
        let directory = tempfile::tempdir().unwrap();
        files(directory.path()).append(Some(Queue::Payments), b"before\n");
        files(directory.path()).append(Some(Queue::Payments), b"now\n");
        files(directory.path()).append(Some(Queue::Payments), b"x\n");
        let expected = ["payments-queue.log now,x", "payments-queue.log.1 before"];
        assert_eq!(found(directory.path()), expected);
    }

    #[test]
    fn rotating_puts_aside_what_holds_anything() {
        let directory = tempfile::tempdir().unwrap();
        let log = files(directory.path());
        log.append(None, b"a\n");
        log.append(Some(Queue::Payments), b"b\n");
        let names = |aside: Vec<PathBuf>| -> Vec<_> {
            aside.iter().map(|it| it.file_name().unwrap().display().to_string()).collect()
        };
        assert_eq!(names(log.rotate().unwrap()), ["mlango.log.1", "payments-queue.log.1"]);
        assert_eq!(names(log.rotate().unwrap()), [""; 0]);
        log.append(None, b"c\n");
        let expected = ["mlango.log c", "mlango.log.1 a", "payments-queue.log.1 b"];
        assert_eq!(found(directory.path()), expected);
        fs::rename(
            directory.path().join("logs/mlango.log.1"),
            directory.path().join("logs/mlango.log.1.gz"),
        )
        .unwrap();
        log.rotate().unwrap();
        let expected = ["mlango.log.1 c", "mlango.log.2.gz a", "payments-queue.log.1 b"];
        assert_eq!(found(directory.path()), expected);
    }

    #[test]
    fn a_line_that_cannot_be_written_is_counted() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("logs"), "a file where the directory should be").unwrap();
        let log = files(directory.path());
        log.append(None, b"lost\n");
        assert_eq!(log.dropped_lines(), 1);
        fs::remove_file(directory.path().join("logs")).unwrap();
        log.append(None, b"kept\n");
        assert_eq!(log.dropped_lines(), 1);
        assert_eq!(found(directory.path()), ["mlango.log kept"]);
    }

    #[test]
    fn a_full_disk_costs_lines_only() {
        let file = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let mut log = OpenFile { file, size: 0, is_cut: false };
        assert!(log.append(b"lost\n").is_err());
        assert!(log.is_cut);
        log.file = tempfile::tempfile().unwrap();
        log.append(b"kept\n").unwrap();
        assert!(!log.is_cut);
        assert_eq!(log.size, 6, "a line end for the line that was cut, and the line");
    }
}
