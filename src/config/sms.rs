//! `[sms]`: who sends the credentials, and in which words.

use super::section::{Reading, Section, Value};
use crate::domain::secret::Secret;
use crate::domain::sms::{BodyKind, Method, ToFormat};
use crate::domain::text_enum;
use std::time::Duration;

text_enum! {
    pub enum Gateway {
        None = "none",
        /// Writes that a message would have gone; for trying things out.
        Log = "log",
        AfricasTalking = "africastalking",
        TextSms = "textsms",
        /// Any gateway with an HTTP interface, as `[sms.http]` describes it.
        Http = "http",
    }
}

#[derive(Debug)]
pub struct Sms {
    pub gateway: Gateway,
    /// The SMS with the credentials.
    pub text: String,
    /// The SMS that asks for patience.
    pub text_waiting: String,
    /// A phone number or whatever else customers turn to; may be empty.
    pub support: String,
    /// There whenever `gateway` is [`Gateway::Http`].
    pub http: Option<HttpGateway>,
}

/// A gateway described by its requests.
#[derive(Debug)]
pub struct HttpGateway {
    pub method: Method,
    pub url: String,
    /// A value may name a file as `{file:/etc/mlango/sms.key}`; `secrets::fill_in` reads it.
    pub headers: Vec<(String, Secret)>,
    pub body: BodyKind,
    /// Holds `{to}` and `{text}`, perhaps `{ref}`.
    pub template: String,
    pub to_format: ToFormat,
    /// How a reply says that the message was taken; `None` when the HTTP status says it all.
    pub success: Option<Success>,
    /// Where in the reply the message's id is, as a JSON pointer (RFC 6901).
    pub id_pointer: Option<String>,
    pub timeout: Duration,
}

/// The value at `pointer` (RFC 6901) of a JSON reply is one of `values`.
#[derive(Debug)]
pub struct Success {
    pub pointer: String,
    pub values: Vec<serde_json::Value>,
}

const CREDENTIALS_TEXT: &str =
    "WiFi {package} until {ends}. User {username} Password {password}. Help {support}";
const WAITING_TEXT: &str =
    "Payment {receipt} received. Connecting you, please do not pay again. Help {support}";
const TEMPLATE: &str = r#"{"to":"{to}","text":"{text}","ref":"{ref}"}"#;

pub(super) const SMS_KEYS: &[&str] = &["gateway", "text", "text_waiting", "support", "http"];

pub(super) const HTTP_KEYS: &[&str] = &[
    "method",
    "url",
    "headers",
    "body",
    "template",
    "to_format",
    "success",
    "id_pointer",
    "timeout",
];

impl Sms {
    pub(super) fn read(top: &Section<'_>) -> Reading<Sms> {
        let section = top.open("sms", SMS_KEYS)?;
        let http = section.open("http", HTTP_KEYS)?;
        let gateway = section.read("gateway", Gateway::None, gateway)?;
        let is_described = http.is_present() || gateway == Gateway::Http;
        Ok(Sms {
            gateway,
            text: section.read("text", CREDENTIALS_TEXT.to_owned(), |it| {
                let known = ["package", "ends", "username", "password", "support", "receipt"];
                words(it, &known, &["password"])
            })?,
            text_waiting: section.read("text_waiting", WAITING_TEXT.to_owned(), |it| {
                words(it, &["package", "receipt", "support"], &[])
            })?,
            support: section.read("support", String::new(), Value::owned_text)?,
            http: is_described.then(|| HttpGateway::read(&http)).transpose()?,
        })
    }
}

fn gateway(value: Value<'_>) -> Reading<Gateway> {
    match value.clone().parse()? {
        word @ (Gateway::AfricasTalking | Gateway::TextSms) => Err(value.refused(format!(
            "this version does not speak to {word} yet; describe it in [sms.http] and write \
             gateway = \"http\", or write gateway = \"log\" to go on without"
        ))),
        gateway => Ok(gateway),
    }
}

