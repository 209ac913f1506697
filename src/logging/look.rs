//! What the log files hold, for those who look for trouble.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// So much of the end of a file is read.
const TAIL_BYTES: u64 = 256 << 10;
/// So many lines are kept of it.
const ERRORS_KEPT: usize = 10;

/// One log, with what was put aside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Such as `payments-queue.log`.
    pub name: String,
    /// In all its files.
    pub bytes: u64,
    /// The last lines that tell of an error, the newest last.
    pub errors: Vec<String>,
}

/// All logs in the directory, by name. There are none before the first line is written.
pub fn look(directory: &Path) -> io::Result<Vec<FileFacts>> {
    let mut found: BTreeMap<String, FileFacts> = BTreeMap::new();
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Such as `mlango.log.2.gz`.
        let Some((stem, rest)) = name.split_once(".log") else { continue };
        let facts = found.entry(stem.to_owned()).or_default();
        facts.name = format!("{stem}.log");
        facts.bytes += entry.metadata()?.len();
        if rest.is_empty() {
            facts.errors = errors(&entry.path())?;
        }
    }
    Ok(found.into_values().collect())
}

fn errors(path: &Path) -> io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    let text = String::from_utf8_lossy(&tail);
    let is_error = |line: &&str| line.split(' ').nth(1) == Some("ERROR");
    let errors: Vec<_> = text.lines().filter(is_error).map(str::to_owned).collect();
    Ok(errors[errors.len().saturating_sub(ERRORS_KEPT)..].to_vec())
}

#[test]
fn errors_are_told_from_lines_that_speak_of_them() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(look(&dir.path().join("none")).unwrap(), []);
    let lines = "2026-11-22T11:05:09Z INFO no ERROR here\n~1970-01-01T00:00:09Z ERROR a job=1\n\
                 2026-11-22T11:05:10Z ERROR b\n";
    fs::write(dir.path().join("payments-queue.log"), lines).unwrap();
    fs::write(dir.path().join("payments-queue.log.1.gz"), [0; 100]).unwrap();
    let [facts] = &look(dir.path()).unwrap()[..] else { panic!("one log") };
    assert_eq!(
        (facts.name.as_str(), facts.bytes),
        ("payments-queue.log", lines.len() as u64 + 100)
    );
    assert_eq!(
        facts.errors,
        ["~1970-01-01T00:00:09Z ERROR a job=1", "2026-11-22T11:05:10Z ERROR b"]
    );
}
