//! What the gateway's answer means; pure.

use super::{HttpGateway, Success};
use crate::domain::Invalid;
use crate::sms::{Message, Sent, SmsError};
use serde_json::Value;

/// A longer id is cut; a longer verdict is not shown.
const MAX_SHOWN: usize = 100;

pub(super) fn check(gateway: &HttpGateway) -> Result<(), Invalid> {
    let pointers = [gateway.success.as_ref().map(|it| &it.pointer), gateway.id_pointer.as_ref()];
    if let Some(bad) = pointers.into_iter().flatten().find(|it| !it.starts_with('/')) {
        return Err(Invalid(format!("{bad:?} is not a JSON pointer like /status")));
    }
    let Some(Success { values, .. }) = &gateway.success else { return Ok(()) };
    if values.is_empty() || values.iter().any(|it| word(it).is_none()) {
        return Err(Invalid::new("success.values needs words, numbers or true, and at least one"));
    }
    Ok(())
}

/// Yes, no, or nobody knows. A server error says nothing about what was done before it.
pub(super) fn read(
    gateway: &HttpGateway,
    message: &Message,
    status: u16,
    body: &[u8],
) -> Result<Sent, SmsError> {
    match status {
        200..=299 => {}
        402 => return Err(SmsError::OutOfCredit),
        429 => return Err(SmsError::NotSent("the gateway is busy (429)".to_owned())),
        300..=399 => {
            let text = format!("the gateway redirects ({status}); correct its url");
            return Err(SmsError::Refused(text));
        }
        // 408 and 425 are about the connection: what came of the text, they do not say.
        400..=499 if !matches!(status, 408 | 425) => {
            return Err(SmsError::Refused(format!("the gateway answered {status}")));
        }
        _ => return Err(SmsError::Unknown(format!("the gateway answered {status}"))),
    }
    let answer = serde_json::from_slice::<Value>(body).ok();
    if let Some(success) = &gateway.success {
        judge(success, gateway, message, status, answer.as_ref())?;
    }
    let id = answer.zip(gateway.id_pointer.as_ref());
    let id = id.and_then(|(answer, pointer)| answer.pointer(pointer).and_then(word));
    Ok(Sent { id: id.map(|it| it.chars().take(MAX_SHOWN).collect()) })
}

fn judge(
    success: &Success,
    gateway: &HttpGateway,
    message: &Message,
    status: u16,
    answer: Option<&Value>,
) -> Result<(), SmsError> {
    let unknown = |what: &str| SmsError::Unknown(format!("the gateway answered {status} {what}"));
    let answer = answer.ok_or_else(|| unknown("with something else than JSON"))?;
    let pointer = &success.pointer;
    let verdict = answer
        .pointer(pointer)
        .and_then(word)
        .ok_or_else(|| unknown(&format!("and nothing usable at {pointer}")))?;
    if success.values.iter().any(|it| word(it).as_ref() == Some(&verdict)) {
        return Ok(());
    }
    let shown = shown(&verdict, gateway, message);
    Err(SmsError::Refused(format!("the gateway says {shown} at {pointer}")))
}

/// A word, a number or a truth value as text: gateways are not sure which they mean.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The verdict for the log, unless it is long or repeats a word of the text, the number or what
/// may be a key.
fn shown(verdict: &str, gateway: &HttpGateway, message: &Message) -> String {
    let settings = [&gateway.url, &gateway.template];
    let settings = settings.into_iter().chain(gateway.headers.iter().map(|(_, value)| value));
    let mut keys =
        settings.flat_map(|it| it.expose().split(|it: char| !it.is_ascii_alphanumeric()));
    let words = message.text.split_whitespace().chain([message.to.local9()]);
    let mut words = words.map(|it| it.trim_matches(|it: char| it.is_ascii_punctuation()));
    let is_private = keys.any(|it| 6 <= it.len() && verdict.contains(it))
        || words.any(|it| 4 <= it.len() && verdict.contains(it));
    if is_private || MAX_SHOWN < verdict.len() {
        return "no".to_owned();
    }
    format!("{verdict:?}")
}
