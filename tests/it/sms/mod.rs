//! Texts on their way out.

mod gateway;
mod http_calls;
mod http_requests;

use mlango::domain::secret::Secret;
use mlango::sms::Message;
use mlango::sms::http::{BodyKind, HttpGateway, Method, Success, ToFormat};
use std::time::{Duration, Instant};

/// A description of the gateway at `url`, to be varied.
fn description(url: &str) -> HttpGateway {
    HttpGateway {
        method: Method::Post,
        url: Secret::new(url),
        headers: vec![("X-API-Key".to_owned(), Secret::new("open-sesame"))],
        body: BodyKind::Json,
        template: Secret::new(r#"{"to":"{to}","text":"{text}","ref":"{ref}"}"#),
        sender: String::new(),
        to_format: ToFormat::International,
        success: Some(success("/status", &["ok".into(), 200.into()])),
        id_pointer: Some("/id".to_owned()),
        timeout: Duration::from_secs(10),
    }
}

fn message(text: &str) -> Message {
    Message {
        to: "0712345678".parse().expect("a phone"),
        text: text.to_owned(),
        reference: "sub-7".to_owned(),
    }
}

/// Later than any test runs; what must end earlier says so itself.
fn in_good_time() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

pub fn success(pointer: &str, values: &[serde_json::Value]) -> Success {
    Success { pointer: pointer.to_owned(), values: values.to_vec() }
}
