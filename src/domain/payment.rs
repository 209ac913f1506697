//! Payments: money asked for or received.

use super::ids::{CustomerId, PackageId, PaymentId, RouterId};
use super::money::Cents;
use super::phone::Phone;
use super::time::Timestamp;
use super::{Invalid, text_enum};
use std::fmt;
use std::str::FromStr;

text_enum! {
    /// Money: is it in?
    pub enum PaymentState {
        /// Asked for; nobody has said yet how it ended.
        Pending = "pending",
        /// In, and for something we know.
        Received = "received",
        /// It never came.
        Failed = "failed",
        /// In or claimed to be, and an operator must say for what.
        Held = "held",
        /// Given back, or never meant for this site.
        Returned = "returned",
    }
}

text_enum! {
    /// What held money waits for.
    pub enum HeldFor {
        /// The message claimed what it could not show: another may.
        Evidence = "evidence",
        /// It is all there is to know: a person must say what it is for.
        Decision = "decision",
    }
}

text_enum! {
    /// Why money was returned, or is none of ours.
    pub enum ReturnReason {
        Refunded = "refunded",
        /// M-Pesa took it back.
        Reversed = "reversed",
        /// It was paid for another site on the same till.
        OtherSite = "other-site",
    }
}

text_enum! {
    /// By which way a payment was learned of.
    pub enum Door { Stk = "stk", C2b = "c2b", Cash = "cash", Recorded = "recorded" }
}

text_enum! {
    /// The route a callback came in by. Part of what its signature covers.
    pub enum CallbackDoor {
        Stk = "stk",
        Confirmation = "confirmation",
        Validation = "validation",
    }
}

/// Declares a string that is right ever after it was parsed.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $is_right:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> std::result::Result<$name, Invalid> {
                let is_right: fn(&str) -> bool = $is_right;
                if is_right(text) {
                    return Ok($name(text.to_owned()));
                }
                Err(Invalid::new($expected))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D>(from: D) -> std::result::Result<$name, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.0.as_str().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<$name> {
                let text = value.as_str()?;
                text.parse().map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
            }
        }
    };
}
pub(super) use checked_text;

checked_text!(
    /// M-Pesa's own reference of a payment: `MpesaReceiptNumber`, or `TransID` at the C2B door.
    Receipt,
    "not an M-Pesa receipt: 8 to 12 capital letters and digits",
    |text| {
        (8..=12).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    }
);

checked_text!(
    /// M-Pesa's name for one push. Guessable, and it contains the phone number: not a secret.
    CheckoutRequestId,
    "not a CheckoutRequestID: 1 to 128 printable ASCII characters",
    |text| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
);

checked_text!(
    /// A paybill or till number.
    Shortcode,
    "not a paybill or till number: 4 to 12 digits",
    |text| (4..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
);

impl Receipt {
    /// `hs_` and the receipt in lower case: the username of a customer without a plain phone.
    pub fn lower(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// A payment as it stands.
#[derive(Clone, Debug)]
pub struct Payment {
    pub id: PaymentId,
    pub state: PaymentState,
    pub door: Door,
    /// What was asked, if it was asked through us.
    pub price: Option<Cents>,
    /// What came, if that is clear.
    pub amount: Option<Cents>,
    pub receipt: Option<Receipt>,
    pub checkout_request_id: Option<CheckoutRequestId>,
    pub payer_phone: Option<Phone>,
    pub payer_hash: Option<String>,
    pub payer_masked: Option<String>,
    pub shortcode: Option<Shortcode>,
    pub reference: Option<String>,
    pub customer_id: Option<CustomerId>,
    pub package_id: Option<PackageId>,
    pub router_id: Option<RouterId>,
    /// Whether it was asked for through us, by the portal or an operator.
    pub is_known: bool,
    pub is_signed: bool,
    pub surplus: Cents,
    pub held_for: Option<HeldFor>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub received_at: Option<Timestamp>,
    /// When M-Pesa says it was paid, if that is known.
    pub paid_at: Option<Timestamp>,
}

impl Payment {
    /// Whether money for it is in, by evidence and not by a claim alone.
    pub fn is_in(&self) -> bool {
        matches!(self.state, PaymentState::Received | PaymentState::Held)
            && self.held_for != Some(HeldFor::Evidence)
    }
}
