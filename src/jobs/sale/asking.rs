//! Payments that somebody asks for through us: the portal, or an operator.

use super::joining::{Purpose, grant_asked, join_doors, keep, take_back};
use super::{Purchase, Refusal, Who, customer, grant};
use crate::config::Config;
use crate::domain::customer::Customer;
use crate::domain::ids::{PaymentId, RouterId};
use crate::domain::money::Cents;
use crate::domain::package::{Package, PackageCode};
use crate::domain::payment::{CheckoutRequestId, Door, Payment, PaymentState};
use crate::domain::phone::{Phone, PhoneHash};
use crate::store::{self, Tx, customers, grants, packages, payments, routers};

/// A payment to be expected.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The customer, who gets the credentials. Who pays may be another.
    pub phone: Phone,
    pub package: PackageCode,
    /// By name; without one the purchase is good everywhere.
    pub router: Option<String>,
    pub mac: Option<String>,
    pub checkout_request_id: Option<CheckoutRequestId>,
}

/// What asking came to.
pub struct Asked {
    pub payment_id: PaymentId,
    /// False if this very payment was asked for before.
    pub is_new: bool,
}

/// Expects a payment. With a CheckoutRequestID that is known already it is that payment: one that
/// its callback brought before anybody asked becomes this customer's.
pub fn ask(tx: &Tx<'_>, config: &Config, ask: &Ask) -> Result<Asked, Refusal> {
    let found = match &ask.checkout_request_id {
        Some(checkout) => payments::by_checkout(tx, checkout)?,
        None => None,
    };
    if let Some(same) = found.as_ref().filter(|it| it.is_known) {
        return Ok(Asked { payment_id: same.id, is_new: false });
    }
    let package = packages::by_code(tx, &ask.package)?
        .ok_or_else(|| Refusal::NoSuchPackage(ask.package.clone()))?;
    let router_id = router_id(tx, ask.router.as_deref())?;
    if let Some(found) = found {
        claim_found(tx, config, ask, &package, router_id, &found)?;
        return Ok(Asked { payment_id: found.id, is_new: false });
    }
    let (customer, _) = customer(tx, config, Who::Phone(&ask.phone))?;
    let payment_id = payments::insert_asked(
        tx,
        &payments::Asked {
            door: Door::Stk,
            price: package.price,
            checkout_request_id: ask.checkout_request_id.as_ref(),
            customer_id: customer.id,
            package_id: package.id,
            router_id,
            mac: ask.mac.as_deref(),
        },
    )?;
    Ok(Asked { payment_id, is_new: true })
}

fn router_id(tx: &Tx<'_>, name: Option<&str>) -> Result<Option<RouterId>, Refusal> {
    let Some(name) = name else { return Ok(None) };
    let router = routers::by_name(tx, name)?;
    router.map(|it| Some(it.id)).ok_or_else(|| Refusal::NoSuchRouter(name.to_owned()))
}

/// Makes a payment whose callback came first the one that is asked for now.
fn claim_found(
    tx: &Tx<'_>,
    config: &Config,
    ask: &Ask,
    package: &Package,
    router_id: Option<RouterId>,
    found: &Payment,
) -> store::Result<()> {
    if found.state == PaymentState::Returned {
        return payments::set_known(tx, found.id, ask.mac.as_deref());
    }
    let (customer, _) = customer(tx, config, Who::Phone(&ask.phone))?;
    let amount = found.amount.filter(|_| found.is_in());
    payments::set_known(tx, found.id, ask.mac.as_deref())?;
    if amount.is_some_and(|amount| amount < package.price) {
        return Ok(()); // It bought what its amount buys, or a person will say.
    }
    payments::set_price(tx, found.id, package.price)?;
    if let Some(granted) = grants::of_payment(tx, found.id)? {
        let purpose = Purpose { customer_id: customer.id, package_id: package.id, router_id };
        if !keep(tx, config, &granted, &purpose)? {
            take_back(tx, config, &granted)?;
        }
    }
    payments::set_purpose(tx, found.id, customer.id, package.id, router_id)?;
    // Without money it waits for a callback, as if it had been asked for in time.
    let Some(amount) = amount else { return Ok(()) };
    let surplus = amount.surplus_over(package.price).unwrap_or(Cents(0));
    if found.state == PaymentState::Held {
        payments::set_received(tx, found.id, amount, surplus, found.is_signed)?;
    }
    if grants::of_payment(tx, found.id)?.is_none() {
        grant_asked(tx, config, &payments::get(tx, found.id)?)?;
    }
    Ok(())
}

/// Tells which push a payment was asked for with, once the provider has named it.
pub fn bind_checkout(
    tx: &Tx<'_>,
    config: &Config,
    id: PaymentId,
    checkout: &CheckoutRequestId,
) -> Result<PaymentId, Refusal> {
    let asked = payments::find(tx, id)?.ok_or(Refusal::NoSuchPayment(id))?;
    match payments::by_checkout(tx, checkout)? {
        Some(same) if same.id == asked.id => Ok(asked.id),
        Some(found) if asked.checkout_request_id.is_none() && !found.is_known => {
            // Its callback was faster than this.
            Ok(join_doors(tx, config, &found, &asked)?)
        }
        Some(_) => Err(Refusal::OtherCheckout(id)),
        None if payments::set_checkout(tx, asked.id, checkout)? => Ok(asked.id),
        None => Err(Refusal::OtherCheckout(id)),
    }
}

/// Whose held money it is, as well as anybody can say.
fn buyer(tx: &Tx<'_>, config: &Config, payment: &Payment) -> Result<(Customer, bool), Refusal> {
    if let Some(id) = payment.customer_id {
        return Ok((customers::get(tx, id)?, false));
    }
    let hash = payment.payer_hash.as_deref().and_then(PhoneHash::parse);
    let who = match (&payment.payer_phone, &hash, &payment.receipt) {
        (Some(phone), _, _) => Who::Phone(phone),
        (None, Some(hash), Some(receipt)) => Who::Hash(hash, receipt),
        (None, None, Some(receipt)) => Who::Receipt(receipt),
        (None, _, None) => return Err(Refusal::NobodysMoney(payment.id)),
    };
    Ok(customer(tx, config, who)?)
}

/// Says what held money is for.
pub fn assign(
    tx: &Tx<'_>,
    config: &Config,
    id: PaymentId,
    code: &PackageCode,
) -> Result<(), Refusal> {
    let payment = payments::find(tx, id)?.ok_or(Refusal::NoSuchPayment(id))?;
    if payment.state == PaymentState::Returned {
        return Err(Refusal::Closed(id, payment.reason.unwrap_or_default()));
    }
    if grants::of_payment(tx, payment.id)?.is_some() {
        return Err(Refusal::Granted(id));
    }
    if payment.state != PaymentState::Held {
        return Err(Refusal::NotIn(id, payment.state));
    }
    let package =
        packages::by_code(tx, code)?.ok_or_else(|| Refusal::NoSuchPackage(code.clone()))?;
    let (customer, is_new_customer) = buyer(tx, config, &payment)?;
    let surplus = payment.amount.and_then(|it| it.surplus_over(package.price));
    let surplus = surplus.unwrap_or(Cents(0));
    payments::set_received(tx, payment.id, payment.amount, surplus, payment.is_signed)?;
    payments::set_purpose(tx, payment.id, customer.id, package.id, payment.router_id)?;
    let purchase = Purchase {
        payment_id: payment.id,
        customer: &customer,
        is_new_customer,
        package: &package,
        router_id: payment.router_id,
        is_by_price: false,
    };
    grant(tx, config, &purchase)?;
    Ok(())
}
