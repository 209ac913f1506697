//! What routers report, in whatever order, becomes one row a session that is right in the end.

use super::logins::system_seconds;
use super::radclient::radclient;
use super::server::{FreeRadius, SECRET};
use mlango::radius::words::{ACCT_SESSION_ID, CALLING_STATION_ID, Kind, NAS_IP_ADDRESS, USER_NAME};

const ACCT_STATUS_TYPE: Kind = Kind::Standard(40);
const ACCT_DELAY_TIME: Kind = Kind::Standard(41);
const ACCT_SESSION_TIME: Kind = Kind::Standard(46);
const EVENT_TIMESTAMP: Kind = Kind::Standard(55);
pub(super) const DEVICE: &str = "AA:BB:CC:00:11:22";

/// A router's report on a session of alice's.
#[derive(Clone)]
pub(super) struct Report(Vec<(Kind, Vec<u8>)>);

impl Report {
    pub(super) fn start() -> Report {
        Report::of(1, 0)
    }

    pub(super) fn interim(seconds: u32) -> Report {
        Report::of(3, seconds)
    }

    pub(super) fn stop(seconds: u32) -> Report {
        Report::of(2, seconds).with(Kind::Standard(49), &1_u32.to_be_bytes()) // User-Request
    }

    /// What a router says of itself: 7 when it begins, 8 when it ends.
    pub(super) fn of_router(status: u32, nas: [u8; 4]) -> Report {
        Report(Vec::new())
            .with(ACCT_STATUS_TYPE, &status.to_be_bytes())
            .with(NAS_IP_ADDRESS, &nas)
            .with(ACCT_SESSION_ID, b"0")
    }

    fn of(status: u32, seconds: u32) -> Report {
        let report = Report(Vec::new())
            .with(ACCT_STATUS_TYPE, &status.to_be_bytes())
            .with(USER_NAME, b"alice")
            .with(NAS_IP_ADDRESS, &[10, 0, 0, 1])
            .with(CALLING_STATION_ID, DEVICE.as_bytes())
            .with(ACCT_SESSION_ID, b"80200001");
        match seconds {
            0 => report,
            _ => report.with(ACCT_SESSION_TIME, &seconds.to_be_bytes()),
        }
    }

    pub(super) fn with(mut self, kind: Kind, value: &[u8]) -> Report {
        self.0.retain(|(it, _)| *it != kind);
        self.0.push((kind, value.to_vec()));
        self
    }

    /// What came from the customer and what went there.
    pub(super) fn bytes(self, input: u64, output: u64) -> Report {
        let part = |it: u64| u32::try_from(it & 0xffff_ffff).unwrap().to_be_bytes();
        self.with(Kind::Standard(42), &part(input))
            .with(Kind::Standard(52), &part(input >> 32))
            .with(Kind::Standard(43), &part(output))
            .with(Kind::Standard(53), &part(output >> 32))
    }

    /// When it happened by the router's clock.
    pub(super) fn at(self, seconds: i64) -> Report {
        let seconds = u32::try_from(seconds).unwrap();
        self.with(EVENT_TIMESTAMP, &seconds.to_be_bytes())
    }

    pub(super) fn session(self, id: &str) -> Report {
        self.with(ACCT_SESSION_ID, id.as_bytes())
    }

    pub(super) fn of_user(self, name: &str, nas: [u8; 4]) -> Report {
        self.with(USER_NAME, name.as_bytes()).with(NAS_IP_ADDRESS, &nas)
    }

    pub(super) fn send(&self, server: &FreeRadius) {
        server.report(&self.0);
    }

    pub(super) fn is_taken(&self, server: &FreeRadius, within: std::time::Duration) -> bool {
        server.acknowledges(&self.0, within)
    }
}

/// One session as the table has it: start, stop, seconds, bytes from and to the customer, cause.
type Session = (i64, Option<i64>, i64, i64, i64, String);