impl HttpGateway {
    fn read(section: &Section<'_>) -> Reading<HttpGateway> {
        let missing = || section.missing("url", "\"https://sms.example/send\"");
        let second = Duration::from_secs(1);
        Ok(HttpGateway {
            method: section.read("method", Method::Post, Value::parse)?,
            url: url(section.get("url").ok_or_else(missing)?)?,
            headers: headers(section)?,
            body: section.read("body", BodyKind::Json, Value::parse)?,
            template: section.read("template", TEMPLATE.to_owned(), |it| {
                words(it, &["to", "text", "ref"], &["to", "text"])
            })?,
            to_format: section.read("to_format", ToFormat::International, Value::parse)?,
            success: success(section)?,
            id_pointer: section.read("id_pointer", None, |it| match it.text()? {
                "" => Ok(None),
                _ => pointer(it).map(Some),
            })?,
            timeout: section.read("timeout", 10 * second, |it| it.span(second..=60 * second))?,
        })
    }
}

fn url(value: Value<'_>) -> Reading<String> {
    let text = value.text()?;
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if host.is_none_or(|it| it.is_empty() || it.starts_with('/')) || text.contains(' ') {
        return Err(value.refused("expected a URL that begins with https:// or http://"));
    }
    value.owned_text()
}

fn headers(section: &Section<'_>) -> Reading<Vec<(String, Secret)>> {
    let headers = section.open("headers", &[])?;
    let mut list = Vec::new();
    for name in headers.names() {
        let Some(value) = headers.value(name) else { continue };
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(value.refused("that is no name of an HTTP header"));
        }
        let text = value.text()?;
        if text.contains(|it: char| it.is_control()) {
            return Err(value.refused("expected one line without control characters"));
        }
        list.push((name.to_owned(), Secret::new(text)));
    }
    Ok(list)
}

fn success(section: &Section<'_>) -> Reading<Option<Success>> {
    let table = section.open("success", &["pointer", "values"])?;
    if !table.is_present() {
        return Ok(None);
    }
    let at = table.get("pointer").ok_or_else(|| table.missing("pointer", "\"/status\""))?;
    let values = table.get("values").ok_or_else(|| table.missing("values", "[\"ok\", 200]"))?;
    Ok(Some(Success { pointer: pointer(at)?, values: values.list(Value::json)? }))
}

fn pointer(value: Value<'_>) -> Reading<String> {
    if !value.text()?.starts_with('/') {
        return Err(value.refused("expected a JSON pointer like \"/status\""));
    }
    value.owned_text()
}

/// A text with words in braces to fill in. One that nobody fills in would reach customers as it
/// stands, and without a `needed` one the text would be of no use.
fn words(value: Value<'_>, known: &[&str], needed: &[&str]) -> Reading<String> {
    let text = value.text()?;
    let found = placeholders(text);
    if let Some(word) = found.iter().find(|it| !known.contains(it)) {
        let known: Vec<_> = known.iter().map(|it| format!("{{{it}}}")).collect();
        return Err(value.refused(format!("{{{word}}} is not one of {}", known.join(" "))));
    }
    if let Some(word) = needed.iter().find(|it| !found.contains(it)) {
        return Err(value.refused(format!("expected {{{word}}} somewhere in it")));
    }
    value.owned_text()
}

/// The names in braces; braces around anything else are text, as in JSON.
fn placeholders(text: &str) -> Vec<&str> {
    let is_name = |it: &str| {
        !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let after_braces = text.split('{').skip(1);
    after_braces
        .filter_map(|it| it.split_once('}'))
        .map(|it| it.0)
        .filter(|it| is_name(it))
        .collect()
}

#[test]
fn placeholders_are_told_from_braces() {
    assert_eq!(placeholders(TEMPLATE), ["to", "text", "ref"]);
    assert_eq!(placeholders("{a}{b_2} {} {not this} {open"), ["a", "b_2"]);
}
