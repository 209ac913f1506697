//! What the gateway is sent; pure.

use super::HttpGateway;
use crate::domain::Invalid;
use crate::domain::phone::Phone;
use crate::domain::sms::{BodyKind, Method, ToFormat};
use crate::sms::Message;
use std::fmt::Write as _;
use ureq::http::{HeaderName, HeaderValue, Request, Uri, header};

const PLACEHOLDERS: [&str; 4] = ["{to}", "{text}", "{ref}", "{sender}"];

/// Builds one request to find out whether all can be built.
pub(super) fn check(gateway: &HttpGateway) -> Result<(), Invalid> {
    let template = gateway.template.expose();
    for needed in ["{to}", "{text}"] {
        if !template.contains(needed) {
            return Err(Invalid(format!("the template of the SMS gateway has no {needed}")));
        }
    }
    if template.contains("{sender}") && gateway.sender.is_empty() {
        return Err(Invalid::new("the template asks for {sender}, but no sender is set"));
    }
    if gateway.method == Method::Get && gateway.body != BodyKind::Query {
        return Err(Invalid::new("GET carries no body: use POST, or body = \"query\""));
    }
    let sample = Message {
        to: "0700000000".parse()?,
        text: "\"quoted\" \\ {to}\n".to_owned(),
        reference: "a\"&=b".to_owned(),
    };
    let request = build(gateway, &sample)?;
    if gateway.body == BodyKind::Json {
        let parsed = serde_json::from_str::<serde_json::Value>(request.body());
        // Its position, not its text: a template may hold a key.
        parsed.map_err(|error| {
            Invalid(format!(
                "the template is not JSON once filled in, at column {}",
                error.column()
            ))
        })?;
    }
    Ok(())
}

pub(super) fn build(gateway: &HttpGateway, message: &Message) -> Result<Request<String>, Invalid> {
    let filled = fill(gateway, message);
    let url = gateway.url.expose();
    let (url, content_type, body) = match gateway.body {
        BodyKind::Json => (url.to_owned(), Some("application/json"), filled),
        BodyKind::Form => (url.to_owned(), Some("application/x-www-form-urlencoded"), filled),
        BodyKind::Query => {
            let joint = if url.contains('?') { '&' } else { '?' };
            (format!("{url}{joint}{filled}"), None, String::new())
        }
    };
    let url: Uri = url.parse().map_err(|_| Invalid::new("the url of the SMS gateway is none"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
        return Err(Invalid::new("the url of the SMS gateway must begin with https:// or http://"));
    }
    let mut request = Request::new(body);
    *request.uri_mut() = url;
    *request.method_mut() = gateway.method.as_str().parse().map_err(|_| Invalid::new("method"))?;
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in &gateway.headers {
        let bad = || Invalid(format!("header {name:?} of the SMS gateway cannot be sent"));
        let key: HeaderName = name.parse().map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(request)
}

/// The template with its placeholders filled in, in one pass: what looks like a placeholder in
/// a value is text.
fn fill(gateway: &HttpGateway, message: &Message) -> String {
    let escape = match gateway.body {
        BodyKind::Json => json_escaped,
        BodyKind::Form | BodyKind::Query => percent_encoded,
    };
    let value = |placeholder: &str| match placeholder {
        "{to}" => escape(&number(&message.to, gateway.to_format)),
        "{text}" => escape(&message.text),
        "{ref}" => escape(&message.reference),
        _ => escape(&gateway.sender),
    };
    let mut filled = String::new();
    let mut rest = gateway.template.expose();
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = PLACEHOLDERS.into_iter().find(|it| rest.starts_with(it));
        filled.push_str(&known.map_or_else(|| "{".to_owned(), value));
        rest = &rest[known.map_or(1, str::len)..];
    }
    filled + rest
}

fn number(phone: &Phone, format: ToFormat) -> String {
    match format {
        ToFormat::International => phone.international(),
        ToFormat::Msisdn => phone.msisdn().to_owned(),
        ToFormat::Local => phone.local(),
    }
}

/// For between the quotes of a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// All but the unreserved characters of RFC 3986, section 2.3; right in a form as well.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
    }
    encoded
}
