//! What an operator does next, once something was refused.

use crate::jobs::sale::Refusal;
use anyhow::anyhow;

/// The refusal in one line, with what to type next.
pub(super) fn with_advice(refusal: Refusal) -> anyhow::Error {
    let advice = match &refusal {
        Refusal::Store(_) => return refusal.into(),
        Refusal::NoSuchPackage(_) => "`mlango package list` shows those that are".to_owned(),
        Refusal::NoSuchRouter(_) => "`mlango router list` shows them".to_owned(),
        Refusal::NoSuchPayment(_) => "`mlango payment list` shows them".to_owned(),
        Refusal::KnownReceipt(_, id, _)
        | Refusal::OtherCheckout(id)
        | Refusal::Granted(id)
        | Refusal::NotIn(id, _)
        | Refusal::NothingToReturn(id, _)
        | Refusal::NobodysMoney(id)
        | Refusal::Closed(id, _)
        | Refusal::NoCallback(id) => format!("`mlango payment show {id}` tells what became of it"),
        Refusal::NothingRuns(_) => {
            "`mlango customer show` tells what was bought, `mlango sell` sells more".to_owned()
        }
        Refusal::NoPhone(customer) => format!(
            "M-Pesa hides it, so have `mlango customer password {}` make credentials to read out",
            customer.username.as_str()
        ),
        Refusal::NoGateway => "`mlango check` says what an SMS needs".to_owned(),
    };
    anyhow!("{refusal}; {advice}")
}
