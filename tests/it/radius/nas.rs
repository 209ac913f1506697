//! A router that is not of our making: FreeRADIUS's own listener for orders (RFC 5176). It knows
//! sessions, ends the one that an order names, and says what it knows nothing of.

use super::server::{PATIENCE, SECRET, free_port, run};
use rusqlite::Connection;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Child;
use std::time::Instant;

/// How the router takes orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Obeys,
    /// Says no to everything: 403, NAS Identification Mismatch.
    Refuses,
    Silent,
}

pub(super) struct Nas {
    home: tempfile::TempDir,
    process: Child,
    pub(super) address: SocketAddr,
}

const CONFIG: &str = include_str!("nas.conf");

impl Nas {
    pub(super) fn start(mood: Mood) -> Nas {
        let home = tempfile::tempdir().unwrap();
        let database = Connection::open(home.path().join("sessions.db")).unwrap();
        database.execute_batch("CREATE TABLE online (id, user, ip)").unwrap();
        drop(database);
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let address = SocketAddr::new(local, free_port(local));
        let lib = ["/usr/lib/freeradius", "/usr/lib/freeradius3", "/usr/lib64/freeradius"];
        let lib = lib.iter().find(|it| fs::exists(it).unwrap()).unwrap();
        let mood = match mood {
            Mood::Obeys => "",
            Mood::Refuses => "update reply { &Error-Cause := NAS-Identification-Mismatch }\nreject",
            Mood::Silent => "update control { &Response-Packet-Type := Do-Not-Respond }\nhandled",
        };
        let port = address.port().to_string();
        let mut text = CONFIG.to_owned();
        let dir = home.path().to_str().unwrap();
        for (name, value) in [
            ("@DIR@", dir),
            ("@LIB@", lib),
            ("@SECRET@", SECRET),
            ("@PORT@", &port),
            ("@MOOD@", mood),
        ] {
            text = text.replace(name, value);
        }
        fs::write(home.path().join("radiusd.conf"), text).unwrap();
        fs::write(home.path().join("dictionary"), include_str!("../../../freeradius/dictionary"))
            .unwrap();
        let mut nas = Nas { process: run(home.path(), &home.path().join("output")), address, home };
        nas.wait_until_ready();
        nas
    }

    fn wait_until_ready(&mut self) {
        let end = Instant::now() + PATIENCE;
        while !self.output().contains("Ready to process requests") {
            assert!(self.process.try_wait().unwrap().is_none(), "{}", self.output());
            assert!(Instant::now() < end, "{}", self.output());
            std::thread::yield_now();
        }
    }

    pub(super) fn output(&self) -> String {
        fs::read_to_string(self.home.path().join("output")).unwrap_or_default()
    }

    /// A session it knows of.
    pub(super) fn is_online(&self, id: &str, user: &str, ip: &str) {
        let insert = "INSERT INTO online VALUES (?1, ?2, ?3)";
        self.database().execute(insert, (id, user, ip)).unwrap();
    }

    pub(super) fn online(&self) -> Vec<String> {
        let database = self.database();
        let mut statement = database.prepare("SELECT id FROM online ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// What it was told, an order a line.
    pub(super) fn orders(&self) -> Vec<String> {
        let text = fs::read_to_string(self.home.path().join("orders")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn database(&self) -> Connection {
        let database = Connection::open(self.home.path().join("sessions.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }
}

impl Drop for Nas {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the router said:\n{}", self.output());
        }
    }
}
