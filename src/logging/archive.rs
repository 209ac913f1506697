//! What becomes of log files that were put aside: packed with gzip, and removed when they are too
//! many or together too large.

use super::files::{LogFiles, done_or_absent, give_to_owner_of, numbered};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// As much as this many full sets of one log may be on the disk, of all logs together.
const FULL_SETS_MAX: u64 = 2;
const PACKED: &str = ".gz";

/// A file that was put aside.
struct Aside {
    path: PathBuf,
    nth: usize,
    bytes: u64,
    is_packed: bool,
}

impl LogFiles {
    /// Packs what was put aside and is not packed, and removes what is too much; returns how many
    /// files it packed. Nothing is written where nothing is to be done. Past `deadline` the rest is
    /// left for the next time. Who logs meanwhile does not wait.
    pub fn tend(&self, deadline: Instant) -> io::Result<usize> {
        let mut packed = 0;
        for path in LogFiles::queues().map(|it| self.path(it)) {
            done_or_absent(fs::remove_file(unfinished(&path)))?;
            for aside in self.aside(&path)? {
                if self.options.kept < aside.nth {
                    done_or_absent(fs::remove_file(&aside.path))?;
                } else if !aside.is_packed && Instant::now() < deadline {
                    packed += usize::from(self.pack(&path, &aside)?);
                }
            }
        }
        self.bound()?;
        Ok(packed)
    }

    /// The files put aside of one log.
    fn aside(&self, path: &Path) -> io::Result<Vec<Aside>> {
        let entries = match fs::read_dir(&self.options.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let log = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|it| it.strip_prefix(log.as_str()));
            let Some(number) = number.and_then(|it| it.strip_prefix('.')) else { continue };
            let is_packed = number.ends_with(PACKED);
            let Ok(nth) = number.trim_end_matches(PACKED).parse() else { continue };
            let Ok(metadata) = entry.metadata() else { continue }; // It was moved on just now.
            found.push(Aside { path: entry.path(), nth, bytes: metadata.len(), is_packed });
        }
        Ok(found)
    }

    /// False if it was removed meanwhile.
    fn pack(&self, path: &Path, aside: &Aside) -> io::Result<bool> {
        let mut source = match File::open(&aside.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            opened => opened?,
        };
        let unfinished = unfinished(path);
        let done = pack_into(&mut source, &unfinished, &self.options.directory);
        if let Err(error) = done {
            done_or_absent(fs::remove_file(&unfinished))?;
            return Err(error);
        }
        // Rotation may have moved the source on in the meantime: its number is looked up again.
        let _nobody_rotates = self.open();
        let inode = source.metadata()?.ino();
        let is_source = |it: &Aside| fs::metadata(&it.path).is_ok_and(|it| it.ino() == inode);
        let Some(now_at) = self.aside(path)?.into_iter().find(is_source) else {
            fs::remove_file(&unfinished)?;
            return Ok(false);
        };
        fs::rename(&unfinished, numbered(path, now_at.nth, PACKED))?;
        fs::remove_file(&now_at.path)?;
        Ok(true)
    }

    /// Removes the oldest files until all logs together are no larger than they may be.
    fn bound(&self) -> io::Result<()> {
        let full_set = self.options.file_size.saturating_mul(self.options.kept as u64 + 1);
        let mut left = FULL_SETS_MAX.saturating_mul(full_set);
        let mut all = Vec::new();
        for path in LogFiles::queues().map(|it| self.path(it)) {
            left = left.saturating_sub(fs::metadata(&path).map_or(0, |it| it.len()));
            all.extend(self.aside(&path)?);
        }
        all.sort_by_key(|it| (it.nth, it.bytes));
        for aside in all {
            match left.checked_sub(aside.bytes) {
                Some(less) => left = less,
                None => {
                    left = 0; // Nothing older than what had no room is kept.
                    done_or_absent(fs::remove_file(&aside.path))?;
                }
            }
        }
        Ok(())
    }
}

