//! Whatever happens, in whatever order: each payment is in the books once, to the cent, and what
//! was granted for it is granted once.

use super::counter::{at, recorded};
use super::{c2b, phone, stk, stk_failed};
use crate::harness::Appliance;
use mlango::domain::ids::PaymentId;
use mlango::domain::money::Cents;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::payment::ReturnReason;
use mlango::domain::received::Payer;
use mlango::domain::router::Access;
use mlango::jobs::sale::{self, Ask, Recorded, Refusal};
use mlango::mpesa::statement;
use mlango::store::{customers, payments};
use mlango::view::statement::compare;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const PHONES: [&str; 3] = ["254712345678", "254700000001", "254110000002"];
const CODES: [&str; 3] = ["1h", "3h", "1d"];

/// Money that somebody paid, whether or not anybody told us.
struct Paid {
    receipt: String,
    checkout: String,
    shillings: i64,
    phone: &'static str,
}

/// Numbers that look random and are the same every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((it ^ (it >> 31)) >> 8).unwrap() % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

struct World {
    box_: Appliance,
    dice: Dice,
    paid: Vec<Paid>,
    /// Receipts of which somebody said that the money is in.
    told: BTreeSet<usize>,
    cash: i64,
    /// What each receipt was last, to see that it never goes back.
    states: BTreeMap<String, String>,
    log: Vec<String>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut dice = Dice(seed);
        let box_ = match dice.below(3) {
            0 => Appliance::start(),
            1 => Appliance::with_router(Access::Local),
            _ => Appliance::with_router(Access::Both),
        };
        box_.clock.set_trusted(dice.below(4) != 0);
        let paid = (0..8).map(|nth| {
            // Two of them are of one push.
            let checkout = format!("ws_CO_{}", if nth == 7 { 6 } else { nth });
            let (receipt, phone) = (format!("SKL000000{nth}"), dice.of(&PHONES));
            Paid { receipt, checkout, shillings: dice.of(&[20, 50, 100, 33, 120]), phone }
        });
        let paid = paid.collect();
        let (told, states) = (BTreeSet::new(), BTreeMap::new());
        World { box_, dice, paid, told, cash: 0, states, log: Vec::new() }
    }

    fn step(&mut self) {
        let nth = self.dice.below(self.paid.len());
        let what = self.dice.below(14);
        self.log.push(format!("{what}:{nth}"));
        match what {
            0 | 1 => self.push_result(nth),
            2 => self.confirmation(nth),
            3 => self.ask(nth),
            4 => self.unclear_or_failed(nth),
            5 | 6 => self.record(nth),
            7 => self.import(),
            8 | 9 => self.decide(),
            10 => self.replay(),
            11 => self.sell(),
            12 => self.look_after(),
            _ => {
                let minutes = self.dice.of(&[1, 10, 45, 90]);
                self.box_.pass(Duration::from_secs(minutes * 60));
            }
        }
        self.box_.settle();
        self.check();
    }

    fn push_result(&mut self, nth: usize) {
        let it = &self.paid[nth];
        let body = stk(&it.checkout, &it.receipt, &it.shillings.to_string(), it.phone);
        self.box_.receive(Stk, &body);
        self.told.insert(nth);
    }

    fn confirmation(&mut self, nth: usize) {
        let it = &self.paid[nth];
        let hash = phone(it.phone).hash();
        let payer = self.dice.of(&[it.phone, hash.as_str(), "2547 ***** 126"]);
        let reference = self.dice.of(&["", "1h", "x"]);
        let body = c2b(&it.receipt, &it.shillings.to_string(), payer, reference);
        self.box_.receive(Confirmation, &body);
        self.told.insert(nth);
    }

    fn ask(&mut self, nth: usize) {
        let it = &self.paid[nth];
        let ask = Ask {
            phone: phone(self.dice.of(&PHONES)),
            package: self.dice.of(&CODES).parse().unwrap(),
            router: None,
            mac: None,
            checkout_request_id: Some(it.checkout.parse().unwrap()),
        };
        let config = self.box_.config.clone();
        sale::write(&self.box_.store, |tx| sale::ask(tx, &config, &ask)).unwrap();
    }

    fn unclear_or_failed(&mut self, nth: usize) {
        let it = &self.paid[nth];
        let body = match self.dice.below(2) {
            0 => stk_failed(&it.checkout, 1032),
            _ => stk(&it.checkout, &it.receipt, "20", it.phone).replace("Amount", "Sum"),
        };
        self.box_.receive(Stk, &body);
    }

    fn record(&mut self, nth: usize) {
        let it = &self.paid[nth];
        let package = Some(self.dice.of(&CODES)).filter(|_| self.dice.below(2) == 0);
        let recorded = Recorded {
            payer: Payer::Phone(phone(it.phone)),
            ..recorded(&it.receipt, it.shillings * 100, package)
        };
        match at(&self.box_, |counter, tx| counter.record(tx, &recorded)) {
            Ok(_) => drop(self.told.insert(nth)),
            Err(Refusal::KnownReceipt(..)) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// A statement of some of the payments, of which what is missing is recorded.
    fn import(&mut self) {
        let mut text =
            "Receipt No.,Completion Time,Transaction Status,Paid In,Other Party Info\n".to_owned();
        let chosen: Vec<_> = (0..self.paid.len()).filter(|_| self.dice.below(3) == 0).collect();
        for &nth in &chosen {
            let it = &self.paid[nth];
            let party = self.dice.of(&[it.phone, "2547****126"]);
            let (receipt, amount) = (&it.receipt, it.shillings);
            text.push_str(&format!(
                "{receipt},18-11-2026 14:05:09,Completed,{amount}.00,{party} - A\n"
            ));
        }
        let statement = statement::read(text.as_bytes()).unwrap();
        let comparison = self.box_.store.read(|conn| compare(conn, &statement)).unwrap();
        for credit in comparison.credits {
            let recorded = Recorded {
                receipt: credit.receipt,
                amount: credit.amount,
                payer: credit.payer,
                package: None,
                reference: credit.reference,
                paid_at: Some(credit.paid_at),
            };
            at(&self.box_, |counter, tx| counter.record(tx, &recorded)).unwrap();
        }
        self.told.extend(chosen);
        let after = self.box_.store.read(|conn| compare(conn, &statement)).unwrap();
        assert!(after.missing_here.is_empty() && after.different.is_empty(), "{after:?}");
    }

    fn some_payment(&mut self) -> PaymentId {
        PaymentId(i64::try_from(1 + self.dice.below(12)).unwrap())
    }

    fn decide(&mut self) {
        let (id, code) = (self.some_payment(), self.dice.of(&CODES).parse().unwrap());
        let reason = self.dice.of(ReturnReason::ALL);
        let _ = match self.dice.below(3) {
            0 => at(&self.box_, |it, tx| it.close(tx, id, reason).map(drop)),
            _ => at(&self.box_, |it, tx| it.assign(tx, id, &code)),
        };
    }

    fn replay(&mut self) {
        let id = self.some_payment();
        let _ = at(&self.box_, |it, tx| it.replay(tx, id));
    }

    fn sell(&mut self) {
        let (to, code) = (phone(self.dice.of(&PHONES)), self.dice.of(&CODES));
        at(&self.box_, |it, tx| it.sell(tx, &to, &code.parse().unwrap())).unwrap();
        self.cash += match code {
            "1h" => 2000,
            "3h" => 5000,
            _ => 10_000,
        };
    }

    fn look_after(&mut self) {
        let hash = phone(self.dice.of(&PHONES)).hash();
        let buyer = self.box_.store.read(|conn| customers::by_hash(conn, &hash)).unwrap();
        let Some(buyer) = buyer else { return };
        let _ = match self.dice.below(3) {
            0 => at(&self.box_, |it, tx| it.revoke(tx, &buyer).map(drop)),
            1 => at(&self.box_, |it, tx| it.extend(tx, &buyer, Duration::from_secs(900)).map(drop)),
            _ => at(&self.box_, |it, tx| it.renew_password(tx, &buyer).map(drop)),
        };
    }

    fn check(&mut self) {
        let mut money_in = self.cash;
        for &nth in &self.told {
            let it = &self.paid[nth];
            money_in += it.shillings * 100;
            let receipt = it.receipt.parse().unwrap();
            let known = self.box_.store.read(|conn| payments::by_receipt(conn, &receipt));
            let known =
                known.unwrap().unwrap_or_else(|| panic!("{receipt} is lost: {:?}", self.log));
            assert_eq!(known.amount, Some(Cents(it.shillings * 100)), "{receipt}: {:?}", self.log);
            let state = known.state.as_str();
            let before = self.states.insert(it.receipt.clone(), state.to_owned());
            let rank =
                |it: &str| ["held", "received", "returned"].iter().position(|word| *word == it);
            let is_forward = before.is_none_or(|it| rank(&it) <= rank(state));
            assert!(is_forward && rank(state).is_some(), "{receipt} is {state}: {:?}", self.log);
        }
        let none = |what: &str, sql: &str| {
            let rows = self.box_.list(sql);
            assert!(rows.is_empty(), "{what}: {rows:?}: {:?}", self.log);
        };
        let sum = |state: &str| -> i64 {
            let sql = format!(
                "SELECT coalesce(sum(amount_cents), 0) FROM payments WHERE state = '{state}'"
            );
            self.box_.one(&sql).parse().unwrap()
        };
        let booked = sum("received") + sum("held") + sum("returned");
        assert_eq!(money_in, booked, "in = granted + held + returned: {:?}", self.log);
        none(
            "received is what was granted, and nothing else is",
            "SELECT id FROM payments WHERE (state = 'received') <> EXISTS (
               SELECT 1 FROM grants JOIN subscriptions ON subscriptions.id = subscription_id
               WHERE payment_id = payments.id AND revoked_at_ms IS NULL
                 AND (payments.state <> 'returned'
                      OR subscriptions.state IN ('pending', 'active')))",
        );
        none(
            "a subscription is as long as what was paid and given for it",
            "SELECT id FROM subscriptions WHERE seconds <>
               (SELECT coalesce(sum(seconds), 0) FROM grants
                WHERE subscription_id = subscriptions.id)
               + (SELECT coalesce(sum(seconds), 0) FROM comps
                  WHERE subscription_id = subscriptions.id)",
        );
        none(
            "one subscription of a package under a name",
            "SELECT username FROM subscriptions WHERE state IN ('pending', 'active')
             GROUP BY username, package_id HAVING count(*) > 1",
        );
    }
}

#[test]
fn money_in_is_granted_held_or_returned_to_the_cent() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        world.log.push(format!("seed {seed}"));
        for _ in 0..40 {
            world.step();
        }
    }
}
