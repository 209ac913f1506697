//! The operator's sample is the list of all keys: what it says must be so.

use super::*;
use crate::domain::money::Cents;
use std::time::Duration;

const SAMPLE: &str = include_str!("../../systemd/mlango.toml");
const MINIMAL: &str = "mpesa.shortcodes = [\"600638\"]";

/// The sample with every key it shows in force.
fn everything() -> String {
    let is_key = |it: &str| it.starts_with('[') || it.contains(" = ");
    let in_force = |line: &'static str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') && is_key(rest) => rest,
        _ => line,
    };
    SAMPLE.lines().map(|line| in_force(line).to_owned() + "\n").collect()
}

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, "mlango.toml").map_err(|error| error.to_string())
}

fn check_refused(text: &str, expected: &str) {
    assert_eq!(parse(text).map(|_| ()), Err(format!("mlango.toml: {expected}")), "{text}");
}

#[test]
fn the_sample_shows_the_defaults() {
    let minimal = format!("{:?}", parse(MINIMAL).unwrap());
    assert_eq!(format!("{:?}", parse(SAMPLE).unwrap()), minimal);
    let mut everything = parse(&everything()).unwrap();
    let http = everything.sms.http.take().expect("the sample describes a gateway");
    assert_eq!(format!("{everything:?}"), minimal);
    let (name, value) = &http.headers[0];
    assert_eq!((name.as_str(), value.expose()), ("X-API-Key", "{file:/etc/mlango/sms.key}"));
    assert_eq!(http.success.unwrap().values, ["ok".into(), serde_json::Value::from(200)]);
}

#[test]
fn the_sample_shows_every_key() {
    let everything = everything();
    let shown: Vec<&str> = everything
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = ").map(|it| it.0))
        .collect();
    let lists = [
        KEYS,
        sections::HTTP_KEYS,
        sections::ADMIN_KEYS,
        sections::PORTAL_KEYS,
        mpesa::MPESA_KEYS,
        sections::RADIUS_KEYS,
        sections::CREDENTIALS_KEYS,
        sections::ALERTS_KEYS,
        sections::CLOCK_KEYS,
        sections::QUEUE_KEYS,
        sections::LOG_KEYS,
        sections::BACKUP_KEYS,
        sms::SMS_KEYS,
        sms::HTTP_KEYS,
    ];
    for key in lists.concat() {
        let is_section = SAMPLE.lines().any(|line| {
            let header = line.trim_start_matches('#');
            header.starts_with(&format!("[{key}")) || header.ends_with(&format!(".{key}]"))
        });
        assert!(is_section || shown.contains(&key), "{key}");
    }
}

#[test]
fn every_misspelt_key_is_refused_with_its_line() {
    let everything = everything();
    let lines: Vec<&str> = everything.lines().collect();
    let mut refused = 0;
    for (nth, line) in lines.iter().enumerate() {
        let name = match line.split_once([' ', ']']) {
            Some((name, _)) if name.starts_with(|it: char| it.is_ascii_lowercase()) => name,
            _ if line.starts_with('[') => line.trim_matches(['[', ']']),
            _ => continue,
        };
        let wrong = line.replacen(name, &name[..name.len() - 1], 1);
        let mut lines = lines.clone();
        lines[nth] = &wrong;
        let error = parse(&lines.join("\n")).unwrap_err();
        let key = name.rsplit('.').next().unwrap();
        assert!(error.contains(&format!("unknown key `{}`", &key[..key.len() - 1])), "{error}");
        assert!(error.contains(&format!(", line {};", nth + 1)), "{error}");
        assert!(error.ends_with(&format!("did you mean `{key}`?")), "{error}");
        refused += 1;
    }
    assert!(50 < refused, "only {refused} keys were tried");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    check_refused(
        "[http]\n\nlisen = \"127.0.0.1:80\"",
        "unknown key `lisen` in [http], line 3; did you mean `listen`?",
    );
    check_refused(
        "mpesa.shortcodes = [\"600638\"]\n[queue.payment]",
        "unknown key `payment` in [queue], line 2; did you mean `payments`?",
    );
    check_refused(
        "[http]\nworkers = \"many\"",
        "[http] workers, line 2: expected a whole number from 1 to 256, found a string",
    );
    check_refused(
        "mpesa.shortcodes = [\"600638\"]\n[log]\nfile_size = \"10 apples\"",
        "[log] file_size, line 3: \"10 apples\" is not a volume like 5GiB or 500MB",
    );
    check_refused("http = 3", "http, line 1: expected a section [http], found 3");
    check_refused(
        "[mpesa]\nreferences = []",
        "[mpesa] shortcodes is missing; add a line like shortcodes = [\"600638\"]",
    );
    check_refused(
        "[mpesa]\nshortcodes = [\n\"600638\",\n\"6006x8\"]",
        "[mpesa] shortcodes, line 4: not a paybill or till number: 4 to 12 digits",
    );
    let error = parse("[http\nlisten = 3").unwrap_err();
    assert!(error.starts_with("mlango.toml: not TOML, line 1: "), "{error}");
}

