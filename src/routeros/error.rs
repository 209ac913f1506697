//! What can go wrong with a router, told apart by what the caller, or the operator, does next.

use super::refusal::{self, Class};
use crate::domain::router::RouterState;

/// Texts are the router's own, without passwords.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouterError {
    #[error("router does not answer: {0}; check its power, its cable and its address")]
    Unreachable(String),
    #[error("router refused our login: {0}; check the user name and the password or key")]
    LoginRefused(String),
    #[error(
        "router shows another host key, {seen}, than before, {pinned}; if it was reset or \
         replaced, accept it with `mlango router set NAME --host-key {seen}`, otherwise find \
         out who is answering in its place"
    )]
    HostKeyChanged { seen: String, pinned: String },
    #[error(
        "router's SSH shares no encryption with us: {0}; upgrade RouterOS or run \
         `/ip ssh set strong-crypto=yes` on it"
    )]
    CryptoTooOld(String),
    #[error("router does not let our account do this: {0}; add the policy to its group")]
    PermissionMissing(String),
    #[error(
        "router has no hotspot: {0}; install the hotspot package, or allow it with \
         `/system device-mode update hotspot=yes` and press the button"
    )]
    HotspotMissing(String),
    #[error("router is busy: {0}; close idle SSH sessions or raise max-sessions of its SSH")]
    Busy(String),
    #[error("something else stands in the way on the router: {0}; rename or remove it there")]
    Conflict(String),
    #[error("router does not find the row: {0}; it is read again at the next try")]
    NotFound(String),
    #[error("router refused ({class}): {text}")]
    Refused { class: Class, text: String },
    #[error("router's answer makes no sense: {0}; it is asked again at the next try")]
    Garbled(String),
    /// The command may or may not have been carried out: read before writing again.
    #[error("connection to the router broke before it had confirmed: {0}; it is asked again")]
    Incomplete(String),
    /// The box itself does not know how to log in.
    #[error("no way to log in to the router: {0}; see `mlango router list`")]
    NoAccess(String),
    /// Our own fault: nothing was sent.
    #[error("command cannot be sent to a router: {0}")]
    Unsayable(String),
}

impl RouterError {
    /// What the text of a router that did not do as told amounts to.
    pub fn from_text(text: &str) -> RouterError {
        let (class, message) = refusal::classify(text);
        let text = match class {
            Class::Unknown => redact(&first_lines(message)),
            _ => redact(message),
        };
        match class {
            Class::Permission => RouterError::PermissionMissing(text),
            Class::DeviceMode => RouterError::HotspotMissing(text),
            Class::Syntax if refusal::is_hotspot_menu_missing(&text) => {
                RouterError::HotspotMissing(text)
            }
            Class::Conflict => RouterError::Conflict(text),
            Class::NotFound => RouterError::NotFound(text),
            class => RouterError::Refused { class, text },
        }
    }

    /// What this says about the router as a whole.
    pub fn state(&self) -> RouterState {
        match self {
            RouterError::Unreachable(_)
            | RouterError::CryptoTooOld(_)
            | RouterError::Incomplete(_) => RouterState::Unreachable,
            RouterError::LoginRefused(_) => RouterState::LoginRefused,
            RouterError::HostKeyChanged { .. } => RouterState::HostKeyChanged,
            RouterError::PermissionMissing(_) => RouterState::PermissionMissing,
            RouterError::HotspotMissing(_) => RouterState::HotspotMissing,
            RouterError::Busy(_) => RouterState::Busy,
            RouterError::Conflict(_)
            | RouterError::NotFound(_)
            | RouterError::Refused { .. }
            | RouterError::Garbled(_) => RouterState::Up,
            RouterError::NoAccess(_) | RouterError::Unsayable(_) => RouterState::Unknown,
        }
    }

    /// Whether time alone may mend it. Otherwise a person must act first.
    pub fn is_transient(&self) -> bool {
        match self {
            RouterError::Unreachable(_)
            | RouterError::Busy(_)
            | RouterError::NotFound(_)
            | RouterError::Garbled(_)
            | RouterError::Incomplete(_) => true,
            RouterError::Refused { class, .. } => {
                matches!(class, Class::Failure | Class::Unknown | Class::InvalidReference)
            }
            _ => false,
        }
    }
}

/// Enough of a text for people, on one line, and nothing of rows: they hold passwords.
fn first_lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("K "));
    let line = lines.take(3).collect::<Vec<_>>().join(" / ");
    line.chars().take(300).collect()
}

/// Hides what must not be in logs: what follows `password=` or `secret=`, quoted or up to the next
/// space, and all but the end of numbers as long as a phone's, of which user names are made.
pub(super) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = next_secret(rest) {
        out.push_str(&short_numbers(&rest[..at]));
        out.push('…');
        rest = &rest[at..];
        let end = match rest.strip_prefix('"') {
            Some(inside) => closing_quote(inside).map(|it| it + 2),
            None => rest.find([' ', ';', '\n', '\r', ']']),
        };
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    out.push_str(&short_numbers(rest));
    out
}

fn next_secret(text: &str) -> Option<usize> {
    let ends = ["password=", "secret="].into_iter();
    ends.filter_map(|word| text.find(word).map(|at| at + word.len())).min()
}

/// Leaves the last three digits of numbers of nine digits and more.
fn short_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(|it: char| !it.is_ascii_digit()) {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let hidden = if 9 <= digits { digits - 3 } else { 0 };
        out.push_str(if hidden == 0 { "" } else { "…" });
        out.push_str(&part[hidden..]);
    }
    out
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

#[test]
fn secrets_are_hidden() {
    let check = |text: &str, shown: &str| assert_eq!(redact(text), shown);
    check("nothing to hide", "nothing to hide");
    check(r#"add name=x password="a b" profile=y"#, "add name=x password=… profile=y");
    check(r#"password="a\"b" c"#, "password=… c");
    check("otp-secret=abc;x secret=", "otp-secret=…;x secret=…");
    check(r#"password="never closed"#, "password=…");
    check("radius-password=é1 x", "radius-password=… x");
    check("user hs_712345678 has 12345678 (é)", "user hs_…678 has 12345678 (é)");
    check("name=\"254712345678\"", "name=\"…678\"");
    check("0712345678", "…678");
}

#[test]
fn a_text_becomes_a_decision() {
    let check = |text: &str, wanted: RouterError| assert_eq!(RouterError::from_text(text), wanted);
    let permission = "not enough permissions (9)";
    check(permission, RouterError::PermissionMissing(permission.to_owned()));
    check(
        "bad command name hotspot (line 1 column 26)",
        RouterError::HotspotMissing("bad command name hotspot (line 1 column 26)".to_owned()),
    );
    check(
        "Script Error: input does not match any value of profile (/x/set; line 1)",
        RouterError::Refused {
            class: Class::InvalidReference,
            text: "input does not match any value of profile".to_owned(),
        },
    );
    let device_mode = RouterError::from_text("failure: not allowed by device-mode");
    assert_eq!(device_mode.state(), RouterState::HotspotMissing);
    assert!(!device_mode.is_transient());
    assert!(RouterError::from_text("action timed out - try again").is_transient());
    assert!(device_mode.to_string().contains("failure: not allowed by device-mode"));
}
