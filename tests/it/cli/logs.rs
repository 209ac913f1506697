//! `mlango logs`

use super::Shop;
use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

fn append(shop: &Shop, name: &str, text: &str) {
    let directory = shop.data_dir().join("logs");
    fs::create_dir_all(&directory).unwrap();
    let file = OpenOptions::new().create(true).append(true).open(directory.join(name));
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn the_last_lines_are_shown() {
    let shop = Shop::new();
    let err = shop.refused(&["logs"]);
    assert!(err.contains("`mlango serve`") && !shop.data_dir().exists(), "{err}");
    append(&shop, "mlango.log", "~1970-01-01T00:00:09Z WARN one\n2026-11-22T11:05:09Z INFO two\n");
    append(&shop, "payments-queue.log", "2026-11-22T11:05:09Z INFO paid job=17\n");
    assert_eq!(shop.done(&["logs", "-n", "1"]), "2026-11-22T11:05:09Z INFO two\n");
    assert!(shop.done(&["logs", "payments"]).contains("paid job=17"));
    let lines = shop.json(&["logs"]);
    assert_eq!(lines[0]["trusted"], false);
    assert_eq!(lines[1]["text"], "two");
    assert_eq!(shop.run(&["logs", "nowhere"]).code, 2);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start the program")]
fn what_is_logged_meanwhile_is_followed() {
    let shop = Shop::new();
    append(&shop, "mlango.log", "2026-11-22T11:05:09Z INFO one\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlango"))
        .args(["logs", "-f"])
        .env("MLANGO_CONFIG", shop.dir.path().join("mlango.toml"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().ends_with("one"));
    append(&shop, "mlango.log", "2026-11-22T11:05:10Z INFO two\n");
    assert!(next().ends_with("two"));
    let logs = shop.data_dir().join("logs");
    fs::rename(logs.join("mlango.log"), logs.join("mlango.log.1")).unwrap();
    append(&shop, "mlango.log", "2026-11-22T11:05:11Z INFO three\n");
    assert!(next().ends_with("three"));
    child.kill().unwrap();
    child.wait().unwrap();
}
