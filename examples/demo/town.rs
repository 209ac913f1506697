//! What goes on around the box: routers, an SMS gateway, and people with phones.

use crate::box_office::{BoxOffice, PRICES, SHORTCODE, SIGNING_SECRET};
use crate::say;
use anyhow::Context as _;
use mlango_sim::customers::{Customers, Purchase};
use mlango_sim::daraja::{Msisdn, StkFailure};
use mlango_sim::{CallbackDoor, Dialect, Forwarder, Router, RouterSpec, SmsGateway};
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

const BETWEEN_CUSTOMERS: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
const PEOPLE: u64 = 40;
const SEED: u64 = 2026;

pub(crate) struct Town {
    routers: [Router; 2],
    sms: SmsGateway,
    customers: Customers,
    /// The device of each phone.
    devices: HashMap<String, String>,
    messages_read: usize,
}

impl Town {
    /// Starts the routers and the gateway, and tells the box of them.
    pub(crate) fn build(office: &BoxOffice) -> anyhow::Result<Town> {
        let sms = SmsGateway::start();
        office.furnish(&sms.url())?;
        let routers = [Dialect::V6_49, Dialect::V7_16].map(|it| Router::start(RouterSpec::new(it)));
        let now = jiff::Timestamp::now().as_second();
        for (router, name) in routers.iter().zip(["Market", "Harbour"]) {
            router.set_clock(now);
            let address = router.address().to_string();
            office.add_router(name, &address, "mlango", "sim-password")?;
        }
        let customers = Customers::new(SEED, PEOPLE, &PRICES);
        Ok(Town { routers, sms, customers, devices: HashMap::new(), messages_read: 0 })
    }

    /// Goes on until `ended` says that nobody listens.
    pub(crate) fn live(mut self, http: SocketAddr, ended: &Receiver<()>) -> anyhow::Result<()> {
        let base = format!("http://{http}");
        let forwarder = Forwarder::new(&base, None, Some(SIGNING_SECRET.as_bytes()));
        let mut next_customer = Instant::now();
        for nth in 0.. {
            while Instant::now() < next_customer {
                if let Err(RecvTimeoutError::Disconnected) = ended.recv_timeout(BETWEEN_LOOKS) {
                    return Ok(());
                }
                self.read_messages();
                self.pass(BETWEEN_LOOKS);
            }
            next_customer = Instant::now() + BETWEEN_CUSTOMERS;
            self.weather(nth);
            self.serve(&forwarder, nth)?;
        }
        Ok(())
    }

    /// One router goes away for a while, now and then.
    fn weather(&self, nth: u64) {
        match nth % 10 {
            4 => {
                say("Harbour has lost its power.");
                self.routers[1].power_off();
            }
            7 => {
                say("Harbour is back.");
                self.routers[1].power_on();
            }
            _ => {}
        }
    }

    fn serve(&mut self, forwarder: &Forwarder, nth: u64) -> anyhow::Result<()> {
        let mut purchase = self.customers.next().context("the town is empty")?;
        self.devices.insert(purchase.phone.clone(), purchase.mac.clone());
        let (stk, till) = (CallbackDoor::Stk, CallbackDoor::Confirmation);
        match nth % 8 {
            1 => bring(forwarder, stk, &cancelled(&purchase), &purchase, "cancels"),
            3 => {
                bring(forwarder, stk, &purchase.stk_body(), &purchase, "pays");
                let again = self.customers.next().context("the town is empty")?;
                purchase.receipt = again.receipt;
                purchase.checkout = again.checkout;
                bring(forwarder, stk, &purchase.stk_body(), &purchase, "pays a second time");
            }
            5 => {
                bring(forwarder, stk, &purchase.stk_body(), &purchase, "pays");
                bring(forwarder, stk, &purchase.stk_body(), &purchase, "is announced again");
            }
            6 => {
                purchase.amount_cents = 3500;
                let body = purchase.c2b_body(SHORTCODE, Msisdn::Plain, "");
                bring(forwarder, till, &body, &purchase, "pays what nothing costs");
            }
            2 | 7 => {
                let body = purchase.c2b_body(SHORTCODE, Msisdn::Plain, "");
                bring(forwarder, till, &body, &purchase, "pays at the till");
            }
            _ => bring(forwarder, stk, &purchase.stk_body(), &purchase, "pays"),
        }
        Ok(())
    }

    /// Customers who got their credentials go online with them.
    fn read_messages(&mut self) {
        for request in self.sms.messages().into_iter().skip(self.messages_read) {
            self.messages_read += 1;
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let (to, text) = (body["to"].as_str(), body["text"].as_str());
            let (Some(to), Some(text)) = (to, text) else { continue };
            say(&format!("  SMS to {to}: {text}"));
            if let (Some(user), Some(password)) =
                (word_after(text, "User"), word_after(text, "Password"))
            {
                self.log_in(to.trim_start_matches('+'), user, password);
            }
        }
    }

    fn log_in(&self, phone: &str, user: &str, password: &str) {
        let Some(mac) = self.devices.get(phone) else { return };
        let is_online = self.routers.iter().any(|it| it.login(user, password, mac).is_ok());
        say(&format!("  {user} {}", if is_online { "is online" } else { "is not let in" }));
    }

    /// Time passes for those who are online, and they use it.
    fn pass(&self, span: Duration) {
        for router in &self.routers {
            router.tick(span);
            for session in router.active() {
                router.traffic(&session.user, 20_000, 150_000);
            }
        }
    }
}

fn bring(forwarder: &Forwarder, door: CallbackDoor, body: &[u8], purchase: &Purchase, what: &str) {
    let Purchase { phone, amount_cents, receipt, .. } = purchase;
    let amount = format!("{}.{:02}", amount_cents / 100, amount_cents % 100);
    let answer = match forwarder.post(door, body) {
        Ok(reply) => reply.status.to_string(),
        Err(error) => error.to_string(),
    };
    say(&format!("{phone} {what}: {amount} {receipt} -> {answer}"));
}

fn cancelled(purchase: &Purchase) -> Vec<u8> {
    let description = "Request cancelled by user";
    StkFailure { checkout: &purchase.checkout, code: "1032", description }.body()
}

fn word_after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let found = text.split_whitespace().skip_while(|it| *it != word).nth(1);
    found.map(|it| it.trim_end_matches('.')) // It may end a sentence.
}

/// Waits for the box to say that it is well, for a minute at most.
pub(crate) fn wait_until_healthy(address: SocketAddr) -> anyhow::Result<()> {
    let since = Instant::now();
    while !is_healthy(address) {
        anyhow::ensure!(since.elapsed() < Duration::from_secs(60), "the box does not become well");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
