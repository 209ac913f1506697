//! A customer, and all that was bought, the newest first.

use crate::domain::customer::{Customer, Username};
use crate::domain::ids::CustomerId;
use crate::domain::money::Cents;
use crate::domain::package::PackageCode;
use crate::domain::payment::{PaymentState, Receipt};
use crate::domain::phone::Phone;
use crate::domain::subscription::{Subscription, SubscriptionState};
use crate::domain::time::Timestamp;
use crate::store::{Result, customers, grants, packages, payments, sessions, subscriptions};
use rusqlite::Connection;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct CustomerView {
    pub subscriptions: Vec<Bought>,
    pub payments: Vec<Paid>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Bought {
    pub id: i64,
    pub package: PackageCode,
    pub state: SubscriptionState,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub bytes_left: Option<i64>,
    pub devices: u32,
    pub online: i64,
    pub payments: Vec<i64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Paid {
    pub id: i64,
    pub state: PaymentState,
    pub amount_cents: Option<Cents>,
    pub receipt: Option<Receipt>,
    pub received_at: Option<Timestamp>,
}

/// The customer with this phone; or, as M-Pesa hides phones, with this username or receipt.
pub fn find(conn: &Connection, text: &str) -> Result<Option<Customer>> {
    if let Ok(phone) = text.parse::<Phone>()
        && let Some(found) = customers::by_hash(conn, &phone.hash())?
    {
        return Ok(Some(found));
    }
    if let Ok(username) = text.parse::<Username>()
        && let Some(found) = customers::by_username(conn, &username)?
    {
        return Ok(Some(found));
    }
    let Ok(receipt) = text.to_ascii_uppercase().parse::<Receipt>() else { return Ok(None) };
    let payer = payments::by_receipt(conn, &receipt)?.and_then(|it| it.customer_id);
    payer.map_or(Ok(None), |id| customers::find(conn, id))
}

pub fn view(conn: &Connection, id: CustomerId) -> Result<CustomerView> {
    let subscriptions = subscriptions::of_customer(conn, id)?;
    let subscriptions = subscriptions.iter().filter(|it| !it.is_test);
    let payments = payments::of_customer(conn, id)?;
    Ok(CustomerView {
        subscriptions: subscriptions.map(|it| bought(conn, it)).collect::<Result<_>>()?,
        payments: payments
            .into_iter()
            .map(|it| Paid {
                id: it.id.0,
                state: it.state,
                amount_cents: it.amount,
                receipt: it.receipt,
                received_at: it.received_at,
            })
            .collect(),
    })
}

fn bought(conn: &Connection, subscription: &Subscription) -> Result<Bought> {
    let payments = grants::of_subscription(conn, subscription.id)?;
    Ok(Bought {
        id: subscription.id.0,
        package: packages::get(conn, subscription.package_id)?.code,
        state: subscription.state,
        starts_at: subscription.period.map(|it| it.starts_at),
        ends_at: subscription.period.map(|it| it.ends_at),
        bytes_left: subscription.bytes_left(),
        devices: subscription.devices,
        online: sessions::online_of(conn, subscription.id)?,
        payments: payments.into_iter().map(|it| it.payment_id.0).collect(),
    })
}
