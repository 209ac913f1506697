//! What goes over the wire: the values in their places, and nothing out of place by them.

use super::gateway::Gateway;
use super::{description, in_good_time, message, success};
use mlango::domain::secret::Secret;
use mlango::sms::SmsGateway as _;
use mlango::sms::http::{BodyKind, HttpGateway, HttpSms, Method, ToFormat};

/// Texts that would like to be something else.
const TRICKY: &[&str] = &[
    "plain",
    r#"","to":"+254799999999"#,
    "back\\slash\\",
    "line\r\nX-Header: 1\r\n\r\nGET / HTTP/1.1",
    "a&to=254799999999&b=c+d%20e;f#g?h",
    "{to} {ref} {text} {file:/etc/passwd} ${HOME}",
    "Wambũi “½” 😀 \u{0} \u{7f}",
];

/// The head's lines and the body of the request that `text` makes.
fn request(vary: impl Fn(&mut HttpGateway), text: &str) -> (Vec<String>, String) {
    let gateway = Gateway::answering("200 OK", r#"{"status":"ok"}"#);
    let mut description = description(&gateway.url);
    vary(&mut description);
    let sent =
        HttpSms::new(description).expect("described well").send(&message(text), in_good_time());
    assert!(sent.is_ok(), "{sent:?}");
    let request = gateway.request();
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    (head.lines().map(str::to_owned).collect(), body.to_owned())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        assert_ne!(byte, b'+', "read as a space by some, as a plus by others");
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|it| char::from(it.expect("a digit")));
                u8::from_str_radix(&String::from_iter(digits), 16).expect("hex")
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |it: &str| it.split_once('=').map(|(key, value)| (decoded(key), decoded(value)));
    text.split('&').map(|it| pair(it).expect("a pair")).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[test]
fn json_keeps_its_shape() {
    for text in TRICKY {
        let (head, body) = request(|_| {}, text);
        assert_eq!(head[0], "POST /send HTTP/1.1");
        let has = |line: &str| head.iter().any(|it| it.eq_ignore_ascii_case(line));
        assert!(has("X-API-Key: open-sesame") && has("Content-Type: application/json"), "{head:?}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let expected = serde_json::json!({"to": "+254712345678", "text": text, "ref": "sub-7"});
        assert_eq!(body, expected);
    }
}

#[test]
fn a_form_keeps_its_fields() {
    let form = |gateway: &mut HttpGateway| {
        gateway.body = BodyKind::Form;
        gateway.to_format = ToFormat::Msisdn;
        gateway.sender = "Duka & Co".to_owned();
        gateway.template =
            Secret::new("key=k1&mobile={to}&msg={text}&from={sender}&clientid={ref}");
    };
    for text in TRICKY {
        let (head, body) = request(form, text);
        let kind = "content-type: application/x-www-form-urlencoded";
        assert!(head.iter().any(|it| it.eq_ignore_ascii_case(kind)), "{head:?}");
        let expected = [
            pair("key", "k1"),
            pair("mobile", "254712345678"),
            pair("msg", text),
            pair("from", "Duka & Co"),
            pair("clientid", "sub-7"),
        ];
        assert_eq!(pairs(&body), expected);
    }
}

#[test]
fn a_query_stays_in_its_line() {
    for (method, joint) in [(Method::Get, ""), (Method::Post, "?action=send-sms")] {
        for text in TRICKY {
            let query = |gateway: &mut HttpGateway| {
                gateway.method = method;
                gateway.body = BodyKind::Query;
                gateway.to_format = ToFormat::Local;
                gateway.url = Secret::new(format!("{}{joint}", gateway.url.expose()));
                gateway.template = Secret::new("to={to}&sms={text}");
            };
            let (head, body) = request(query, text);
            let line: Vec<&str> = head[0].split(' ').collect();
            assert_eq!((line.len(), line[0], line[2]), (3, method.as_str(), "HTTP/1.1"));
            let mut sent = pairs(line[1].strip_prefix("/send?").unwrap());
            if !joint.is_empty() {
                assert_eq!(sent.remove(0), pair("action", "send-sms"));
            }
            assert_eq!(sent, [pair("to", "0712345678"), pair("sms", text)]);
            assert_eq!(body, "");
        }
    }
}

#[test]
fn a_description_that_cannot_work_is_refused_at_the_start() {
    let check = |vary: fn(&mut HttpGateway), word: &str| {
        let mut description = description("https://sms.example/send");
        vary(&mut description);
        let Err(invalid) = HttpSms::new(description) else { panic!("accepted: {word}") };
        let text = invalid.to_string();
        assert!(text.contains(word) && !text.contains("sesame"), "{text}");
    };
    check(|it| it.url = Secret::new("sms.example/send"), "url");
    check(|it| it.url = Secret::new("ftp://sms.example/send"), "https://");
    check(|it| it.url = Secret::new("https://sms .example"), "url");
    check(|it| it.method = Method::Get, "GET");
    check(|it| it.template = Secret::new(r#"{"to":"{to}"}"#), "{text}");
    check(|it| it.template = Secret::new(r#"{"text":"{text}"}"#), "{to}");
    check(|it| it.template = Secret::new(r#"{"to":"{to}","text":{text}}"#), "JSON");
    check(|it| it.template = Secret::new(r#"{"a":"{to}{text}{sender}"}"#), "{sender}");
    check(|it| it.headers[0].0 = "X API".to_owned(), "X API");
    check(|it| it.headers[0].1 = Secret::new("sesame\r\nX: 1"), "X-API-Key");
    check(|it| it.success = Some(success("status", &["ok".into()])), "pointer");
    check(|it| it.id_pointer = Some(String::new()), "pointer");
    check(|it| it.success = Some(success("/status", &[])), "values");
    check(|it| it.success = Some(success("/status", &[serde_json::Value::Null])), "values");
}

#[test]
fn a_description_does_not_show_its_keys() {
    let mut description = description("https://sms.example/send?key=open-sesame");
    description.template = Secret::new("pin=open-sesame");
    assert!(!format!("{description:?}").contains("sesame"));
}
