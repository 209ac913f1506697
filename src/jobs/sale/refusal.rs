//! What somebody wanted done to a sale, and why it is not: nothing is changed by it.

use crate::domain::customer::Customer;
use crate::domain::ids::PaymentId;
use crate::domain::package::PackageCode;
use crate::domain::payment::{PaymentState, Receipt};
use crate::store::{Error, Store, Tx};

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("no package {0} is for sale")]
    NoSuchPackage(PackageCode),
    #[error("there is no router {0:?}")]
    NoSuchRouter(String),
    #[error("there is no payment {0}")]
    NoSuchPayment(PaymentId),
    #[error("payment {0} has another CheckoutRequestID")]
    OtherCheckout(PaymentId),
    #[error("payment {0} is granted already")]
    Granted(PaymentId),
    #[error("payment {0} is {1}: there is no money to assign")]
    NotIn(PaymentId, PaymentState),
    #[error("payment {0} names neither a phone nor a receipt; record it by hand instead")]
    NobodysMoney(PaymentId),
    #[error("{0} is the receipt of payment {1}, which is {2} already")]
    KnownReceipt(Receipt, PaymentId, PaymentState),
    #[error("payment {0} is {1}: there is no money to return")]
    NothingToReturn(PaymentId, PaymentState),
    #[error("payment {0} is closed already: {1}")]
    Closed(PaymentId, String),
    #[error("no callback told of payment {0}: there is nothing to replay")]
    NoCallback(PaymentId),
    #[error("nothing that {} bought is running", called(.0))]
    NothingRuns(Box<Customer>),
    #[error("nobody told us the phone of {}", called(.0))]
    NoPhone(Box<Customer>),
    #[error("no SMS can be sent: [sms] gateway is \"none\" in the configuration")]
    NoGateway,
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Refusal {
        Refusal::Store(error.into())
    }
}

/// As operators call a customer.
fn called(customer: &Customer) -> String {
    let name = || customer.username.as_str().to_owned();
    customer.phone.as_ref().map_or_else(name, |it| it.local())
}

/// Writes all of `body`, or nothing if it is refused.
pub fn write<T>(
    store: &Store,
    body: impl FnOnce(&Tx<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut refused = None;
    let written = store.write(|tx| {
        body(tx).map_err(|refusal| match refusal {
            Refusal::Store(error) => error,
            other => {
                let text = other.to_string();
                refused = Some(other);
                Error::Inconsistent(text) // Undoes what was begun.
            }
        })
    });
    match refused {
        Some(refusal) => Err(refusal),
        None => Ok(written?),
    }
}
