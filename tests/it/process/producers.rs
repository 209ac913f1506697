//! A stream of callbacks: forwarders that bring every message until the box has it, bring some
//! again, and keep a diary of what they were told.

use super::diary::{Diary, Sale};
use super::kiosk::{Kiosk, PACKAGES, SHORTCODE, Trust};
use super::pace::{Dice, Pace, Turn};
use super::server::PATIENCE;
use mlango::app::Site;
use mlango::jobs::sale::{self, Ask, Refusal};
use mlango_sim::daraja::{C2b, Msisdn, Receipts, StkFailure, StkSuccess, checkout_request_id};
use mlango_sim::{CallbackDoor, Forwarder};
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

/// One who brings callbacks. No two producers share a customer.
pub(super) struct Producer {
    number: u64,
    forwarders: [Forwarder; 2],
    attempts: usize,
    site: Site,
    last_router: usize,
    dice: Dice,
    receipts: Receipts,
    diary: Diary,
}

/// Whom and what a sale is about.
struct Case {
    phone: String,
    checkout: String,
    receipt: String,
    package: usize,
}

impl Producer {
    pub(super) fn new(kiosk: &Kiosk, number: u64) -> Producer {
        let forwarders = [Trust::Token, Trust::Signature].map(|it| kiosk.forwarder(it));
        Producer {
            number,
            forwarders,
            attempts: 0,
            site: kiosk.site(),
            last_router: kiosk.routers.len() - 1,
            dice: Dice(number),
            receipts: Receipts::new(number + 1),
            diary: Diary::default(),
        }
    }

    pub(super) fn run(mut self, pace: &Pace) -> Diary {
        for nth in 0.. {
            loop {
                match pace.turn() {
                    Turn::Sale => break,
                    Turn::Repeat => self.repeat(),
                    Turn::Over => return self.diary,
                }
            }
            self.sell(nth);
        }
        self.diary
    }

    /// Sells once and is done.
    pub(super) fn one_sale(mut self) -> Diary {
        self.sell_now(0);
        self.diary
    }

    /// Sells, and returns the name of the user that must come of it.
    pub(super) fn sell_now(&mut self, nth: u64) -> String {
        self.sell(nth);
        self.diary.sales.last().expect("it was a sale").username.clone()
    }

    fn case(&mut self, nth: u64) -> Case {
        let phone = format!("2547{:02}{nth:06}", self.number);
        Case {
            checkout: checkout_request_id(nth, &phone),
            receipt: self.receipts.next().unwrap(),
            package: usize::try_from(nth % 3).unwrap(),
            phone,
        }
    }

    /// As many ways as money, or the news that there is none, comes in. Every so many-th sale is
    /// a plain push.
    pub(super) const WAYS: u64 = 9;

    fn sell(&mut self, nth: u64) {
        let case = self.case(nth);
        match nth % Self::WAYS {
            0 => self.pay_by_push(&case, &case.phone),
            1 => self.pay_at_till(&case, Msisdn::Plain, ""),
            2 => self.pay_at_till(&case, Msisdn::Hashed, PACKAGES[case.package].0),
            3 => self.cancel(&case),
            4 => self.pay_as_asked(&case, None),
            5 => {
                self.pay_by_push(&case, &case.phone);
                self.deliver(CallbackDoor::Confirmation, at_till(&case, Msisdn::Plain, ""));
            }
            6 => self.pay_after_failure(&case),
            7 => {
                // The customer of three sales ago buys the same again.
                let again = Case { phone: format!("2547{:02}{:06}", self.number, nth - 3), ..case };
                self.pay_by_push(&again, &again.phone);
            }
            _ => self.pay_as_asked(&case, Some(self.last_router)),
        }
    }

    fn pay_by_push(&mut self, case: &Case, payer: &str) {
        let body = StkSuccess {
            checkout: &case.checkout,
            receipt: &case.receipt,
            amount_cents: PACKAGES[case.package].1.unsigned_abs(),
            phone: payer,
        };
        self.expect(case, Msisdn::Plain);
        self.deliver(CallbackDoor::Stk, body.body());
    }

