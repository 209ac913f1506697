//! Events of a sale, in the shapes that programs outside rely on. None holds a password.

use super::grant::Purchase;
use crate::domain::ids::SubscriptionId;
use crate::domain::money::Cents;
use crate::domain::payment::Payment;
use crate::domain::phone::Phone;
use crate::domain::subscription::Subscription;
use crate::store::events::{self, EventName};
use crate::store::routers::Router;
use crate::store::{Result, Tx, customers, packages, payments, subscriptions};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const HIDDEN: &str = "********";

pub(super) fn payment_processed(
    tx: &Tx<'_>,
    purchase: &Purchase<'_>,
    id: SubscriptionId,
) -> Result<()> {
    let payment = payments::get(tx, purchase.payment_id)?;
    let subscription = subscriptions::get(tx, id)?;
    let customer = purchase.customer;
    let phone = customer.phone.as_ref().map(Phone::international);
    let body = json!({
        "type": "payment_processed",
        "payment": payment_body(&payment, Some(&purchase.package.name)),
        "user": {
            "id": customer.id, "username": subscription.username.as_str(),
            "phone_number": phone, "is_new": purchase.is_new_customer,
        },
        "subscription": {
            "id": id,
            "start_time": subscription.period.map(|it| it.starts_at),
            "end_time": subscription.period.map(|it| it.ends_at),
            "status": subscription.state,
        },
        "credentials": { "username": subscription.username.as_str(), "password": HIDDEN },
        "timestamp": tx.now.wall,
    });
    events::insert(tx, EventName::PaymentProcessed, &with_amount(&body, payment.amount)?)
}

/// The money never came.
pub(super) fn payment_failed(tx: &Tx<'_>, payment: &Payment, error: &str) -> Result<()> {
    let package = match payment.package_id {
        Some(id) => Some(packages::get(tx, id)?.name),
        None => None,
    };
    let body = json!({
        "type": "payment_failed",
        "payment": payment_body(payment, package.as_deref()),
        "error": error,
        "timestamp": tx.now.wall,
    });
    events::insert(tx, EventName::PaymentFailed, &with_amount(&body, payment.amount)?)
}

/// Stands in a body where the amount goes: a number with two decimals, which a float would lose.
const AMOUNT: &str = "\u{1}amount";

fn payment_body(payment: &Payment, package: Option<&str>) -> Value {
    json!({
        "id": payment.id,
        "amount": payment.amount.map(|_| AMOUNT),
        "phone_number": payment.payer_phone.as_ref().map(Phone::international),
        "transaction_id": payment.receipt,
        "package": package,
    })
}

fn with_amount(body: &Value, amount: Option<Cents>) -> Result<Box<RawValue>> {
    let placeholder = Value::from(AMOUNT).to_string();
    let number = amount.map_or_else(|| "null".to_owned(), |it| it.to_string());
    Ok(RawValue::from_string(body.to_string().replace(&placeholder, &number))?)
}

/// A router, or FreeRADIUS where no router is written to, lets the customer in.
pub(super) fn user_provisioned(
    tx: &Tx<'_>,
    id: SubscriptionId,
    router: Option<&Router>,
) -> Result<()> {
    let subscription = subscriptions::get(tx, id)?;
    let mut user = user_body(tx, &subscription)?;
    user["end_time"] = json!(subscription.period.map(|it| it.ends_at));
    let router =
        router.map(|it| json!({ "id": it.id, "name": it.name, "ip_address": it.address.host }));
    let body = json!({
        "type": "user_provisioned", "subscription": user, "router": router,
        "timestamp": tx.now.wall,
    });
    events::insert(tx, EventName::UserProvisioned, &body)
}

/// What was bought is over: its time has run out, or its bytes are used up.
pub(super) fn session_expired(tx: &Tx<'_>, id: SubscriptionId) -> Result<()> {
    let subscription = subscriptions::get(tx, id)?;
    let mut user = user_body(tx, &subscription)?;
    user["end_time"] = json!(subscription.period.map(|it| it.ends_at));
    user["status"] = json!(subscription.state);
    let body = json!({
        "type": "session_expired", "subscription": user, "timestamp": tx.now.wall,
    });
    events::insert(tx, EventName::SessionExpired, &body)
}

/// The last of the fast tries failed; the work is parked, and goes on.
pub fn provisioning_failed(
    tx: &Tx<'_>,
    subscription: &Subscription,
    router: &Router,
    error: &str,
) -> Result<()> {
    let body = json!({
        "type": "provisioning_failed", "subscription": user_body(tx, subscription)?,
        "router_id": router.id, "error": error, "timestamp": tx.now.wall,
    });
    events::insert(tx, EventName::ProvisioningFailed, &body)
}

fn user_body(tx: &Tx<'_>, subscription: &Subscription) -> Result<Value> {
    let package = packages::get(tx, subscription.package_id)?;
    let customer = customers::get(tx, subscription.customer_id)?;
    Ok(json!({
        "id": subscription.id, "user_id": customer.id,
        "username": subscription.username.as_str(), "package": package.name,
    }))
}
