//! The words of the business, and the rules that need nothing but them: no I/O here.

pub mod address;
pub mod customer;
pub mod ids;
pub mod mac;
pub mod mark;
pub mod meter;
pub mod money;
pub mod package;
pub mod payment;
pub mod phone;
pub mod queue;
pub mod received;
pub mod reconcile;
pub mod router;
pub mod schedule;
pub mod secret;
pub mod sms;
pub mod subscription;
mod text_enum;
pub mod time;
pub mod usage;

pub(crate) use text_enum::text_enum;

/// Why a word from outside is not what it should be; the text is for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl Invalid {
    pub fn new(reason: impl Into<String>) -> Invalid {
        Invalid(reason.into())
    }
}
