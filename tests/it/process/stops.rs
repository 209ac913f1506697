//! Asked to end, the program ends: with code 0, nothing lost, and nobody blamed for what was cut
//! off.

use super::diary::Diary;
use super::kills::settle;
use super::kiosk::{Kiosk, Trust};
use super::pace::{Dice, Pace};
use super::producers::Producer;
use super::reckoning::Reckoning;
use super::server::{Ended, eventually};
use mlango_sim::{Dialect, Fault, Times};
use std::thread;
use std::time::{Duration, Instant};

const STOPS: u32 = 10;
const SALES_BETWEEN_STOPS: usize = 4;

#[test]
fn ten_stops_lose_nothing_and_blame_nobody() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], "");
    let since = Instant::now();
    let pace = Pace::default();
    let producers: Vec<_> = (0..2).map(|it| Producer::new(&kiosk, it)).collect();
    let mut diary = Diary::default();
    let (mut longest, mut stops_amid_work) = (Duration::ZERO, 0);
    thread::scope(|scope| {
        let pace = &pace;
        let producers: Vec<_> =
            producers.into_iter().map(|it| scope.spawn(move || it.run(pace))).collect();
        let mut dice = Dice(11);
        for _ in 0..STOPS {
            let server = kiosk.start(Trust::Token);
            pace.allow(SALES_BETWEEN_STOPS);
            thread::sleep(Duration::from_millis(5 + dice.below(796)));
            longest = longest.max(end_well(&kiosk, server.terminate()));
            stops_amid_work += u32::from(!kiosk.facts().owed().is_empty());
        }
        pace.end();
        let server = kiosk.start(Trust::Token);
        for producer in producers {
            diary.add(producer.join().unwrap());
        }
        settle(&kiosk);
        end_well(&kiosk, server.terminate());
    });
    let facts = kiosk.facts();
    Reckoning { kiosk: &kiosk, facts: &facts, diary: &diary, elapsed: since.elapsed() }.settle_up();
    let untold = "SELECT error FROM deliveries WHERE state = 'failed' AND error <> 'no phone'";
    assert!(facts.list(untold).is_empty(), "{:?}", facts.list(untold));
    assert!(0 < stops_amid_work, "all work was done before each stop");
    super::say(&format!(
        "{STOPS} stops, {stops_amid_work} of them amid work, the longest took {longest:.1?}"
    ));
}

/// Every stop: code 0, and no run that the next start would have to explain.
fn end_well(kiosk: &Kiosk, ended: Ended) -> Duration {
    assert_eq!(ended.status.code(), Some(0));
    let cut = "SELECT * FROM jobs WHERE state = 'running' OR 0 < crashes + power_cuts";
    assert!(kiosk.facts().list(cut).is_empty(), "{:#?}", kiosk.facts().list(cut));
    ended.took
}

/// A job has 60 seconds for its router. A stop does not wait for them.
#[test]
fn a_router_that_hangs_does_not_hold_up_a_stop() {
    let kiosk = Kiosk::new(&[Dialect::V7_16], "");
    let router = &kiosk.routers[0];
    router.inject(Fault::Hang, Times::UntilCleared);
    let server = kiosk.start(Trust::Token);
    let since = Instant::now();
    let diary = Producer::new(&kiosk, 0).one_sale();
    let busy = "SELECT count(*) FROM jobs WHERE kind = 'provision_user' AND state = 'running'";
    eventually("the router is asked", || {
        !router.commands().is_empty() && kiosk.facts().count(busy) == 1
    });

    let ended = server.terminate();
    assert!(ended.took < Duration::from_secs(45), "it took {:?}", ended.took);
    super::say(&format!("a stop beside a router that hangs took {:.1?}", ended.took));
    end_well(&kiosk, ended);
    let waits = "SELECT state, failures FROM jobs WHERE kind = 'provision_user'";
    assert_eq!(kiosk.facts().list(waits), [r#"[Text("ready"), Integer(0)]"#]);

    router.clear_faults();
    let server = kiosk.start(Trust::Token);
    settle(&kiosk);
    end_well(&kiosk, server.terminate());
    let facts = kiosk.facts();
    Reckoning { kiosk: &kiosk, facts: &facts, diary: &diary, elapsed: since.elapsed() }.settle_up();
    assert_eq!(kiosk.sms.messages().len(), 1);
}