fn sessions(server: &FreeRadius) -> Vec<Session> {
    let database = server.database();
    let select = "SELECT acctstarttime, acctstoptime, acctsessiontime, acctinputoctets, \
                  acctoutputoctets, acctterminatecause FROM radacct ORDER BY radacctid";
    let mut statement = database.prepare(select).unwrap();
    let rows = statement
        .query_map((), |it| {
            Ok((it.get(0)?, it.get(1)?, it.get(2)?, it.get(3)?, it.get(4)?, it.get(5)?))
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// Some time ago that a router may well report of.
fn then() -> i64 {
    system_seconds() - 7200
}

fn stopped(start: i64, seconds: i64, input: i64, output: i64) -> Session {
    (start, Some(start + seconds), seconds, input, output, "User-Request".to_owned())
}

#[test]
fn a_session_from_start_to_stop() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    assert_eq!(sessions(&server), [(t, None, 0, 0, 0, String::new())]);
    Report::interim(300).at(t + 300).bytes((2 << 32) + 4_294_967_295, 7).send(&server);
    assert_eq!(sessions(&server), [(t, None, 300, 12_884_901_887, 7, String::new())]);
    let stop = Report::stop(600).at(t + 600).bytes((3 << 32) + 10, 1 << 40);
    stop.send(&server);
    let row = stopped(t, 600, 12_884_901_898, 1 << 40);
    assert_eq!(sessions(&server), std::slice::from_ref(&row));

    // Whatever comes again or late changes nothing.
    stop.send(&server);
    stop.clone().at(t + 630).send(&server);
    Report::start().at(t).send(&server);
    Report::interim(300).at(t + 300).bytes(5, 5).send(&server);
    Report::stop(500).at(t + 500).bytes(6, 6).send(&server);
    assert_eq!(sessions(&server), [row]);
    let names = "SELECT username || callingstationid || nasipaddress || acctsessionid FROM radacct";
    let names = server.database().query_row(names, (), |it| it.get::<_, String>(0));
    assert_eq!(names.unwrap(), format!("alice{DEVICE}10.0.0.180200001"));
}

#[test]
fn a_late_start_does_not_open_a_session_again() {
    let server = FreeRadius::start();
    Report::stop(600).bytes(1, 2).send(&server);
    let before = sessions(&server);
    assert_eq!(before[0].1, Some(before[0].0 + 600), "{before:?}");
    Report::start().with(ACCT_DELAY_TIME, &610_u32.to_be_bytes()).send(&server);
    Report::start().send(&server);
    let after = sessions(&server);
    assert_eq!((after.len(), after[0].1, after[0].3), (1, before[0].1, 1), "{after:?}");
}

#[test]
fn lost_starts_are_made_good() {
    let (server, t) = (FreeRadius::start(), then());
    Report::interim(300).at(t + 300).bytes(100, 200).send(&server);
    assert_eq!(sessions(&server), [(t, None, 300, 100, 200, String::new())]);
    Report::stop(60).session("80200002").at(t + 60).bytes(1, 2).send(&server);
    assert_eq!(sessions(&server)[1], stopped(t, 60, 1, 2));
}

#[test]
fn counters_never_go_back() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    Report::interim(600).at(t + 600).bytes(600, 6000).send(&server);
    Report::interim(300).at(t + 300).bytes(300, 3000).send(&server);
    assert_eq!(sessions(&server), [(t, None, 600, 600, 6000, String::new())]);
}

#[test]
fn a_session_stays_one_when_its_router_sets_its_clock_or_tells_no_length() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    Report::interim(300).at(t + 300).bytes(1, 2).send(&server);
    Report::interim(600).at(t + 3600).bytes(3, 4).send(&server);
    assert_eq!(sessions(&server), [(t, None, 600, 3, 4, String::new())]);
    Report::stop(0).at(t + 4000).bytes(5, 6).send(&server);
    let ended = (t, Some(t + 4000), 600, 5, 6, "User-Request".to_owned());
    assert_eq!(sessions(&server), [ended]);
}

#[test]
fn a_session_id_that_is_used_again_is_a_session_of_its_own() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    Report::stop(100).at(t + 100).bytes(1000, 2000).send(&server);
    // After a reboot the router counts its sessions from the beginning.
    Report::start().at(t + 200).send(&server);
    Report::start().at(t + 200).send(&server);
    Report::interim(50).at(t + 250).bytes(10, 20).send(&server);
    let first = stopped(t, 100, 1000, 2000);
    assert_eq!(sessions(&server), [first.clone(), (t + 200, None, 50, 10, 20, String::new())]);
    Report::stop(100).at(t + 100).bytes(1000, 2000).send(&server); // The first one's, again.
    Report::stop(80).at(t + 280).bytes(30, 40).send(&server);
    let second = stopped(t + 200, 80, 30, 40);
    assert_eq!(sessions(&server), [first.clone(), second.clone()]);
    // A third time, with the Start lost.
    Report::interim(60).at(t + 460).bytes(5, 6).send(&server);
    let third = (t + 400, None, 60, 5, 6, String::new());
    assert_eq!(sessions(&server), [first, second, third]);
}

