//! Subscriptions: a customer's right to one package from … until …, and who must know of it.

use super::ids::{PaymentId, RouterId};
use super::{Invalid, text_enum};
use std::fmt;
use std::str::FromStr;

text_enum! {
    /// Entitlement: until when?
    pub enum SubscriptionState {
        /// Access has not worked yet, or another subscription runs first.
        Pending = "pending",
        Active = "active",
        Expired = "expired",
        /// Its bytes are used up.
        Exhausted = "exhausted",
        Revoked = "revoked",
    }
}

text_enum! {
    /// Delivery: does a target know? That it is being told just now is a running job, not a word
    /// of its row.
    pub enum DeliveryState {
        Queued = "queued",
        /// Read back, and as it should be.
        Verified = "verified",
        /// Its tries are spent for now; tried again when the target returns.
        Parked = "parked",
        /// Given up. Only an SMS can be.
        Failed = "failed",
    }
}

/// One place that must know of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Router(RouterId),
    Radius,
    /// The SMS with the credentials: one for each purchase.
    Sms(PaymentId),
    /// The SMS that asks for patience, if access takes long: one for each purchase at most.
    WaitingSms(PaymentId),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Router(id) => write!(f, "router:{id}"),
            Target::Radius => f.write_str("radius"),
            Target::Sms(payment) => write!(f, "sms:{payment}"),
            Target::WaitingSms(payment) => write!(f, "sms-waiting:{payment}"),
        }
    }
}

impl FromStr for Target {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Target, Invalid> {
        let bad = || Invalid(format!("{text:?} names no place that could know of a subscription"));
        let (kind, id) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "radius" if id.is_empty() => Ok(Target::Radius),
            "router" => id.parse().map(Target::Router).map_err(|_| bad()),
            "sms" => id.parse().map(Target::Sms).map_err(|_| bad()),
            "sms-waiting" => id.parse().map(Target::WaitingSms).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl rusqlite::ToSql for Target {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl rusqlite::types::FromSql for Target {
    fn column_result(
        value: rusqlite::types::ValueRef<'_>,
    ) -> rusqlite::types::FromSqlResult<Target> {
        let text = value.as_str()?;
        text.parse().map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
    }
}

#[test]
fn targets_are_stored_as_words() {
    let targets = [
        Target::Router(RouterId(3)),
        Target::Radius,
        Target::Sms(PaymentId(7)),
        Target::WaitingSms(PaymentId(7)),
    ];
    for target in targets {
        assert_eq!(target.to_string().parse(), Ok(target));
    }
    for text in ["", "radius:1", "router:", "router:x", "email:1"] {
        assert!(text.parse::<Target>().is_err(), "{text}");
    }
}
