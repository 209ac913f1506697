//! What becomes of a text, whatever the gateway does. The question each time: may it be sent
//! again?

use super::gateway::{Gateway, Then};
use super::{description, in_good_time, message};
use mlango::sms::http::HttpSms;
use mlango::sms::{Sent, SmsError, SmsGateway as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const TEXT: &str = "User hs_712345678 Password x7k2m9qp.";

fn outcome(url: &str, deadline: Instant) -> Result<Sent, SmsError> {
    let outcome =
        HttpSms::new(description(url)).expect("described well").send(&message(TEXT), deadline);
    let shown = format!("{outcome:?}");
    for secret in ["x7k2m9qp", "712345", "sesame"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    outcome
}

fn answer(status: &str, body: &str) -> Result<Sent, SmsError> {
    let gateway = Gateway::answering(status, body);
    let outcome = outcome(&gateway.url, in_good_time());
    gateway.request();
    outcome
}

fn after(then: Then, patience: Duration) -> Result<Sent, SmsError> {
    let gateway = Gateway::start(then);
    let outcome = outcome(&gateway.url, Instant::now() + patience);
    gateway.request();
    outcome
}

#[test]
fn yes_is_a_good_status_and_the_right_word() {
    let sent = |id: Option<&str>| Ok(Sent { id: id.map(str::to_owned) });
    assert_eq!(answer("200 OK", r#"{"status":"ok","id":"ATX_1"}"#), sent(Some("ATX_1")));
    assert_eq!(answer("201 Created", r#"{"status":200,"id":8290842}"#), sent(Some("8290842")));
    assert_eq!(answer("202 Accepted", r#"{"status":"200"}"#), sent(None));
}

#[test]
fn no_inside_a_good_status_is_still_no() {
    let refused = |text: &str| Err(SmsError::Refused(text.to_owned()));
    let said = answer("200 OK", r#"{"status":"bad sender","id":"1"}"#);
    assert_eq!(said, refused(r#"the gateway says "bad sender" at /status"#));
    let said = answer("200 OK", r#"{"status":1006}"#);
    assert_eq!(said, refused(r#"the gateway says "1006" at /status"#));
    for echo in ["no room for x7k2m9qp", "254712345678?", "key open-sesame"] {
        let said = answer("200 OK", &format!(r#"{{"status":"{echo}"}}"#));
        assert_eq!(said, refused("the gateway says no at /status"));
    }
}

#[test]
fn a_status_can_say_no_by_itself() {
    for status in ["400 Bad Request", "401 Unauthorized", "404 Not Found", "302 Found"] {
        let said = answer(&format!("{status}\r\nLocation: /other"), r#"{"status":"ok"}"#);
        assert!(matches!(said, Err(SmsError::Refused(_))), "{status}: {said:?}");
    }
    assert_eq!(answer("402 Payment Required", "{}"), Err(SmsError::OutOfCredit));
    let busy = answer("429 Too Many Requests", "{}");
    assert!(matches!(busy, Err(SmsError::NotSent(_))), "{busy:?}");
}

#[test]
fn an_answer_without_a_verdict_leaves_it_open() {
    let is_open = |said: Result<Sent, SmsError>| {
        assert!(matches!(said, Err(SmsError::Unknown(_))), "{said:?}");
    };
    for status in ["500 Internal Server Error", "503 Service Unavailable", "408 Request Timeout"] {
        is_open(answer(status, r#"{"status":"ok"}"#));
    }
    for body in ["", "OK", "<html>ok</html>", "{\"status\":\"ok\"", "[]", "{}", "null"] {
        is_open(answer("200 OK", body));
    }
    for body in [r#"{"status":null}"#, r#"{"status":{"ok":"ok"}}"#, r#"{"Status":"ok"}"#] {
        is_open(answer("200 OK", body));
    }
    is_open(answer("200 OK", &format!(r#"{{"status":"ok","pad":"{}"}}"#, "x".repeat(1_000_000))));
    is_open(answer("200 OK", &"[".repeat(60_000)));
}

#[test]
fn what_is_cut_off_after_the_request_leaves_it_open() {
    let (short, long) = (Duration::from_millis(300), Duration::from_secs(20));
    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\"";
    for (then, patience) in [
        (Then::Close, long),
        (Then::StopAfter(""), short),
        (Then::StopAfter("HTTP/1.1 200 OK\r\n"), short),
        (Then::StopAfter(begun), short),
        (Then::Answer(begun.to_owned()), long),
        (Then::Answer("SSH-2.0-dropbear\r\n".to_owned()), long),
    ] {
        let said = after(then, patience);
        assert!(matches!(said, Err(SmsError::Unknown(_))), "{said:?}");
    }
}

#[test]
fn the_gateway_has_a_time_of_its_own() {
    let gateway = Gateway::start(Then::StopAfter(""));
    let mut description = description(&gateway.url);
    description.timeout = Duration::from_millis(300);
    let far = Instant::now() + Duration::from_secs(3600);
    let said = HttpSms::new(description).unwrap().send(&message(TEXT), far);
    assert!(matches!(said, Err(SmsError::Unknown(_))), "{said:?}");
    gateway.request();
}

#[test]
fn what_never_left_may_be_sent_again() {
    let is_safe = |said: Result<Sent, SmsError>| {
        assert!(matches!(said, Err(SmsError::NotSent(_))), "{said:?}");
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    is_safe(outcome(&format!("http://{address}/"), Instant::now())); // no time left
    let silent = Instant::now() + Duration::from_millis(300); // connected, but TLS never begins
    is_safe(outcome(&format!("https://{address}/"), silent));
    drop(listener);
    is_safe(outcome(&format!("http://{address}/"), in_good_time()));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let hangs_up = std::thread::spawn(move || listener.accept().map(drop));
    is_safe(outcome(&format!("https://{address}/"), in_good_time())); // cut off within TLS
    hangs_up.join().unwrap().unwrap();
}
