//! Plays written-down exchanges through the readers and compares what comes of them. They lie
//! outside the source tree, under the directory that `MLANGO_CASES` names.

use super::frame;
use super::nonce::Nonce;
use super::value::{Version, parse_size, parse_span};
use super::{Read, RouterError, Row, Script};
use serde_json::Value;
use std::path::{Path, PathBuf};

struct Transcript {
    command: String,
    channel: String,
    stdout: Vec<u8>,
    expected: Value,
}

fn load(path: &Path) -> Transcript {
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once("---8<--- stdout\n").unwrap();
    let (stdout, _) = rest.split_once("---8<--- stderr\n").unwrap();
    let header = |key: &str| {
        let prefix = format!("#: {key}=");
        head.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap().to_owned()
    };
    let stdout = match header("final-eol").as_str() {
        "no" => stdout.strip_suffix('\n').unwrap(),
        _ => stdout,
    };
    let stdout = match header("wire-eol").as_str() {
        "crlf" => stdout.replace('\n', "\r\n"),
        _ => stdout.to_owned(),
    };
    let expected = std::fs::read_to_string(path.with_extension("expect.json")).unwrap();
    Transcript {
        command: header("command"),
        channel: header("channel"),
        stdout: stdout.into_bytes(),
        expected: serde_json::from_str(&expected).unwrap(),
    }
}

fn nonce_of(command: &str) -> Nonce {
    let after = &command[command.rfind("\"Z").unwrap() + 2..];
    Nonce::known(after.split(['"', ' ']).next().unwrap())
}

fn class_of(error: &RouterError) -> &'static str {
    match error {
        RouterError::Incomplete(_) => "incomplete",
        RouterError::Garbled(_) => "framing",
        RouterError::NotFound(_) => "not-found",
        RouterError::Conflict(_) => "conflict",
        RouterError::PermissionMissing(_) => "permission",
        RouterError::HotspotMissing(_) => "device-mode",
        RouterError::Refused { class, .. } => class.as_str(),
        other => panic!("{other:?}"),
    }
}

fn check_rows(rows: &[Row], expected: &Value) {
    let expected = expected["records"].as_array().unwrap();
    assert_eq!(rows.len(), expected.len());
    for (row, wanted) in rows.iter().zip(expected) {
        let wanted = wanted.as_object().unwrap();
        for (key, value) in wanted {
            assert!(row.is(key, value.as_str().unwrap()), "{key}: {row:?}");
        }
        assert_eq!(row.len(), wanted.len());
    }
}

fn check(transcript: &Transcript) {
    let Transcript { command, channel, stdout, expected } = transcript;
    if channel == "pty" {
        return check_spellings(expected);
    }
    let nonce = nonce_of(command);
    let is_framed = command.contains("K \" . $k");
    let result = if is_framed {
        frame::parse(stdout, &nonce, 1).map(|tables| check_rows(&tables[0], expected))
    } else {
        let answer = frame::unseal(stdout, &nonce).ok_or_else(|| frame::failure(stdout));
        answer.map(|answer| check_answer(str::from_utf8(answer).unwrap(), expected))
    };
    match result {
        Ok(()) => assert_eq!(expected["ok"], true),
        Err(error) => {
            assert_eq!(expected["class"], class_of(&error), "{error:?}");
            let message = expected["message"].as_str().unwrap_or_default();
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}

fn check_answer(answer: &str, expected: &Value) {
    if let Some(id) = expected["ret"].as_str() {
        assert_eq!(answer, id);
        return;
    }
    let records: Value = serde_json::from_str(answer).unwrap();
    let records = if records.is_array() { records } else { Value::Array(vec![records]) };
    assert_eq!(records, expected["records"]);
}

/// Tables for people are never read, but the values in them are spelled like those we do read.
fn check_spellings(expected: &Value) {
    let text = |key: &str| expected["records"][0][key].as_str().unwrap();
    let part = |at: usize| u32::try_from(expected["version"][at].as_u64().unwrap()).unwrap();
    assert_eq!(Version::parse(text("version")), Some(Version::release(part(0), part(1), part(2))));
    assert_eq!(parse_span(text("uptime")).unwrap().as_secs(), expected["uptime_seconds"]);
    assert_eq!(parse_size(text("free-memory")).unwrap(), expected["free_memory_bytes"]);
}

#[test]
fn transcripts_are_understood() {
    let Some(dir) = std::env::var_os("MLANGO_CASES") else { return };
    let dir = Path::new(&dir).join("routeros/transcripts");
    let files = std::fs::read_dir(dir).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|it| it.extension().is_some_and(|it| it == "txt")).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let result = std::panic::catch_unwind(|| check(&load(&path)));
        assert!(result.is_ok(), "{}", path.display());
    }
}

#[test]
fn our_questions_are_those_of_the_transcripts() {
    let line = |read: Read, nonce: &str| {
        let script = read.script(Script::default(), &Nonce::known(nonce), 0);
        script.finish().unwrap().as_str().to_owned()
    };
    let user = Read::matching("/ip hotspot user", "name", "nobody1");
    let list = line(user, "2b6d03");
    assert_eq!(
        list,
        ":local n 0; :foreach r in=[/ip hotspot user print detail as-value where \
         name=\"nobody1\"] do={:put \"R2b6d03\"; :foreach k,v in=$r do={:local s [:tostr $v]; \
         :put (\"K \" . $k . \" \" . [:len $s] . \" \" . $s)}; :put \"E2b6d03\"; \
         :set n ($n+1)}; :put (\"Z2b6d03 \" . $n)"
    );
    let single = line(Read::single("/system resource"), "0d9e44");
    let Some(dir) = std::env::var_os("MLANGO_CASES") else { return };
    let command =
        |name: &str| load(&Path::new(&dir).join("routeros/transcripts").join(name)).command;
    assert_eq!(list, command("18-framed-empty.txt"));
    assert_eq!(single, command("22-framed-singleton.txt"));
}
