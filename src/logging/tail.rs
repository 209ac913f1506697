//! The last lines of a log, read from outside: from the file that is written to and, as far as
//! that does not go back, from those put aside, packed or not.

use super::files::numbered;
use crate::domain::queue::Queue;
use flate2::read::GzDecoder;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

/// Where the log of a queue is; `None` is what belongs to no job.
pub fn log_file(directory: &Path, queue: Option<Queue>) -> PathBuf {
    directory.join(queue.map_or_else(|| "mlango.log".to_owned(), |it| format!("{it}-queue.log")))
}

/// The last `count` lines, the oldest first, and how many bytes of `path` itself they reach to.
/// None, if nothing was ever logged.
pub fn last_lines(path: &Path, count: usize) -> io::Result<(Vec<String>, u64)> {
    let mut bytes = 0;
    let mut lines: VecDeque<String> = VecDeque::new();
    if let Some(file) = open(path)? {
        bytes = file.metadata()?.len();
        lines = last_of(file.take(bytes), count)?;
    }
    for nth in 1.. {
        if count <= lines.len() {
            break;
        }
        let missing = count - lines.len();
        let older = match (open(&numbered(path, nth, ""))?, open(&numbered(path, nth, ".gz"))?) {
            (Some(plain), _) => last_of(plain, missing)?,
            (None, Some(packed)) => last_of(GzDecoder::new(packed), missing)?,
            (None, None) => break,
        };
        older.into_iter().rev().for_each(|line| lines.push_front(line));
    }
    Ok((lines.into(), bytes))
}

pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

fn last_of(from: impl Read, count: usize) -> io::Result<VecDeque<String>> {
    let mut lines = VecDeque::new();
    for line in BufReader::new(from).split(b'\n') {
        if lines.len() == count {
            lines.pop_front();
        }
        lines.push_back(String::from_utf8_lossy(&line?).into_owned());
    }
    Ok(lines)
}

#[test]
fn lines_are_read_back_through_what_was_put_aside() {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::fs;
    use std::io::Write as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.log");
    assert_eq!(last_lines(&path, 5).unwrap(), (Vec::new(), 0));
    fs::write(&path, "5\n6\n").unwrap();
    fs::write(numbered(&path, 1, ""), "3\n4\n").unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"1\n2\n").unwrap();
    fs::write(numbered(&path, 2, ".gz"), packed.finish().unwrap()).unwrap();
    let check = |count, expected: &[&str]| {
        let (lines, bytes) = last_lines(&path, count).unwrap();
        assert_eq!((lines, bytes), (expected.iter().map(|it| (*it).to_owned()).collect(), 4));
    };
    check(1, &["6"]);
    check(3, &["4", "5", "6"]);
    check(5, &["2", "3", "4", "5", "6"]);
    check(9, &["1", "2", "3", "4", "5", "6"]);
}
