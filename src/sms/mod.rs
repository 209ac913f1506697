//! Texts to phones, by whatever gateway the site has an account with.
//!
//! A text costs money and may hold a password, so nothing is sent twice by guess, and neither
//! the text nor a whole number is written to a log or an error.

pub mod gsm7;
pub mod http;
pub mod log;
pub mod none;
pub mod text;

use crate::domain::phone::Phone;
use std::fmt;
use std::time::Instant;

/// The wire to a gateway.
pub trait SmsGateway: Send + Sync {
    /// Hands one text over. Returns by `deadline`, whatever the gateway does.
    fn send(&self, message: &Message, deadline: Instant) -> Result<Sent, SmsError>;

    /// Whether the gateway can be reached, as far as that can be told without a text.
    fn probe(&self, _deadline: Instant) -> Result<(), SmsError> {
        Ok(())
    }

    /// Its word in the config file.
    fn name(&self) -> &'static str;
}

/// One text to one phone.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub to: Phone,
    /// May hold a password.
    pub text: String,
    /// Ours, the same for every try; a gateway may know a repetition by it.
    pub reference: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Message { to, text, reference } = self;
        write!(f, "Message({to:?}, {} characters, {reference:?})", text.chars().count())
    }
}

/// The gateway took it. Whether the phone got it, nobody knows yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The gateway's name for it.
    pub id: Option<String>,
}

/// How it went wrong, by what may be done next. The texts are for operators, and safe to keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// The gateway never saw it: try again.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The gateway will not send it: the same again has no use until somebody mends the cause.
    #[error("refused: {0}")]
    Refused(String),
    /// It may have gone out: never send it again unasked.
    #[error("nobody knows whether it was sent: {0}")]
    Unknown(String),
    #[error("refused: the account at the SMS gateway has no credit left")]
    OutOfCredit,
}