fn pack_into(source: &mut File, to: &Path, directory: &Path) -> io::Result<()> {
    let target = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(to)?;
    give_to_owner_of(directory, &target)?;
    let mut encoder = GzEncoder::new(target, Compression::default());
    io::copy(source, &mut encoder)?;
    encoder.finish()?.sync_all() // Before its source is removed.
}

/// Where a file is packed to; what an earlier process left half done is there, too.
fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("packing")
}

#[cfg(test)]
mod tests {
    use super::super::FileOptions;
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;
    use std::time::Duration;

    fn files(directory: &Path, file_size: u64, kept: usize) -> LogFiles {
        let directory = directory.join("logs");
        LogFiles::new(FileOptions { directory, file_size, kept })
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn names(directory: &Path) -> Vec<String> {
        let read = fs::read_dir(directory.join("logs")).unwrap();
        let mut names: Vec<_> =
            read.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_put_aside_is_packed_whole() {
        let directory = tempfile::tempdir().unwrap();
        let log = files(directory.path(), 10, 3);
        assert_eq!(log.tend(later()).unwrap(), 0, "there is no directory yet");
        for nth in 1..=3 {
            log.append(None, format!("line{nth}\n").as_bytes());
        }
        assert_eq!(log.tend(Instant::now()).unwrap(), 0, "its time is over");
        assert_eq!(log.tend(later()).unwrap(), 2);
        assert_eq!(names(directory.path()), ["mlango.log", "mlango.log.1.gz", "mlango.log.2.gz"]);
        let packed = File::open(directory.path().join("logs/mlango.log.2.gz")).unwrap();
        let mut text = String::new();
        GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        assert_eq!(text, "line1\n");
        log.append(None, b"line4\n");
        assert_eq!(
            names(directory.path()),
            ["mlango.log", "mlango.log.1", "mlango.log.2.gz", "mlango.log.3.gz"],
            "packed ones move on with the others"
        );
    }

    #[test]
    fn a_tended_directory_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let log = files(directory.path(), 10, 2);
        (0..5).for_each(|_| log.append(None, b"a line\n"));
        log.tend(later()).unwrap();
        let state = || {
            let read = fs::read_dir(directory.path().join("logs")).unwrap();
            let mut state: Vec<_> = read
                .map(|it| it.unwrap().metadata().unwrap())
                .map(|it| (it.ino(), it.ctime(), it.ctime_nsec()))
                .collect();
            state.sort_unstable();
            (state, fs::metadata(directory.path().join("logs")).unwrap().ctime_nsec())
        };
        let before = state();
        log.tend(later()).unwrap();
        assert_eq!(state(), before);
    }

    #[test]
    fn fewer_are_kept_after_the_configuration_says_so_and_left_overs_go() {
        let directory = tempfile::tempdir().unwrap();
        let log = files(directory.path(), 10, 5);
        (0..6).for_each(|_| log.append(None, b"a line\n"));
        fs::write(directory.path().join("logs/mlango.packing"), "half").unwrap();
        fs::write(directory.path().join("logs/mlango.log.notes"), "an operator's own").unwrap();
        files(directory.path(), 10, 1).tend(later()).unwrap();
        assert_eq!(names(directory.path()), ["mlango.log", "mlango.log.1.gz", "mlango.log.notes"]);
    }

    #[test]
    fn all_logs_together_stay_within_bounds() {
        let directory = tempfile::tempdir().unwrap();
        let log = files(directory.path(), 100, 1);
        let mut noise = vec![0; 100];
        for queue in LogFiles::queues() {
            getrandom::fill(&mut noise).unwrap(); // It does not pack well.
            log.append(queue, &noise);
            log.append(queue, b"x\n");
        }
        log.tend(later()).unwrap();
        let read = fs::read_dir(directory.path().join("logs")).unwrap();
        let bytes: u64 = read.map(|it| it.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes <= 2 * 2 * 100, "{bytes} bytes are left");
        assert!(200 < bytes, "not more than needed is removed: {bytes}");
    }
}