#[test]
fn a_new_start_ends_what_the_device_left_open() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    Report::interim(300).at(t + 300).bytes(1, 2).send(&server);
    // The power went: no Stop. The id may be another one or the same.
    Report::start().session("80300001").at(t + 900).send(&server);
    Report::start().session("80300001").at(t + 1800).send(&server);
    let lost = |start, seconds, input, output| {
        (start, Some(start + seconds), seconds, input, output, "Lost-Carrier".to_owned())
    };
    let online = (t + 1800, None, 0, 0, 0, String::new());
    assert_eq!(sessions(&server), [lost(t, 300, 1, 2), lost(t + 900, 0, 0, 0), online.clone()]);
    // Its Stop was only late after all.
    Report::stop(500).at(t + 500).bytes(3, 4).send(&server);
    let ended = stopped(t, 500, 3, 4);
    assert_eq!(sessions(&server), [ended, lost(t + 900, 0, 0, 0), online]);
}

#[test]
fn two_devices_of_one_customer_are_two_sessions() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    let other = Report::start().session("80200002").with(CALLING_STATION_ID, b"AA:BB:CC:00:11:33");
    other.at(t + 60).send(&server);
    let open = |start| (start, None, 0, 0, 0, String::new());
    assert_eq!(sessions(&server), [open(t), open(t + 60)]);
}

#[test]
fn a_session_closed_for_its_silence_goes_on_when_it_is_heard_again() {
    let (server, t) = (FreeRadius::start(), then());
    Report::interim(300).at(t + 300).bytes(1, 2).send(&server);
    let close = "UPDATE radacct SET acctstoptime = acctupdatetime, \
                 acctterminatecause = 'Lost-Carrier'";
    server.database().execute(close, ()).unwrap();
    Report::interim(300).at(t + 300).bytes(1, 2).send(&server); // Only a repetition.
    assert!(sessions(&server)[0].1.is_some());
    Report::interim(1500).at(t + 1500).bytes(3, 4).send(&server);
    assert_eq!(sessions(&server), [(t, None, 1500, 3, 4, String::new())]);
}

#[test]
fn a_router_that_restarts_ends_its_sessions() {
    let (server, t) = (FreeRadius::start(), then());
    Report::start().at(t).send(&server);
    Report::interim(300).at(t + 300).bytes(1, 2).send(&server);
    let elsewhere = Report::start().with(NAS_IP_ADDRESS, &[10, 0, 0, 2]);
    elsewhere.with(CALLING_STATION_ID, b"AA:BB:CC:00:11:33").at(t).send(&server);
    let restart = |kind| {
        let packet = format!(
            "NAS-IP-Address=10.0.0.1,Acct-Session-Id=0,Acct-Status-Type={kind},Event-Timestamp={}",
            t + 400
        );
        let answer = radclient(&server, "acct", &packet, SECRET);
        assert!(answer.contains("Received Accounting-Response"), "{answer}");
    };
    restart("Accounting-On");
    restart("Accounting-Off"); // With nothing left to end, it is acknowledged all the same.
    let closed = (t, Some(t + 400), 300, 1, 2, "NAS-Reboot".to_owned());
    let open = |start| (start, None, 0, 0, 0, String::new());
    assert_eq!(sessions(&server), [closed.clone(), open(t)]);
    // A report from before is late; the same id in the second of the restart is a new session.
    Report::interim(390).at(t + 390).bytes(3, 4).send(&server);
    Report::start().at(t + 400).send(&server);
    let closed = (t, Some(t + 400), 390, 3, 4, "NAS-Reboot".to_owned());
    assert_eq!(sessions(&server), [closed, open(t), open(t + 400)]);
}

#[test]
fn a_router_that_thinks_it_is_1970_is_not_believed() {
    let server = FreeRadius::start();
    let before = system_seconds();
    Report::start().at(86_400).send(&server);
    Report::stop(5).at(86_405).bytes(1, 2).send(&server);
    let rows = sessions(&server);
    let (start, stop) = (rows[0].0, rows[0].1.unwrap());
    assert!((before..=system_seconds()).contains(&start), "{rows:?}");
    assert!((start..=system_seconds()).contains(&stop), "{rows:?}");
    assert_eq!(rows.len(), 1);
}
