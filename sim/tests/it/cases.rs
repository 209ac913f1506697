//! Vectors: a few of our own, and those of a folder named by `MLANGO_CASES` if it is set.

use std::path::PathBuf;

use mlango_sim::{Dialect, Router, RouterSpec};
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    std::env::var_os("MLANGO_CASES").map(|path| PathBuf::from(path).join("routeros"))
}

fn lines(name: &str) -> Vec<String> {
    let text = folder()
        .map(|folder| std::fs::read_to_string(folder.join(name)).expect("the folder has it"));
    text.unwrap_or_default().lines().map(str::to_owned).collect()
}

/// A value that was quoted for the console is what the router keeps.
#[test]
fn quoted_values_arrive_as_they_were() {
    let own = [
        (r#""Zo\C3\A9""#, "Zoé"),
        (r#""a\22\3B /system reboot""#, "a\"; /system reboot"),
        (r#""\24\28\5B\0A""#, "$([\n"),
    ];
    let own = own.map(|(quoted, raw)| (quoted.to_owned(), raw.to_owned()));
    let foreign = lines("escape-vectors.jsonl").into_iter().map(|line| {
        let case: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| case[key].as_str().unwrap().to_owned();
        (text("out"), text("in"))
    });
    for dialect in Dialect::ALL {
        let router = Router::start(RouterSpec::new(dialect));
        for (quoted, raw) in own.iter().cloned().chain(foreign.clone()) {
            let line = format!("/system identity set name={quoted}");
            assert_eq!(router.run(&line), "", "{line}");
            assert_eq!(router.field("system identity", 0, "name"), Some(raw), "{line}");
        }
    }
}

/// What is a time is kept as one, and what is none is refused.
#[test]
fn durations_are_told_from_other_words() {
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    router.run("/ip hotspot user add name=k7");
    let own = ["2d5h16m\t191760", "1w00:00:00\t604800", "1x\tNULL", "10 minutes\tNULL"];
    let foreign = lines("duration-vectors.tsv").into_iter().skip(1);
    for case in own.iter().map(|case| (*case).to_owned()).chain(foreign) {
        let (text, seconds) = case.split_once('\t').unwrap();
        if matches!(text, "none" | "") {
            continue;
        }
        let set = format!("/ip hotspot user set k7 limit-uptime=\"{text}\"");
        let refusal = "invalid time value for argument limit-uptime\r\n";
        let expected = if seconds == "NULL" { refusal } else { "" };
        assert_eq!(router.run(&set), expected, "{text}");
        if let Ok(seconds) = seconds.parse::<f64>() {
            let kept = router.user("k7").unwrap().limit_uptime.unwrap_or_default().as_secs_f64();
            assert!((kept - seconds).abs() < 1e-9, "{text}");
        }
    }
}

/// Every line of a transcript that a router was sent is one the simulated router can read.
#[test]
fn lines_of_transcripts_parse() {
    let own = [
        ":put \"R0d9e44\"; :foreach k,v in=[/system resource get] do={:local s [:tostr $v]; \
         :put (\"K \" . $k . \" \" . [:len $s] . \" \" . $s)}; :put \"E0d9e44\"; :put \"Z 1\"",
        "/ip hotspot user remove *1D; :put \"Z90d4e2\"",
    ];
    let mut all: Vec<String> = own.map(str::to_owned).to_vec();
    let index = lines("transcripts/INDEX.tsv");
    for row in index.iter().skip(1) {
        let name = row.split('\t').next().unwrap();
        let transcript = lines(&format!("transcripts/{name}"));
        let sent = transcript.iter().find_map(|line| line.strip_prefix("#: command="));
        all.push(sent.unwrap().to_owned());
    }
    let router = Router::start(RouterSpec::new(Dialect::V7_20));
    for line in all {
        let answer = router.run(&line);
        let misspelt = line.contains(" coment=");
        assert_eq!(answer.contains("(line 1 column"), misspelt, "{line}: {answer}");
    }
}

/// What the simulated router refuses with is what routers are known to say.
#[test]
fn refusals_are_in_the_list() {
    let own = [
        "class\tpattern",
        "conflict\tfailure: already have user with this name for this server",
        "not-found\tno such item (4)",
    ];
    let listed = lines("error-strings.tsv");
    let known: Vec<String> = own.iter().map(|line| (*line).to_owned()).chain(listed).collect();
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    router.run("/ip hotspot user add name=k7");
    let answers = [
        router.run("/ip hotspot user add name=k7"),
        router.run("/ip hotspot user set *99 comment=x"),
    ];
    for answer in answers {
        let is_known = known.iter().any(|row| row.split('\t').nth(1) == Some(answer.trim_end()));
        assert!(is_known, "{answer}");
    }
}
