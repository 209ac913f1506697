//! Subscriptions: a customer's right to one package from … until …, and who must know of it.

use super::customer::Username;
use super::ids::{CustomerId, PackageId, PaymentId, RouterId, SubscriptionId};
use super::package::{Rate, Starts};
use super::secret::Secret;
use super::time::{EngineTime, Now, Timestamp};
use super::{Invalid, text_enum};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

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

/// From when to when a subscription runs, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub starts_at: Timestamp,
    pub starts_engine: EngineTime,
    pub ends_at: Timestamp,
    pub ends_engine: EngineTime,
    /// Whether `ends_at` was taken from a wall clock that was believed.
    pub is_end_trusted: bool,
}

impl Period {
    /// So long from `now` on.
    pub fn from(now: Now, length: Duration) -> Period {
        Period {
            starts_at: now.wall,
            starts_engine: now.engine,
            ends_at: now.wall + length,
            ends_engine: now.engine + length,
            is_end_trusted: now.is_wall_trusted,
        }
    }

    pub fn extended_by(self, length: Duration) -> Period {
        let (ends_at, ends_engine) = (self.ends_at + length, self.ends_engine + length);
        Period { ends_at, ends_engine, ..self }
    }

    /// The same length, begun so long before.
    pub fn moved_back_by(self, span: Duration) -> Period {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let starts_at = Timestamp(self.starts_at.0.saturating_sub(ms));
        let starts_engine = EngineTime(self.starts_engine.0.saturating_sub(ms));
        Period { starts_at, starts_engine, ..self }.shortened_by(span)
    }

    pub fn shortened_by(self, length: Duration) -> Period {
        let ms = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let ends_at = Timestamp(self.ends_at.0.saturating_sub(ms));
        Period { ends_at, ends_engine: EngineTime(self.ends_engine.0.saturating_sub(ms)), ..self }
    }

    /// What is left; zero once it is over. The wall clock decides if it is believed now and was
    /// when the end was set; otherwise the time the box has been at work does.
    pub fn left(self, now: Now) -> Duration {
        match now.trusted_wall() {
            Some(wall) if self.is_end_trusted => self.ends_at.since(wall),
            _ => self.ends_engine.since(now.engine),
        }
    }

    /// When it ends on the wall, if that can be said.
    pub fn ends_on_wall(self, now: Now) -> Option<Timestamp> {
        now.trusted_wall().map(|wall| wall + self.left(now))
    }
}

/// An end by the wall clock this much before the one by the steady clock is the clock's doing, or
/// that of a box that was off.
pub const EARLY: Duration = Duration::from_secs(60);
/// So few may end early whatever their share is.
const FEW: usize = 5;

/// Whether so many of those that run would end early that a person should look at the clock first.
pub fn are_too_many_early(running: usize, early: usize) -> bool {
    FEW <= early && running < early * 10
}

/// A customer's right to one package.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub customer_id: CustomerId,
    pub package_id: PackageId,
    /// Good on this router only, if any is named.
    pub router_id: Option<RouterId>,
    pub state: SubscriptionState,
    pub username: Username,
    pub password: Secret,
    /// Bought in all, over its purchases.
    pub seconds: i64,
    /// Bought in all, both directions together; `None` is without limit.
    pub bytes: Option<i64>,
    pub used_bytes: i64,
    pub rate: Option<Rate>,
    pub devices: u32,
    pub starts: Starts,
    /// Counts its purchases.
    pub revision: u32,
    /// `None` until its time begins to run.
    pub period: Option<Period>,
    /// Made to try the installation; no money is behind it.
    pub is_test: bool,
}

impl Subscription {
    pub fn is_live(&self) -> bool {
        matches!(self.state, SubscriptionState::Pending | SubscriptionState::Active)
    }

    /// The time that is left: all of it until it begins to run.
    pub fn left(&self, now: Now) -> Duration {
        let bought = Duration::from_secs(u64::try_from(self.seconds).unwrap_or(0));
        self.period.map_or(bought, |period| period.left(now))
    }

    pub fn bytes_left(&self) -> Option<i64> {
        self.bytes.map(|bytes| (bytes - self.used_bytes).max(0))
    }

    /// Whether time or bytes have run out.
    pub fn is_spent(&self, now: Now) -> bool {
        self.left(now).is_zero() || self.bytes_left() == Some(0)
    }
}

/// Why an SMS could not go out: M-Pesa hides the number.
pub const NO_PHONE: &str = "no phone";

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
