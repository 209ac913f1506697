//! The generic gateway: any HTTP API that can be described by a template and a JSON pointer.

mod call;
mod probe;
mod reply;
mod request;

pub use crate::domain::sms::{BodyKind, Method, ToFormat};

use super::{Message, Sent, SmsError, SmsGateway};
use crate::domain::Invalid;
use crate::domain::secret::Secret;
use std::time::{Duration, Instant};

/// How to talk to one gateway, as its section of the config file says.
#[derive(Clone, Debug)]
pub struct HttpGateway {
    pub method: Method,
    pub url: Secret,
    /// Names, and values that may be keys.
    pub headers: Vec<(String, Secret)>,
    pub body: BodyKind,
    /// With `{to}`, `{text}`, `{ref}` and `{sender}`, whose values are escaped for the body
    /// kind. Some APIs want their key in here.
    pub template: Secret,
    /// What `{sender}` stands for.
    pub sender: String,
    pub to_format: ToFormat,
    /// How an answer says yes; without it, a 2xx status does.
    pub success: Option<Success>,
    pub id_pointer: Option<String>,
    pub timeout: Duration,
}

/// The value at `pointer` (RFC 6901) is one of `values`; `200` and `"200"` are the same.
#[derive(Clone, Debug)]
pub struct Success {
    pub pointer: String,
    pub values: Vec<serde_json::Value>,
}

/// A gateway whose description makes sense.
pub struct HttpSms(HttpGateway);

impl HttpSms {
    /// Refuses what could never send a text, while somebody is there to read why.
    pub fn new(gateway: HttpGateway) -> Result<HttpSms, Invalid> {
        request::check(&gateway)?;
        reply::check(&gateway)?;
        Ok(HttpSms(gateway))
    }
}

impl SmsGateway for HttpSms {
    fn send(&self, message: &Message, deadline: Instant) -> Result<Sent, SmsError> {
        let request = request::build(&self.0, message)
            .map_err(|invalid| SmsError::NotSent(invalid.to_string()))?;
        let left = deadline.saturating_duration_since(Instant::now()).min(self.0.timeout);
        let (status, body) = call::call(request, left)?;
        reply::read(&self.0, message, status, &body)
    }

    fn probe(&self, deadline: Instant) -> Result<(), SmsError> {
        probe::probe(&self.0, deadline)
    }

    fn name(&self) -> &'static str {
        "http"
    }
}

/// Puts the content of files where a text says `{file:PATH}`. `read` decides how a path is
/// resolved and what a secret file may look like; the text of its error is shown.
pub fn with_files<E: std::fmt::Display>(
    text: &str,
    read: impl Fn(&str) -> Result<Secret, E>,
) -> Result<Secret, Invalid> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{file:") {
        let (path, after) =
            after.split_once('}').ok_or_else(|| Invalid::new("{file: has no } after it"))?;
        let secret = read(path).map_err(|error| Invalid(format!("{{file:{path}}}: {error}")))?;
        filled.push_str(before);
        filled.push_str(secret.expose());
        rest = after;
    }
    filled.push_str(rest);
    Ok(Secret::new(filled))
}

#[test]
fn secrets_come_from_files() {
    let read = |path: &str| match path {
        "/etc/sms.key" => Ok(Secret::new("k{file:/no}y")),
        _ => Err("no such file"),
    };
    let filled = |text: &str| with_files(text, read).map(|it| it.expose().to_owned());
    assert_eq!(filled("Bearer {file:/etc/sms.key}!").unwrap(), "Bearer k{file:/no}y!");
    assert_eq!(filled("plain {to}").unwrap(), "plain {to}");
    assert_eq!(filled("{file:/x}").unwrap_err().to_string(), "{file:/x}: no such file");
    assert!(filled("{file:/etc/sms.key").is_err());
}
