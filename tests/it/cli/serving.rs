//! Commands beside a server, and the server's first words.

use super::Shop;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[test]
fn a_command_that_makes_work_wakes_the_server() {
    let shop = Shop::stocked();
    shop.pay("UKM2BBBBBB", "33", crate::sale::PHONE);
    let server = UnixDatagram::bind(shop.data_dir().join("wake.sock")).unwrap();
    server.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    shop.done(&["payment", "assign", "1", "--package", "1h"]);
    assert_eq!(server.recv(&mut [0; 8]).unwrap(), 1);
}

/// The program as a server, from when it says that it serves until this is dropped.
pub(super) struct Serving {
    child: Child,
}

impl Serving {
    #[expect(clippy::disallowed_methods, reason = "tests start the program")]
    pub(super) fn start(shop: &Shop) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlango"))
            .arg("serve")
            .env("MLANGO_CONFIG", shop.dir.path().join("mlango.toml"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let is_open = lines.any(|it| it.unwrap().contains("serving customers"));
        assert!(is_open, "it has ended before it served");
        std::thread::spawn(move || lines.for_each(drop)); // Or it would wait to be read.
        Serving { child }
    }

    pub(super) fn end(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended, as asked.
        let _ = self.child.wait();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start the program")]
fn the_first_start_says_where_the_password_is() {
    let shop = Shop::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlango"))
        .arg("serve")
        .env("MLANGO_CONFIG", shop.dir.path().join("mlango.toml"))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = lines.map(Result::unwrap).find(|it| it.contains("first-password"));
    let said = said.expect("it serves, and says so");
    assert!(said.contains("http://127.0.0.1:") && said.contains("admin set-password"), "{said}");
    assert!(shop.data_dir().join("first-password").exists());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}
