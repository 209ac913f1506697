//! Ten routers among faults of every kind: when all is quiet again, every customer who has paid is
//! let in everywhere, and nobody else is. `MLANGO_SOAK=10` has ten times as many customers, and ten
//! times as many rounds.

use super::reconcile::compare_on;
use crate::harness::Appliance;
use crate::sale::stk;
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::jobs::reconcile::{self, Consent};
use mlango_sim::SeedUser;
use std::time::Duration;

const ROUTERS: i64 = 10;
const CUSTOMERS: u64 = 50;
const ROUNDS: u64 = 24;
const OLD: &str = "hs_700000000";

struct Soak {
    box_: Appliance,
    random: u64,
    customers: u64,
    payments: u32,
}

#[test]
fn everybody_who_paid_is_on_and_nobody_else_is() {
    let more = std::env::var("MLANGO_SOAK").ok().map_or(1, |it| it.parse::<u64>().unwrap());
    // Nothing here is signed, and so many sales would be more than is believed unsigned in a day.
    let box_ = Appliance::configured(
        "[mpesa]\nshortcodes = [\"600638\"]\nunsigned_limit = \"9000000\"\n\
         [sms]\ngateway = \"log\"\n",
    );
    for number in 1..=ROUTERS {
        let access = if number % 3 == 0 { Access::Both } else { Access::Local };
        box_.add_router(&format!("Router {number}"), access);
    }
    let customers = CUSTOMERS * more.min(10);
    let mut soak = Soak { box_, random: 7, customers, payments: 0 };
    soak.pay(0); // Whose user comes back from the past.
    let mut faults = 0;
    for _ in 0..ROUNDS * more {
        faults += soak.round();
    }
    soak.calm_down();
    let (served, gone) = soak.reckon();
    println!("{faults} faults, {} payments: {served} are let in, {gone} not", soak.payments);
    assert!(0 < served && 0 < gone, "the test has seen both: {served} {gone}");
}

fn phone(customer: u64) -> String {
    format!("2547{customer:08}")
}

impl Soak {
    /// A number below `limit` (splitmix64).
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.random;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (it ^ (it >> 31)) % limit
    }

    fn router(&mut self) -> RouterId {
        RouterId(1 + self.below(ROUTERS as u64).cast_signed())
    }

    /// Some pay, some log in, something breaks, and time passes. Returns how much broke.
    fn round(&mut self) -> usize {
        for _ in 0..self.customers / 10 {
            let customer = self.below(self.customers);
            self.pay(customer);
        }
        let faults = usize::try_from(self.below(4)).unwrap();
        for _ in 0..faults {
            self.break_something();
        }
        for _ in 0..self.customers / 5 {
            let (router, customer) = (self.router(), self.below(self.customers));
            self.log_in(router, customer);
        }
        let minutes = 1 + self.below(12);
        self.pass(Duration::from_secs(60 * minutes));
        faults
    }

    fn pay(&mut self, customer: u64) {
        self.payments += 1;
        let number = self.payments;
        let amount = if self.below(4) == 0 { "50" } else { "20" };
        let (checkout, receipt) = (format!("ws_CO_{number}"), format!("SKL{number:07}"));
        self.box_.receive(Stk, &stk(&checkout, &receipt, amount, &phone(customer)));
    }

    fn log_in(&self, router: RouterId, customer: u64) {
        let name = format!("hs_{}", &phone(customer)[3..]);
        let console = self.box_.routers.console(router);
        let device = format!("AA:BB:CC:00:{:02X}:{:02X}", customer / 256, customer % 256);
        if console.reappear(&device).is_err()
            && let Some(user) = console.user(&name)
        {
            let _ = console.login(&name, &user.password, &device); // It may be over, or in use.
        }
    }

    fn break_something(&mut self) {
        let (id, customer) = (self.router(), self.below(self.customers));
        let name = format!("hs_{}", &phone(customer)[3..]);
        let routers = self.box_.routers.clone();
        let console = routers.console(id);
        let order = |order: &str| {
            console.run(&format!("/ip hotspot user {order}"));
        };
        match self.below(11) {
            0 | 1 => routers.set_offline(id, true),
            2 | 3 => routers.set_offline(id, false),
            4 => routers.set_deaf(id, true),
            5 => routers.set_deaf(id, false),
            6 => console.wipe_hotspot(),
            7 => console.reboot(),
            8 => console.forget_user(&name),
            9 => order(&format!("set [find name=\"{name}\"] limit-uptime=1m disabled=yes")),
            _ => {
                let (name, password) = (OLD.to_owned(), "old".to_owned());
                let comment = Some("mlango sub=1 rev=1".to_owned());
                console.forget_user(OLD); // A backup of long ago comes back.
                console.seed_user(&SeedUser { name, password, comment, ..SeedUser::default() });
                let _ = console.login(OLD, "old", "AA:BB:CC:FF:FF:FF"); // It may be wiped by now.
            }
        }
    }

    /// Time passes on both sides, and every router that answers is compared now and then.
    fn pass(&self, span: Duration) {
        for id in (1..=ROUTERS).map(RouterId) {
            self.box_.routers.console(id).tick(span);
        }
        self.box_.pass(span);
        for id in (1..=ROUTERS).map(RouterId) {
            if let Ok(Some(difference)) = compare_on(&self.box_, id) {
                let store = &self.box_.store;
                store.write(|tx| reconcile::owe(tx, &difference, Consent::Given)).unwrap();
            }
        }
        self.box_.settle();
    }

    fn calm_down(&mut self) {
        for id in (1..=ROUTERS).map(RouterId) {
            self.box_.routers.set_offline(id, false);
            self.box_.routers.set_deaf(id, false);
        }
        for _ in 0..4 {
            self.pass(Duration::from_secs(301));
        }
    }

    /// Looks at all routers; returns how many customers are let in by all, and how many by none.
    fn reckon(&self) -> (usize, usize) {
        let live = self.box_.list(
            "SELECT username || ' mlango sub=' || min(id) || ' rev=' || revision
             FROM subscriptions WHERE state IN ('pending', 'active') GROUP BY username",
        );
        let all = self.box_.list("SELECT DISTINCT username FROM subscriptions");
        for id in (1..=ROUTERS).map(RouterId) {
            let console = self.box_.routers.console(id);
            let mut there = Vec::new();
            for user in console.users() {
                assert!(!user.is_disabled, "router {id}: {user:?}");
                there.push(format!("{} {}", user.name, user.comment));
                let device = "AA:BB:CC:EE:EE:EE";
                for session in console.active().iter().filter(|it| it.user == user.name) {
                    console.logout(&session.mac_address);
                }
                let said = console.login(&user.name, &user.password, device);
                assert_eq!(said, Ok(()), "router {id}: {user:?}");
                console.logout(device);
            }
            there.sort();
            assert_eq!(there, live, "router {id}");
            let entitled = |name: &str| live.iter().any(|it| it.split(' ').next() == Some(name));
            let names = console.active().into_iter().map(|it| it.user);
            for name in names.chain(console.cookies().into_iter().map(|it| it.user)) {
                assert!(entitled(&name), "router {id}: {name} is on, or may be at once");
            }
        }
        assert_eq!(self.box_.list("SELECT 1 FROM jobs WHERE state = 'waiting'").len(), 0);
        (live.len(), all.len() - live.len())
    }
}
