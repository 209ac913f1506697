//! The power switch: killed again and again under a stream of callbacks, and nothing is lost,
//! done twice, or left undone: batches, chains, delayed jobs and retries among the rest.

use super::diary::Diary;
use super::kiosk::{Kiosk, Trust};
use super::pace::{Dice, Pace};
use super::producers::Producer;
use super::reckoning::Reckoning;
use super::server::eventually;
use mlango::store::outbox;
use mlango_sim::{Dialect, SmsFault, Times};
use std::thread;
use std::time::{Duration, Instant};

const KILLS: usize = 50;
const PRODUCERS: u64 = 4;
const SALES_BETWEEN_KILLS: usize = 4;
const SEED: u64 = 7;

/// Retries come soon, so that the end of the test does.
pub(super) const IMPATIENT: &str =
    "[queue.provisioning]\nbackoff = [\"1s\"]\n[queue.payments]\nbackoff = [\"1s\"]\n";

#[test]
fn fifty_kills_lose_nothing_and_repeat_nothing() {
    let kiosk = Kiosk::new(&[Dialect::V7_16, Dialect::V6_49], IMPATIENT);
    let since = Instant::now();
    let pace = Pace::default();
    let producers: Vec<_> = (0..PRODUCERS).map(|it| Producer::new(&kiosk, it)).collect();
    let mut diary = Diary::default();
    let mut met = [0; IN_FLIGHT.len()];
    thread::scope(|scope| {
        let pace = &pace;
        let producers: Vec<_> =
            producers.into_iter().map(|it| scope.spawn(move || it.run(pace))).collect();
        met = kill_again_and_again(&kiosk, pace);
        pace.end();
        let server = kiosk.start(Trust::Token);
        for producer in producers {
            diary.add(producer.join().unwrap());
        }
        settle(&kiosk);
        assert!(server.terminate().status.success());
    });
    let facts = kiosk.facts();
    let elapsed = since.elapsed();
    Reckoning { kiosk: &kiosk, facts: &facts, diary: &diary, elapsed }.settle_up();
    assert!(0 < diary.refused, "signatures were never asked for");
    let sales = diary.sales.len();
    assert_eq!(sales + diary.failures.len(), KILLS * SALES_BETWEEN_KILLS);
    let again = facts.count("SELECT count(DISTINCT job_id) FROM job_history WHERE 1 < run");
    assert!(0 < again, "no kill met a job at work");
    let callbacks = facts.count("SELECT count(*) FROM callbacks");
    let untold = facts.count("SELECT count(*) FROM deliveries WHERE state = 'failed'");
    for ((what, _), kills) in IN_FLIGHT.iter().zip(met) {
        assert!(0 < kills, "no kill met {what}");
        super::say(&format!("{kills} kills met {what}"));
    }
    super::say(&format!(
        "{KILLS} kills in {elapsed:.1?}: {callbacks} callbacks, {sales} sales, {again} jobs that \
         ran again, {untold} SMS not sent or not known to be"
    ));
}

/// What is to be in the tables at a kill now and then, and how it is found there.
const IN_FLIGHT: [(&str, &str); 4] = [
    ("a batch", "batch_id IS NOT NULL"),
    ("a chain", "chain IS NOT NULL"),
    ("a delayed job", "kind = 'send_credentials_sms' AND state = 'ready' AND runs = 0"),
    ("a job to be tried again", "0 < failures - crashes"),
];

/// Returns how many kills met each of those.
fn kill_again_and_again(kiosk: &Kiosk, pace: &Pace) -> [usize; IN_FLIGHT.len()] {
    let (mut dice, mut met) = (Dice(SEED), [0; IN_FLIGHT.len()]);
    for round in 0..KILLS {
        let trust = if dice.below(3) == 0 { Trust::Signature } else { Trust::Token };
        let mut server = kiosk.spawn(trust);
        pace.allow(SALES_BETWEEN_KILLS);
        if dice.below(5) != 0 {
            server.wait_until_healthy(); // Else it may be killed while it recovers.
        }
        trouble(kiosk, round);
        thread::sleep(Duration::from_millis(5 + dice.below(796)));
        server.kill();
        let facts = kiosk.facts();
        for ((_, is_it), met) in IN_FLIGHT.iter().zip(&mut met) {
            let any = format!("SELECT EXISTS (SELECT 1 FROM jobs WHERE {is_it})");
            *met += usize::from(facts.count(&any) == 1);
        }
    }
    trouble_ends(kiosk);
    met
}

/// Now and then something else is wrong, too.
fn trouble(kiosk: &Kiosk, round: usize) {
    match round % 10 {
        2 => kiosk.routers[1].power_off(),
        4 => kiosk.routers[1].power_on(),
        6 => kiosk.sms.inject(SmsFault::Status(500), Times::Next(1)),
        8 => kiosk.sms.inject(SmsFault::CloseAfterReceiving, Times::Next(1)),
        _ => {}
    }
}

fn trouble_ends(kiosk: &Kiosk) {
    kiosk.routers[1].power_on();
    kiosk.sms.clear_faults();
}

/// Waits until nothing is owed. What had been parked is let go, as an operator would.
pub(super) fn settle(kiosk: &Kiosk) {
    let site = kiosk.site();
    let facts = kiosk.facts();
    eventually("all work is done", || {
        let keys = "SELECT DISTINCT wait_on FROM jobs WHERE state = 'waiting'";
        let keys: Vec<String> = facts.rows(keys, |row| row.get(0));
        for key in keys {
            site.store.write(|tx| outbox::unpark(tx, &key)).unwrap();
        }
        facts.owed().is_empty()
    });
}
