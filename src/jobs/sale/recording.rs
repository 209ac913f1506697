//! Money that no callback told of: seen on the till, or taken in cash.

use super::settle::settle;
use super::{Purchase, Refusal, Who, customer, grant};
use crate::config::Config;
use crate::domain::customer::Customer;
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::package::{Package, PackageCode};
use crate::domain::payment::{Door, Payment, PaymentState, Receipt};
use crate::domain::phone::Phone;
use crate::domain::received::{Outcome, Payer, Received};
use crate::domain::time::Timestamp;
use crate::store::{Error, Tx, customers, packages, payments};

/// A payment as somebody read it off the till, or off a statement.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub receipt: Receipt,
    pub amount: Cents,
    pub payer: Payer,
    /// What it is for; without it the reference and the amount say, or a person does later.
    pub package: Option<PackageCode>,
    /// What the payer typed.
    pub reference: Option<String>,
    pub paid_at: Option<Timestamp>,
}

/// Takes money in that was seen under its receipt. A callback that tells of it later finds it
/// there, and credits nothing. Refused if the money of that receipt is known to be in.
pub fn record(tx: &Tx<'_>, config: &Config, recorded: &Recorded) -> Result<PaymentId, Refusal> {
    let known = payments::by_receipt(tx, &recorded.receipt)?;
    if let Some(known) = known.as_ref().filter(|it| it.is_in() || is_closed(it)) {
        let receipt = recorded.receipt.clone();
        return Err(Refusal::KnownReceipt(receipt, known.id, known.state));
    }
    let received = recorded.as_received();
    let id = match &recorded.package {
        None => {
            // An operator vouches for it, so the limit for what nobody signed is not asked.
            let settled = settle(tx, config, &received, true)?;
            settled.payment_id.ok_or_else(|| {
                Error::Inconsistent(format!("{} became no payment", recorded.receipt))
            })?
        }
        Some(code) => record_for(tx, config, recorded, &received, known, code)?,
    };
    if let Some(paid_at) = recorded.paid_at {
        payments::set_paid_at(tx, id, paid_at)?;
    }
    Ok(id)
}

fn is_closed(payment: &Payment) -> bool {
    payment.state == PaymentState::Returned
}

/// Takes it in for what the operator says, as `assign` does: the price is no matter.
fn record_for(
    tx: &Tx<'_>,
    config: &Config,
    recorded: &Recorded,
    received: &Received,
    known: Option<Payment>,
    code: &PackageCode,
) -> Result<PaymentId, Refusal> {
    let package = package(tx, code)?;
    let payment = match known {
        Some(known) => known,
        None => payments::get(tx, payments::insert_found(tx, received, None)?)?,
    };
    payments::complete(tx, payment.id, received)?;
    let (customer, is_new_customer) = match payment.customer_id {
        Some(id) => (customers::get(tx, id)?, false),
        None => customer(tx, config, Who::paid(&recorded.payer, &recorded.receipt))?,
    };
    let bought = Bought { payment: &payment, amount: recorded.amount, package: &package };
    bought.grant(tx, config, &customer, is_new_customer)?;
    Ok(payment.id)
}

/// Takes cash at the counter: the price of the package, which the customer gets at once.
pub fn sell(
    tx: &Tx<'_>,
    config: &Config,
    phone: &Phone,
    code: &PackageCode,
) -> Result<PaymentId, Refusal> {
    let package = package(tx, code)?;
    let (customer, is_new_customer) = customer(tx, config, Who::Phone(phone))?;
    let asked = payments::Asked {
        door: Door::Cash,
        price: package.price,
        checkout_request_id: None,
        customer_id: customer.id,
        package_id: package.id,
        router_id: None,
        mac: None,
    };
    let payment = payments::get(tx, payments::insert_asked(tx, &asked)?)?;
    let bought = Bought { payment: &payment, amount: package.price, package: &package };
    bought.grant(tx, config, &customer, is_new_customer)?;
    Ok(payment.id)
}

fn package(tx: &Tx<'_>, code: &PackageCode) -> Result<Package, Refusal> {
    packages::by_code(tx, code)?.ok_or_else(|| Refusal::NoSuchPackage(code.clone()))
}

/// Money, and what a person said it buys.
struct Bought<'a> {
    payment: &'a Payment,
    amount: Cents,
    package: &'a Package,
}

impl Bought<'_> {
    fn grant(
        &self,
        tx: &Tx<'_>,
        config: &Config,
        customer: &Customer,
        is_new_customer: bool,
    ) -> crate::store::Result<()> {
        let Bought { payment, amount, package } = *self;
        let surplus = amount.surplus_over(package.price).unwrap_or(Cents(0));
        payments::set_received(tx, payment.id, amount, surplus, payment.is_signed)?;
        payments::set_purpose(tx, payment.id, customer.id, package.id, payment.router_id)?;
        let purchase = Purchase {
            payment_id: payment.id,
            customer,
            is_new_customer,
            package,
            router_id: payment.router_id,
            is_by_price: false,
        };
        grant(tx, config, &purchase)?;
        Ok(())
    }
}

impl Recorded {
    /// As a callback would have told of it.
    fn as_received(&self) -> Received {
        Received {
            outcome: Outcome::Success,
            door: Door::Recorded,
            amount: Some(self.amount),
            receipt: Some(self.receipt.clone()),
            checkout_request_id: None,
            payer: self.payer.clone(),
            shortcode: None,
            reference: self.reference.clone(),
            paid_at: self.paid_at,
            result_code: None,
            reason: "recorded".to_owned(),
        }
    }
}
