//! Manners a router may have that mean nothing: a sale goes through whatever they are.

use super::peers::{Asked, Fields, Stage, ended, said};
use super::users::wanted;
use mlango::routeros::ops::{Change, ReadIdentity};
use mlango_sim::Act;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn fields(all: &[(&'static str, &str)]) -> Fields {
    all.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

/// As the manual's examples have them.
fn profile() -> Fields {
    fields(&[(".id", "*1"), ("name", "mlango-day"), ("rate-limit", ""), ("shared-users", "1")])
}

fn user() -> Fields {
    fields(&[
        (".id", "*3F"),
        ("bytes-in", "0"),
        ("bytes-out", "0"),
        ("comment", "mlango sub=67 rev=1"),
        ("disabled", "false"),
        ("limit-bytes-total", "5368709120"),
        ("limit-uptime", "01:00:00"),
        ("name", "k7m2p9"),
        ("password", "w4t8"),
        ("profile", "mlango-day"),
        ("server", "all"),
        ("uptime", "00:00:00"),
    ])
}

fn with(mut row: Fields, changes: &[(&'static str, &str)]) -> Fields {
    for (key, value) in changes {
        row.retain(|(name, _)| name != key);
        row.push((*key, (*value).to_owned()));
    }
    row
}

fn without(mut row: Fields, key: &str) -> Fields {
    row.retain(|(name, _)| *name != key);
    row
}

/// Sells on a router that has no such user before the first write, and these rows after it. `say`
/// turns an answer, with lines ending in LF, into what goes over the wire.
fn sells_with(
    what: &str,
    rows: Vec<Fields>,
    profiles: Vec<Fields>,
    say: impl Fn(String) -> Vec<Act> + Send + Sync + 'static,
) {
    let is_made = AtomicBool::new(false);
    let stage = Stage::greeting(Some("Property of a cyber cafe\r\n"), move |line| {
        let asked = Asked::of(line);
        is_made.fetch_or(asked.is_write, Ordering::SeqCst);
        say(asked.answer(|table| match table {
            it if it.contains("user profile") => profiles.clone(),
            it if it.contains("disabled=yes") => Vec::new(),
            _ if is_made.load(Ordering::SeqCst) => rows.clone(),
            _ => Vec::new(),
        }))
    });
    let made = stage.perform(&wanted()).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(made.change, Change::Created, "{what}");
    assert_eq!(stage.perform(&wanted()).unwrap().change, Change::None, "{what}");
}

fn sells_saying(what: &str, say: impl Fn(String) -> Vec<Act> + Send + Sync + 'static) {
    sells_with(what, vec![user()], vec![profile()], say);
}

fn sells_rows(what: &str, rows: Vec<Fields>) {
    sells_with(what, rows, vec![profile()], |text| said(text.replace('\n', "\r\n")));
}

/// Puts `between` around every line.
fn mixed(text: &str, between: &str) -> String {
    let lines = text.lines().map(|line| format!("{line}\n{between}"));
    let all = format!("{between}{}", lines.collect::<String>());
    // Behind the last seal nothing may come but empty lines.
    all.strip_suffix(between).unwrap_or(&all).to_owned()
}

#[test]
fn lines_end_and_packets_split_anywhere() {
    sells_saying("LF", said);
    sells_saying("CR LF", |text| said(text.replace('\n', "\r\n")));
    for size in [1, 7, 64] {
        sells_saying("packets", move |text| {
            let text = text.replace('\n', "\r\n").into_bytes();
            ended(text.chunks(size).map(|it| Act::Out(it.to_vec())).collect())
        });
    }
    sells_saying("a pause in the middle", |text| {
        let (head, tail) = text.split_at(text.len() / 2);
        let pause = Act::Pause(Duration::from_millis(300));
        ended(vec![Act::Out(head.into()), pause, Act::Out(tail.into())])
    });
    sells_saying("no end of the last line", |text| said(text.trim_end().to_owned()));
}

#[test]
fn channels_end_in_any_order() {
    let tell =
        |end: &'static [Act]| move |text: String| [&[Act::Out(text.into())][..], end].concat();
    sells_saying("no exit status", tell(&[Act::Eof, Act::Close]));
    sells_saying("no end of file", tell(&[Act::Exit(0), Act::Close]));
    sells_saying("only closed", tell(&[Act::Close]));
    sells_saying("a status behind the end of file", tell(&[Act::Eof, Act::Exit(0), Act::Close]));
    sells_saying("never closed", tell(&[Act::Exit(0), Act::Eof]));
    sells_saying("a status before the answer", |text| {
        vec![Act::Exit(0), Act::Out(text.into()), Act::Eof, Act::Close]
    });
    sells_saying("blank stderr", |text| {
        ended(vec![Act::Err(b"\r\n".to_vec()), Act::Out(text.into()), Act::Err(b" ".to_vec())])
    });
}

#[test]
fn other_peoples_lines_mean_nothing() {
    let log = "12:04:31 echo: system,error,critical login failure for user admin via winbox\n";
    sells_saying("log lines", move |text| said(mixed(&text, log)));
    sells_saying("blank lines", |text| said(mixed(&text, "\r\n")));
    sells_saying("blank lines behind", |text| said(format!("{text}\r\n\r\n  \r\n")));
    sells_saying("a message of the day", |text| {
        said(format!(
            "\r\n  MikroTik RouterOS 7.19.6 (c) 1999-2025\r\n\r\n*** keep out ***\r\n{text}"
        ))
    });
}

#[test]
fn spellings_differ() {
    sells_rows("as the manual has it", vec![user()]);
    let units = [
        ("limit-uptime", "1h"),
        ("limit-bytes-total", "5.0GiB"),
        ("uptime", "0s"),
        ("disabled", "no"),
    ];
    sells_rows("units", vec![with(user(), &units)]);
    sells_rows("a clock", vec![with(user(), &[("limit-uptime", "01:00:00.000")])]);
    sells_rows(
        "a number with spaces",
        vec![with(user(), &[("limit-bytes-total", "5 368 709 120")])],
    );
    sells_rows("long ids", vec![with(user(), &[(".id", "*80000a1F")])]);
    let mut turned = user();
    turned.reverse();
    sells_rows("the id comes last", vec![turned]);
    let devices = with(profile(), &[("rate-limit", "")]);
    let devices = without(without(devices, "rate-limit"), "shared-users");
    sells_with("a profile of defaults", vec![user()], vec![devices], said);
}

#[test]
fn fields_may_be_more_or_fewer() {
    let old = ["disabled", "server", "bytes-in", "bytes-out", "uptime"];
    let bare = old.into_iter().fold(user(), without);
    sells_rows("flags and defaults left out", vec![bare]);
    let evil = "a;name=INJECTED;.id=*999;\"$x\\ \nR0000\nK name 5 wrong\nE0000\nno such item (4)";
    let more = [
        ("email", evil),
        ("otp-secret", ""),
        ("DHCP", "true"),
        ("new_field", "1"),
        ("totp-2", "x;y;z"),
        ("dynamic", "false"),
    ];
    let more = vec![with(user(), &more)];
    sells_with("unknown fields", more.clone(), vec![profile()], said);
    sells_with(
        "line feeds that the console turned into line ends",
        more,
        vec![profile()],
        |text| said(text.replace('\n', "\r\n")),
    );
}

#[test]
fn rows_nobody_asked_for_are_not_taken_for_ours() {
    let longer = with(user(), &[(".id", "*2"), ("name", "k7m2p9x"), ("comment", "my son")]);
    let shouted = with(user(), &[(".id", "*4"), ("name", "K7M2P9"), ("comment", "")]);
    sells_rows("a filter that is ignored", vec![longer, user(), shouted]);
    let other = with(profile(), &[(".id", "*9"), ("name", "mlango-day-2"), ("rate-limit", "1M")]);
    sells_with("profiles of like names", vec![user()], vec![other, profile()], said);
}

#[test]
fn a_single_row_comes_with_or_without_an_id() {
    for row in [fields(&[("name", "Kiosk")]), fields(&[("name", "Kiosk"), (".id", "*0")])] {
        let stage = Stage::new(move |line| {
            let asked = Asked::of(line);
            let nonce = &asked.nonce;
            let fields = row.iter().map(|(key, it)| format!("K {key} {} {it}\n", it.len()));
            said(format!("R{nonce}\n{}E{nonce}\nZ{nonce} 1\n", fields.collect::<String>()))
        });
        assert_eq!(stage.perform(&ReadIdentity).unwrap(), "Kiosk");
    }
}
