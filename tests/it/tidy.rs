//! The rules of the house, checked: nobody has to remember them.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. A module may name its own files, and the floors below it; two modules of
/// one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["domain"],
    &["store", "config", "mpesa", "sms", "routeros", "radius", "logging", "clock", "vault"],
    &["view"],
    &["job"],
    &["jobs"],
    &["engine", "http", "cli"],
    &["app"],
];

/// Who may name what: a word, and where alone it may stand.
const CONFINED: &[(&str, &[&str])] = &[
    ("tokio", WAITING),
    ("async fn", WAITING),
    ("ssh2::", &["src/routeros/ssh.rs"]),
    ("tiny_http::", &["src/http/server.rs"]),
    ("use ureq", &["src/sms/"]),
    ("SystemTime", &["src/clock.rs"]),
    ("SELECT ", &["src/store/"]),
    ("INSERT INTO ", &["src/store/"]),
    ("UPDATE jobs", &["src/store/"]),
    ("DELETE FROM ", &["src/store/"]),
    ("unsafe ", &["src/clock.rs"]),
    ("exit(", &["src/main.rs"]),
];

/// Where the program waits without a thread.
const WAITING: &[&str] =
    &["src/engine/pool.rs", "src/engine/worker.rs", "src/http/guard/", "src/app/"];

/// Names that say nothing about what is in a file.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "handler"];

#[test]
fn imports_go_down() {
    let floor = |module: &str| FLOORS.iter().position(|it| it.contains(&module));
    let mut seen = 0;
    for (path, text) in sources("src") {
        let module = path.iter().nth(1).unwrap().to_str().unwrap().trim_end_matches(".rs");
        let Some(here) = floor(module) else {
            assert!(["lib", "main"].contains(&module), "{module} is on no floor");
            continue;
        };
        for other in text.split("crate::").skip(1) {
            let other = other.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap();
            let is_below = floor(other).is_some_and(|there| there < here);
            let name = path.display();
            assert!(is_below || other == module, "{name}: {module} must not name {other:?}");
            seen += 1;
        }
    }
    assert!(200 < seen, "only {seen} imports were found: does this test still see them?");
}

#[test]
fn each_thing_has_its_place() {
    for (path, text) in sources("src") {
        let name = path.to_str().unwrap();
        for (word, places) in CONFINED {
            let is_at_home = places.iter().any(|place| name.starts_with(place));
            let line = code(&text).find(|line| line.contains(word));
            assert!(is_at_home || line.is_none(), "{name} must not have {word:?}: {line:?}");
        }
    }
}

#[test]
fn files_are_small_and_lines_short() {
    let folders = ["src", "tests", "sim/src", "sim/tests", "examples", "benches"];
    let mut untidy = Vec::new();
    for (path, text) in folders.into_iter().flat_map(sources) {
        let name = path.display();
        let lines = text.lines().count();
        if 300 < lines {
            untidy.push(format!("{name} has {lines} lines; split it along the noun"));
        }
        if let Some(wide) = text.lines().find(|it| 100 < it.chars().count()) {
            untidy.push(format!("{name} is too wide: {wide}"));
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if EMPTY_NAMES.contains(&stem) {
            untidy.push(format!("{name}: what is in it?"));
        }
    }
    assert!(untidy.is_empty(), "{untidy:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources("src").into_iter().chain(sources("sim/src")) {
        let is_macro = path.ends_with("domain/text_enum.rs");
        assert!(is_macro || text.starts_with("//! "), "{} has no first words", path.display());
    }
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["TO", "FIX"].into_iter().zip(["DO", "ME"]);
    let marks: Vec<String> = marks.map(|(a, b)| format!("{a}{b}")).collect();
    for (path, text) in ["src", "tests", "sim/src"].into_iter().flat_map(sources) {
        let found = marks.iter().find(|mark| text.contains(mark.as_str()));
        assert!(found.is_none(), "{} has a {found:?}", path.display());
    }
}

/// The lines that are code, without those that are comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Every Rust file below a folder, with its text.
fn sources(folder: impl AsRef<Path>) -> Vec<(PathBuf, String)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|it| it.unwrap().path()) {
        if path.is_dir() {
            found.extend(sources(path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}
