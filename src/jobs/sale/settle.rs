//! What a message about money comes to, given what is known already.
//!
//! Doors join by equal receipt, or by equal CheckoutRequestID; never by phone and amount alone.
//! Money that is in never becomes money that failed, in whatever order messages arrive.

use super::joining::{grant_asked, join_doors};
use super::matching::{Match, package_for};
use super::who::learn_phone;
use super::{Purchase, Who, announce, customer, grant};
use crate::config::Config;
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::payment::{HeldFor, Payment, PaymentState, Receipt};
use crate::domain::received::{Outcome, Payer, Received};
use crate::store::{Error, Result, Tx, customers, grants, payments};

/// What was made of a message.
pub struct Settled {
    /// In words, for the timeline.
    pub reason: String,
    pub payment_id: Option<PaymentId>,
}

/// Settles one message. Settling it again changes nothing.
pub fn settle(
    tx: &Tx<'_>,
    config: &Config,
    received: &Received,
    is_signed: bool,
) -> Result<Settled> {
    let by_receipt = match &received.receipt {
        Some(receipt) => payments::by_receipt(tx, receipt)?,
        None => None,
    };
    let by_checkout = match &received.checkout_request_id {
        Some(checkout) => payments::by_checkout(tx, checkout)?,
        None => None,
    };
    let settled = |reason: String, id| Ok(Settled { reason, payment_id: id });
    match received.outcome {
        Outcome::Reject => settled(received.reason.clone(), None),
        Outcome::Pending | Outcome::Failed => {
            let id = not_in(tx, received, by_checkout.or(by_receipt))?;
            settled(received.reason.clone(), Some(id))
        }
        Outcome::Indeterminate => {
            let id = unclear(tx, received, by_receipt.or(by_checkout))?;
            settled(received.reason.clone(), Some(id))
        }
        Outcome::Success => {
            let paid = Paid::new(config, received, is_signed)?;
            let (id, reason) = paid.settle(tx, by_receipt, by_checkout)?;
            settled(reason, Some(id))
        }
    }
}

/// No money came, or none yet. Says nothing against money that another message brought.
fn not_in(tx: &Tx<'_>, received: &Received, known: Option<Payment>) -> Result<PaymentId> {
    let id = match known {
        Some(known) => known.id,
        None => payments::insert_found(tx, received, received.checkout_request_id.as_ref())?,
    };
    if received.outcome == Outcome::Failed && payments::set_failed(tx, id, &received.reason)? {
        announce::payment_failed(tx, &payments::get(tx, id)?, &received.reason)?;
    }
    Ok(id)
}

/// It claims what it cannot show. A person decides, unless the money is known to be in.
fn unclear(tx: &Tx<'_>, received: &Received, known: Option<Payment>) -> Result<PaymentId> {
    let known = match known {
        Some(known) => known,
        None => {
            let checkout = received.checkout_request_id.as_ref();
            payments::get(tx, payments::insert_found(tx, received, checkout)?)?
        }
    };
    let is_its_own = match &received.receipt {
        Some(receipt) => payments::by_receipt(tx, receipt)?.is_none_or(|it| it.id == known.id),
        None => true,
    };
    if is_its_own {
        payments::complete(tx, known.id, received)?; // The other door may know it by its receipt.
    }
    if matches!(known.state, PaymentState::Pending | PaymentState::Failed) {
        let held_for = HeldFor::Evidence;
        payments::set_held(tx, known.id, received.amount, held_for, &received.reason)?;
    }
    Ok(known.id)
}

/// A message whose claim and evidence agree: this much came, under this receipt.
struct Paid<'a> {
    config: &'a Config,
    received: &'a Received,
    receipt: &'a Receipt,
    amount: Cents,
    is_signed: bool,
}

