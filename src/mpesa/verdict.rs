//! What `mlango mpesa classify` says of one file.

use crate::domain::money::Cents;
use crate::domain::payment::Receipt;
use crate::domain::received::{Outcome, Payer, Received};

/// One line of `--json`; the keys and their order are a contract with scripts.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Verdict {
    pub file: String,
    pub outcome: Outcome,
    pub amount_cents: Option<Cents>,
    pub receipt: Option<Receipt>,
    /// `254712345678`, where the body says it in full.
    pub phone: Option<String>,
    pub reason: String,
}

impl Verdict {
    pub fn of(file: impl Into<String>, received: &Received) -> Verdict {
        let phone = match &received.payer {
            Payer::Phone(phone) => Some(phone.msisdn().to_owned()),
            Payer::Hash(_) | Payer::Masked(_) | Payer::Unknown => None,
        };
        Verdict {
            file: file.into(),
            outcome: received.outcome,
            amount_cents: received.amount,
            receipt: received.receipt.clone(),
            phone,
            reason: received.reason.clone(),
        }
    }
}
