//! Whose purchase it is.

use crate::config::Config;
use crate::domain::customer::{Customer, Username, password_from};
use crate::domain::payment::Receipt;
use crate::domain::phone::{Phone, PhoneHash};
use crate::domain::received::Payer;
use crate::domain::secret::Secret;
use crate::domain::subscription::{DeliveryState, NO_PHONE, Target};
use crate::job::Job as _;
use crate::jobs::SendCredentialsSms;
use crate::store::customers::{self, NewCustomer};
use crate::store::{Error, Result, Tx, deliveries, subscriptions};

/// How well a buyer is known.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    Phone(&'a Phone),
    /// By hash; the receipt names the user, as nobody can read a hash to a customer.
    Hash(&'a PhoneHash, &'a Receipt),
    /// By nothing but this one payment.
    Receipt(&'a Receipt),
}

impl<'a> Who<'a> {
    pub fn paid(payer: &'a Payer, receipt: &'a Receipt) -> Who<'a> {
        match payer {
            Payer::Phone(phone) => Who::Phone(phone),
            Payer::Hash(hash) => Who::Hash(hash, receipt),
            Payer::Masked(_) | Payer::Unknown => Who::Receipt(receipt),
        }
    }
}

/// Finds the customer, or makes one. A phone that was known only as a hash so far is put to it.
/// The flag says whether the customer is new.
pub fn customer(tx: &Tx<'_>, config: &Config, who: Who<'_>) -> Result<(Customer, bool)> {
    let known = match who {
        Who::Phone(phone) => customers::by_hash(tx, &phone.hash())?,
        Who::Hash(hash, _) => customers::by_hash(tx, hash)?,
        Who::Receipt(receipt) => customers::by_username(tx, &Username::from_receipt(receipt))?,
    };
    if let Some(known) = known {
        if let (Who::Phone(phone), None) = (who, &known.phone) {
            learn_phone(tx, &known, phone)?;
            return Ok((customers::get(tx, known.id)?, false));
        }
        return Ok((known, false));
    }
    let (phone, hash, username) = match who {
        Who::Phone(phone) => (Some(phone), Some(phone.hash()), free_username(tx, config, phone)?),
        Who::Hash(hash, receipt) => (None, Some(hash.clone()), Username::from_receipt(receipt)),
        Who::Receipt(receipt) => (None, None, Username::from_receipt(receipt)),
    };
    let password = fresh_password(config.credentials.password_length)?;
    let new =
        NewCustomer { phone, phone_hash: hash.as_ref(), username: &username, password: &password };
    let id = customers::insert(tx, &new)?;
    Ok((customers::get(tx, id)?, true))
}

/// Puts a phone to a customer who had none. What could not be sent for want of it is owed again.
pub(super) fn learn_phone(tx: &Tx<'_>, customer: &Customer, phone: &Phone) -> Result<()> {
    match customers::by_hash(tx, &phone.hash())?.filter(|it| it.id != customer.id) {
        // Both are the same person. What runs goes on under the name it runs under.
        Some(same) => customers::join(tx, customer.id, same.id)?,
        None => customers::set_phone(tx, customer.id, phone)?,
    }
    let owner = customers::by_hash(tx, &phone.hash())?.map_or(customer.id, |it| it.id);
    for subscription in subscriptions::live_of(tx, owner)? {
        for delivery in deliveries::of_subscription(tx, subscription.id)? {
            let is_credentials = matches!(delivery.target, Target::Sms(_));
            if is_credentials
                && delivery.state == DeliveryState::Failed
                && delivery.error.as_deref() == Some(NO_PHONE)
            {
                deliveries::want(tx, subscription.id, delivery.target)?;
                SendCredentialsSms { subscription_id: subscription.id }.enqueue(tx)?;
            }
        }
    }
    Ok(())
}

/// The configured name; with a number behind it, should another customer have it.
fn free_username(tx: &Tx<'_>, config: &Config, phone: &Phone) -> Result<Username> {
    let inconsistent = |error: crate::domain::Invalid| Error::Inconsistent(error.to_string());
    let name =
        Username::from_template(&config.credentials.username, phone).map_err(inconsistent)?;
    if customers::by_username(tx, &name)?.is_none() {
        return Ok(name);
    }
    format!("{}-{}", name.as_str(), phone.msisdn()).parse().map_err(inconsistent)
}

/// A new password of `length` characters.
pub fn fresh_password(length: usize) -> Result<Secret> {
    let mut random = [0; 256]; // Eight times what the longest password needs on average.
    getrandom::fill(&mut random)
        .map_err(|error| Error::Inconsistent(format!("the kernel gives no randomness: {error}")))?;
    let password = password_from(&random, length);
    password
        .map(Secret::new)
        .ok_or_else(|| Error::Inconsistent("no password came of 256 random bytes".to_owned()))
}