impl<'a> Paid<'a> {
    fn new(config: &'a Config, received: &'a Received, is_signed: bool) -> Result<Paid<'a>> {
        let evidence = received.receipt.as_ref().zip(received.amount);
        let (receipt, amount) = evidence
            .ok_or_else(|| Error::Inconsistent("a success without receipt or amount".to_owned()))?;
        Ok(Paid { config, received, receipt, amount, is_signed })
    }

    fn settle(
        &self,
        tx: &Tx<'_>,
        by_receipt: Option<Payment>,
        by_checkout: Option<Payment>,
    ) -> Result<(PaymentId, String)> {
        let id = match (by_receipt, by_checkout) {
            (Some(money), Some(asked)) if money.id != asked.id && asked.receipt.is_none() => {
                join_doors(tx, self.config, &money, &asked)?
            }
            (Some(money), _) => money.id,
            (None, Some(asked)) if asked.receipt.is_none() => asked.id,
            (None, Some(other)) => return self.second_on_one_push(tx, &other),
            (None, None) => {
                let checkout = self.received.checkout_request_id.as_ref();
                payments::insert_found(tx, self.received, checkout)?
            }
        };
        self.complete(tx, id)?;
        let reason = self.credit(tx, &payments::get(tx, id)?)?;
        Ok((id, reason))
    }

    /// A prompt is paid once. What comes on top is a person's to explain.
    fn second_on_one_push(&self, tx: &Tx<'_>, other: &Payment) -> Result<(PaymentId, String)> {
        let id = payments::insert_found(tx, self.received, None)?;
        let reason = format!("a second success on the push of payment {}", other.id);
        payments::set_held(tx, id, Some(self.amount), HeldFor::Decision, &reason)?;
        Ok((id, reason))
    }

    /// Adds what this message tells and no other did: the other door's names, a plain phone.
    fn complete(&self, tx: &Tx<'_>, id: PaymentId) -> Result<()> {
        payments::complete(tx, id, self.received)?;
        if let Some(checkout) = &self.received.checkout_request_id
            && payments::by_checkout(tx, checkout)?.is_none()
        {
            payments::set_checkout(tx, id, checkout)?;
        }
        let payment = payments::get(tx, id)?;
        let (Payer::Phone(phone), Some(customer_id)) = (&self.received.payer, payment.customer_id)
        else {
            return Ok(());
        };
        // Of a payment we asked for, the payer may be anybody; the customer was named.
        let customer = customers::get(tx, customer_id)?;
        let is_theirs = payment.payer_hash.as_deref() == Some(phone.hash().as_str());
        if !payment.is_known && customer.phone.is_none() && is_theirs {
            learn_phone(tx, &customer, phone)?;
        }
        Ok(())
    }

    /// Grants what the money is for, or holds it.
    fn credit(&self, tx: &Tx<'_>, payment: &Payment) -> Result<String> {
        // An operator may have decided on a claim before the evidence came.
        payments::set_amount_if_unknown(tx, payment.id, self.amount)?;
        if payment.state == PaymentState::Returned {
            return Ok("closed by an operator before".to_owned());
        }
        if grants::of_payment(tx, payment.id)?.is_some() {
            return Ok(match payment.amount.filter(|it| *it != self.amount) {
                Some(known) => format!("granted before, for {known}; this says {}", self.amount),
                None => "granted before".to_owned(),
            });
        }
        if payment.held_for == Some(HeldFor::Decision) {
            return Ok("held before, for a person to decide".to_owned());
        }
        if payment.is_known && payment.package_id.is_some() {
            self.credit_asked(tx, payment)
        } else {
            self.credit_unknown(tx, payment)
        }
    }

    fn credit_asked(&self, tx: &Tx<'_>, payment: &Payment) -> Result<String> {
        let price = payment.price.unwrap_or(self.amount);
        if self.amount < price {
            let reason = format!("{} came where {price} was asked", self.amount);
            return self.hold(tx, payment, reason);
        }
        let surplus = self.amount.surplus_over(price).unwrap_or(Cents(0));
        payments::set_received(tx, payment.id, self.amount, surplus, self.is_signed)?;
        grant_asked(tx, self.config, payment)?;
        Ok("granted as asked".to_owned())
    }

    fn credit_unknown(&self, tx: &Tx<'_>, payment: &Payment) -> Result<String> {
        let (config, is_signed) = (self.config, self.is_signed);
        let package = match package_for(tx, config, self.received, self.amount, is_signed)? {
            Match::Package(package) => package,
            Match::Hold(reason) => return self.hold(tx, payment, reason),
        };
        let who = Who::paid(&self.received.payer, self.receipt);
        let (customer, is_new_customer) = customer(tx, config, who)?;
        let surplus = self.amount.surplus_over(package.price).unwrap_or(Cents(0));
        payments::set_received(tx, payment.id, self.amount, surplus, is_signed)?;
        payments::set_purpose(tx, payment.id, customer.id, package.id, None)?;
        let purchase = Purchase {
            payment_id: payment.id,
            customer: &customer,
            is_new_customer,
            package: &package,
            router_id: None,
            is_by_price: true,
        };
        grant(tx, config, &purchase)?;
        Ok(format!("granted {} by its price or reference", package.code))
    }

    fn hold(&self, tx: &Tx<'_>, payment: &Payment, reason: String) -> Result<String> {
        payments::set_held(tx, payment.id, Some(self.amount), HeldFor::Decision, &reason)?;
        Ok(format!("held: {reason}"))
    }
}