#[test]
fn wrong_values_are_refused() {
    let check = |section: &str, line: &str, expected: &str| {
        let error = parse(&format!("{MINIMAL}\n[{section}]\n{line}")).unwrap_err();
        assert!(error.contains(", line 3: ") && error.contains(expected), "{line}: {error}");
    };
    check("http", "listen = \"8080\"", "an address like");
    check("http", "body_limit = \"1TiB\"", "from 1024 to");
    check("credentials", "username = \"guest\"", "{local9} or {msisdn}");
    check("credentials", "username = \"a b {local9}\"", "not a username");
    check("credentials", "password_length = 5", "from 6 to 32");
    check("sms", "text = \"{pasword}\"", "{pasword} is not one of {package}");
    check("sms", "text = \"Hello\"", "{password}");
    check("sms", "gateway = \"textsms\"", "does not speak to textsms yet");
    check("sms", "gateway = \"pigeon\"", "is not one of none, log");
    check("sms.http", "url = \"sms.example\"", "https://");
    check("clock", "trust = true", "text in quotes");
    check("alerts", "phone = \"12\"", "not a Kenyan mobile number");
    check("queue.payments", "backoff = [10]", "text in quotes");
    check("queue.payments", "timeout = \"0s\"", "from 1s to 6h");
    check("backup", "copy_to = [\"usb\"]", "a whole path");
    check("log", "level = \"off\"", "one of");
}

#[test]
fn values_become_what_they_mean() {
    let config = parse(
        "data_dir = \"/srv/m\"\n[mpesa]\nshortcodes = [\"600638\", \"600639\"]\n\
         unsigned_limit = \"99.50\"\nallow_from = [\"10.0.0.0/8\", \"::1\"]\n\
         hmac_secret_file = \"hmac\"\n[queue.router-data]\nworkers = 1\ntries = 9\n\
         [sms]\ngateway = \"http\"\n[sms.http]\nurl = \"http://10.0.0.2/\"\n\
         [admin]\nlisten = \"10.0.0.1:0x\"",
    );
    assert!(config.unwrap_err().contains("[admin] listen"));
    let config = parse(
        "data_dir = \"/srv/m\"\n[mpesa]\nshortcodes = [\"600638\", \"600639\"]\n\
         unsigned_limit = \"99.50\"\nhmac_secret_file = \"hmac\"\n\
         [queue.router-data]\nworkers = 1\ntries = 9\n[sms]\ngateway = \"http\"\n\
         [sms.http]\nurl = \"http://10.0.0.2/\"",
    )
    .unwrap();
    assert_eq!(config.in_data_dir("path.token"), Path::new("/srv/m/path.token"));
    assert_eq!(config.in_data_dir("/etc/x"), Path::new("/etc/x"));
    assert_eq!(config.mpesa.unsigned_limit, Cents(9950));
    assert_eq!(config.mpesa.hmac_secret_file.as_deref(), Some(Path::new("hmac")));
    let queue = config.queue(Queue::RouterData);
    assert_eq!((queue.workers, queue.tries, queue.max_exceptions), (1, 9, 9));
    assert_eq!(queue.timeout, Duration::from_secs(60));
    assert_eq!(config.queue(Queue::Payments), &Queue::Payments.defaults());
    assert_eq!(config.sms.http.unwrap().timeout, Duration::from_secs(10));
}

#[test]
fn a_gateway_needs_its_description() {
    check_refused(
        &format!("{MINIMAL}\n[sms]\ngateway = \"http\""),
        "[sms.http] url is missing; add a line like url = \"https://sms.example/send\"",
    );
}

#[test]
fn strangers_and_the_operator_have_doors_of_their_own() {
    let check = |http: &str, admin: &str, is_right: bool| {
        let text = format!("{MINIMAL}\nhttp.listen = {http:?}\nadmin.listen = {admin:?}");
        assert_eq!(parse(&text).is_ok(), is_right, "{text}");
    };
    check("127.0.0.1:80", "127.0.0.1:81", true);
    check("127.0.0.1:80", "10.0.0.1:80", true);
    check("127.0.0.1:0", "127.0.0.1:0", true);
    check("127.0.0.1:80", "127.0.0.1:80", false);
    check("0.0.0.0:80", "127.0.0.1:80", false);
}

#[test]
fn no_file_yet_says_how_to_start() {
    let error = Config::load(Path::new("/nowhere/mlango.toml")).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/mlango.toml is not there"), "{error}");
    let (_, example) = error.split_once("pay to: ").unwrap();
    assert!(parse(example).is_ok(), "{example}");
}
