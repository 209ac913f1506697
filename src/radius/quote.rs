//! What may stand between double quotes in a configuration and is taken as it is.

use crate::domain::Invalid;
use crate::domain::secret::Secret;
use std::path::Path;

/// The secret that `router` shares with us. What is wrong with it is said; the secret is not.
pub(super) fn shared_secret<'a>(router: &str, secret: &'a Secret) -> Result<&'a str, Invalid> {
    let secret = secret.expose();
    let refused = |why: &str| Invalid(format!("the RADIUS secret of {router} {why}"));
    if secret.is_empty() || 128 < secret.len() {
        return Err(refused("is not 1 to 128 characters long"));
    }
    if !secret.bytes().all(|it| (b'!'..=b'~').contains(&it)) {
        return Err(refused("has a space, or a letter that is not ASCII"));
    }
    match expandable(secret) {
        Some(what) => Err(refused(&format!("has {what} in it, which FreeRADIUS would expand"))),
        None => Ok(secret),
    }
}

/// The first thing in `text` that would not stay as it is between double quotes.
fn expandable(text: &str) -> Option<&'static str> {
    let dangers = [
        ("\"", "a quote"),
        ("'", "a quote"),
        ("\\", "a backslash"),
        ("`", "a backtick"),
        ("%{", "%{"),
        ("$", "$"),
    ];
    dangers.iter().find(|(danger, _)| text.contains(danger)).map(|(_, name)| *name)
}

/// A text of the operator's.
pub(super) fn quotable<'a>(what: &str, text: &'a str) -> Result<&'a str, Invalid> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Invalid(format!("the {what} {text:?} is empty or has control characters")));
    }
    match expandable(text) {
        None => Ok(text),
        Some(danger) => Err(Invalid(format!(
            "the {what} {text:?} has {danger} in it, which FreeRADIUS would expand"
        ))),
    }
}

/// A path that is there whoever asks; FreeRADIUS has places where it cannot be quoted.
pub(super) fn directory<'a>(what: &str, path: &'a Path) -> Result<&'a str, Invalid> {
    let text = path.to_str().filter(|_| path.is_absolute());
    let text =
        text.ok_or_else(|| Invalid(format!("the {what} {path:?} is not an absolute path")))?;
    if text.contains(char::is_whitespace) {
        return Err(Invalid(format!("the {what} {text:?} has a space in it")));
    }
    quotable(what, text)
}

pub(super) fn account_name(name: &str) -> Result<&str, Invalid> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if name.is_empty() || name.starts_with('-') || !name.bytes().all(is_plain) {
        return Err(Invalid(format!("{name:?} is not the name of a user or group")));
    }
    Ok(name)
}
