//! Starts that must not succeed, each with one sentence that helps.

use super::kiosk::{Kiosk, Trust};
use super::server::{get, program};
use rusqlite::Connection;
use std::path::Path;

struct Refusal {
    code: Option<i32>,
    text: String,
}

fn refused(config: &Path) -> Refusal {
    let output = program(config).arg("serve").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.trim_end().lines().count(), 1, "one line: {text}");
    Refusal { code: output.status.code(), text }
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let kiosk = Kiosk::new(&[], "");
    let first = kiosk.start(Trust::Token);
    let refusal = refused(&kiosk.config(Trust::Token));
    assert_eq!(refusal.code, Some(1));
    assert!(refusal.text.contains("is running"), "{}", refusal.text);
    assert!(refusal.text.contains("stop it first"), "{}", refusal.text);
    assert!(get(kiosk.http, "/healthz").unwrap().ends_with("ok"), "the first goes on");
    assert!(first.terminate().status.success());
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let kiosk = Kiosk::new(&[], "");
    let conn = Connection::open(kiosk.data_dir().join("mlango.db")).unwrap();
    conn.pragma_update(None, "user_version", 9999).unwrap();
    let refusal = refused(&kiosk.config(Trust::Token));
    assert_eq!(refusal.code, Some(1));
    assert!(refusal.text.contains("9999") && refusal.text.contains("newer"), "{}", refusal.text);
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 9999);
}

#[test]
fn a_key_that_is_misspelt_is_refused_with_its_line() {
    let kiosk = Kiosk::new(&[], "[log]\nlevel = \"debug\"\n");
    let config = kiosk.config(Trust::Token);
    let text = std::fs::read_to_string(&config).unwrap().replace("level =", "levle =");
    std::fs::write(&config, &text).unwrap();
    let line = 1 + text.lines().position(|it| it.starts_with("levle")).unwrap();
    let refusal = refused(&config);
    assert_eq!(refusal.code, Some(2));
    assert!(refusal.text.contains("levle"), "{}", refusal.text);
    assert!(refusal.text.contains(&format!("line {line}")), "{}", refusal.text);
}
