//! What a payment provider's message comes to, whatever the provider: the one shape that the
//! parsers produce and `process_payment` decides by.

use super::money::Cents;
use super::payment::{CheckoutRequestId, Door, Receipt, Shortcode};
use super::phone::{Phone, PhoneHash};
use super::text_enum;
use super::time::Timestamp;

text_enum! {
    /// The claim a message makes, judged by its evidence alone.
    pub enum Outcome {
        /// Result code, receipt and amount agree.
        Success = "success",
        /// A well-formed refusal without a receipt: no money came.
        Failed = "failed",
        /// Not decided yet; never a failure.
        Pending = "pending",
        /// A claim without usable evidence, or evidence that contradicts it: a person decides.
        Indeterminate = "indeterminate",
        /// Nothing we can or may use: kept as received, credits nothing.
        Reject = "reject",
    }
}

/// Who paid, as far as the message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payer {
    Phone(Phone),
    /// The SHA-256 of the number, which only a known phone can be compared with.
    Hash(PhoneHash),
    /// With digits starred out, as in `2547 ***** 126`: shown to the operator, joins nothing.
    Masked(String),
    Unknown,
}

/// A provider's message, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub outcome: Outcome,
    pub door: Door,
    pub amount: Option<Cents>,
    pub receipt: Option<Receipt>,
    pub checkout_request_id: Option<CheckoutRequestId>,
    pub payer: Payer,
    /// Whose till or paybill the money went to; push results do not say.
    pub shortcode: Option<Shortcode>,
    /// What the payer typed as account number. Anything at all; empty becomes `None`.
    pub reference: Option<String>,
    /// When it was paid, as the provider says; its clock may differ from ours.
    pub paid_at: Option<Timestamp>,
    /// The provider's result code, as written.
    pub result_code: Option<String>,
    /// Why the outcome is what it is, in words for an operator.
    pub reason: String,
}