    fn pay_at_till(&mut self, case: &Case, msisdn: Msisdn, reference: &str) {
        self.expect(case, msisdn);
        self.deliver(CallbackDoor::Confirmation, at_till(case, msisdn, reference));
    }

    fn cancel(&mut self, case: &Case) {
        self.diary.failures.push(case.checkout.clone());
        self.deliver(CallbackDoor::Stk, cancelled(case));
    }

    fn pay_after_failure(&mut self, case: &Case) {
        self.deliver(CallbackDoor::Stk, cancelled(case));
        self.pay_by_push(case, &case.phone);
    }

    /// The portal asked for it, and somebody else pays.
    fn pay_as_asked(&mut self, case: &Case, router: Option<usize>) {
        let ask = Ask {
            phone: case.phone.parse().unwrap(),
            package: PACKAGES[case.package].0.parse().unwrap(),
            router: router.map(|nth| format!("Router {nth}")),
            mac: None,
            checkout_request_id: Some(case.checkout.parse().unwrap()),
        };
        let asked = self.site.store.write(|tx| match sale::ask(tx, &self.site.config, &ask) {
            Err(Refusal::Store(error)) => Err(error),
            other => Ok(other),
        });
        assert!(asked.unwrap().unwrap().is_new);
        self.pay_by_push(case, "254110000001");
        self.diary.sales.last_mut().expect("it was a sale").router = router;
    }

    fn expect(&mut self, case: &Case, msisdn: Msisdn) {
        let has_phone = msisdn == Msisdn::Plain;
        self.diary.sales.push(Sale {
            username: match has_phone {
                true => format!("hs_{}", &case.phone[3..]),
                false => format!("hs_{}", case.receipt.to_lowercase()),
            },
            receipt: case.receipt.clone(),
            package: case.package,
            router: None,
            has_phone,
        });
    }

    /// Tries until the box has it, by each way that there is in turn.
    fn deliver(&mut self, door: CallbackDoor, body: Vec<u8>) {
        let since = Instant::now();
        while !self.try_once(door, &body) {
            assert!(since.elapsed() < PATIENCE, "the box does not take a callback");
            thread::sleep(Duration::from_millis(5)); // It is down. So are its senders' tempers.
        }
    }

    fn try_once(&mut self, door: CallbackDoor, body: &[u8]) -> bool {
        self.attempts += 1;
        let reply = self.forwarders[self.attempts % 2].post(door, body);
        let tally = self.diary.letters.entry((door.word(), body.to_vec())).or_default();
        match reply {
            Ok(reply) if reply.status == 200 => {
                tally.accepted += 1;
                return true;
            }
            Ok(reply) if [401, 404].contains(&reply.status) => self.diary.refused += 1,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
            Ok(_) | Err(_) => tally.unknown += 1,
        }
        false
    }

    fn repeat(&mut self) {
        let count = u64::try_from(self.diary.letters.len()).unwrap();
        if count == 0 {
            return;
        }
        let nth = usize::try_from(self.dice.below(count)).unwrap();
        let (door, body) = self.diary.letters.keys().nth(nth).unwrap().clone();
        let doors = [CallbackDoor::Stk, CallbackDoor::Confirmation];
        let door = doors.into_iter().find(|it| it.word() == door).unwrap();
        self.try_once(door, &body);
    }
}

/// With a reference, more money than any package costs: only the reference says what it is for.
fn at_till(case: &Case, msisdn: Msisdn, reference: &str) -> Vec<u8> {
    let surplus = if reference.is_empty() { 0 } else { 500 };
    let body = C2b {
        shortcode: SHORTCODE,
        receipt: &case.receipt,
        amount_cents: PACKAGES[case.package].1.unsigned_abs() + surplus,
        phone: &case.phone,
        msisdn,
        reference,
    };
    body.body()
}

fn cancelled(case: &Case) -> Vec<u8> {
    let description = "Request cancelled by user";
    StkFailure { checkout: &case.checkout, code: "1032", description }.body()
}
