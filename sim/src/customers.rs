//! People who pay: phones, amounts and receipts, the same for the same seed.

use crate::daraja::{C2b, Msisdn, Receipts, StkSuccess, checkout_request_id};
use crate::random::Random;

/// One purchase that somebody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// `254XXXXXXXXX`
    pub phone: String,
    pub amount_cents: u64,
    pub receipt: String,
    pub checkout: String,
    /// Of the customer's device.
    pub mac: String,
}

impl Purchase {
    pub fn stk_body(&self) -> Vec<u8> {
        StkSuccess {
            checkout: &self.checkout,
            receipt: &self.receipt,
            amount_cents: self.amount_cents,
            phone: &self.phone,
        }
        .body()
    }

    pub fn c2b_body(&self, shortcode: &str, msisdn: Msisdn, reference: &str) -> Vec<u8> {
        C2b {
            shortcode,
            receipt: &self.receipt,
            amount_cents: self.amount_cents,
            phone: &self.phone,
            msisdn,
            reference,
        }
        .body()
    }
}

/// An endless row of purchases by a town of customers, some of whom come again.
#[derive(Clone, Debug)]
pub struct Customers {
    random: Random,
    receipts: Receipts,
    prices_cents: Vec<u64>,
    town: u64,
    served: u64,
}

impl Customers {
    /// `town` is how many people there are; nobody pays anything but the given prices.
    pub fn new(seed: u64, town: u64, prices_cents: &[u64]) -> Self {
        assert!(town > 0 && !prices_cents.is_empty(), "somebody must buy something");
        Self {
            random: Random::new(seed),
            receipts: Receipts::new(seed),
            prices_cents: prices_cents.to_vec(),
            town,
            served: 0,
        }
    }
}

impl Iterator for Customers {
    type Item = Purchase;

    fn next(&mut self) -> Option<Purchase> {
        let person = self.random.below(self.town);
        let price = self.random.index(self.prices_cents.len());
        // A step that spreads neighbours over the numbers, so that a list looks like a town.
        let phone = format!("2547{:08}", (person * 7_654_321 + 8_374_149) % 100_000_000);
        self.served += 1;
        Some(Purchase {
            checkout: checkout_request_id(self.served, &phone),
            amount_cents: self.prices_cents[price],
            receipt: self.receipts.next()?,
            mac: format!(
                "02:4B:{:02X}:{:02X}:{:02X}:5E",
                person >> 16 & 255,
                person >> 8 & 255,
                person & 255
            ),
            phone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_customers() {
        let town = || Customers::new(3, 20, &[2000, 5000]).take(100).collect::<Vec<_>>();
        assert_eq!(town(), town());
        assert_ne!(town(), Customers::new(4, 20, &[2000, 5000]).take(100).collect::<Vec<_>>());
        let phones: std::collections::BTreeSet<_> =
            town().into_iter().map(|purchase| purchase.phone).collect();
        assert!((2..=20).contains(&phones.len()));
        assert!(phones.iter().all(|phone| phone.len() == 12 && phone.starts_with("2547")));
    }
}
