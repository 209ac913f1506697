//! Commands as an operator gives them: the real program, what it prints and how it ends.

mod checks;
mod completions;
mod counter;
mod customers;
mod diagnose;
mod logs;
mod outside;
mod packages;
mod payments;
mod queue_failed;
mod queue_jobs;
mod queue_orders;
mod queue_portable;
mod queue_work;
mod radius;
mod router_check;
mod router_script;
mod routers;
mod schedules;
mod serving;
mod statement;
mod status;
mod test_sale;
mod wrong;

use crate::sale::stk;
use mlango::app::{self, Site};
use mlango::config::Config;
use mlango::domain::payment::CallbackDoor;
use mlango::domain::queue::Queue;
use mlango::engine::{Engine, Ran};
use mlango::job::Job as _;
use mlango::jobs::{self, ProcessPayment};
use mlango::store::callbacks::{self, Callback};
use mlango_sim::Router;
use serde_json::Value;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A configuration in a directory of its own. The data directory is not made yet.
struct Shop {
    dir: tempfile::TempDir,
}

/// How a command ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Shop {
    fn new() -> Shop {
        Shop::configured("sms.gateway = \"log\"")
    }

    fn configured(more: &str) -> Shop {
        let shop = Shop { dir: tempfile::tempdir().unwrap() };
        let data_dir = shop.data_dir();
        // Nobody listens on port 0, and a server takes any port that is free.
        let text = format!(
            "data_dir = {data_dir:?}\nmpesa.shortcodes = [\"600638\"]\n\
             http.listen = \"127.0.0.1:0\"\nadmin.listen = \"127.0.0.1:0\"\n{more}\n"
        );
        shop.put("mlango.toml", &text);
        shop
    }

    /// With three packages for sale.
    fn stocked() -> Shop {
        let shop = Shop::new();
        for (code, price, duration) in [("1h", "20", "1h"), ("3h", "50", "3h"), ("1d", "100", "1d")]
        {
            let name = format!("{code} pass");
            shop.done(&[
                "package",
                "add",
                "--code",
                code,
                "--name",
                &name,
                "--price",
                price,
                "--duration",
                duration,
            ]);
        }
        shop
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, "")
    }

    #[expect(clippy::disallowed_methods, reason = "tests start the program")]
    fn run_with(&self, args: &[&str], input: &str) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlango"))
            .args(args)
            .env("MLANGO_CONFIG", self.dir.path().join("mlango.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have ended before.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed, and returns what it answered.
    fn done(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!(ended.code, 0, "{args:?}: {}{}", ended.out, ended.err);
        ended.out
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.done(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }

    /// Runs a command that must fail, and returns the one line that says why.
    fn refused(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!(ended.code, 1, "{args:?}: {}{}", ended.out, ended.err);
        let notes = ended.err.lines().filter(|it| it.starts_with("mlango: ")).count();
        assert_eq!((notes, ended.err.lines().count()), (1, 1), "{}", ended.err);
        ended.err
    }

    /// Runs `router add` for a simulated router.
    fn add_router(&self, name: &str, router: &Router, more: &[&str]) -> String {
        let password = self.put("password", "sim-password\n");
        let address = router.address().to_string();
        let add = [
            "router",
            "add",
            "--name",
            name,
            "--address",
            &address,
            "--user",
            "mlango",
            "--password-file",
            &password,
        ];
        self.done(&[&add[..], more].concat())
    }

    fn site(&self) -> Site {
        Site::open(Config::load(&self.dir.path().join("mlango.toml")).unwrap()).unwrap()
    }

    /// A callback comes in, and is understood. What follows from it is owed, not done.
    fn receive(&self, door: CallbackDoor, body: &str) {
        let site = self.site();
        let callback = Callback { door, body: body.as_bytes().to_vec(), is_signed: false };
        let received = site.store.write(|tx| {
            let callback_id = callbacks::insert(tx, &callback)?;
            ProcessPayment { callback_id }.enqueue(tx)
        });
        received.unwrap();
        settle(&site, &[Queue::Payments]);
    }

    fn pay(&self, receipt: &str, amount: &str, phone: &str) {
        let body = stk(&format!("ws_CO_{receipt}"), receipt, amount, phone);
        self.receive(CallbackDoor::Stk, &body);
    }
}

/// Runs what is due in these queues, as a server would.
fn settle(site: &Site, queues: &[Queue]) {
    let boot_id = app::boot().unwrap().id;
    let engine =
        Engine::start(site.store.clone(), site.world.clone(), jobs::KINDS, boot_id).unwrap();
    while queues.iter().any(|&queue| engine.run_next(queue).unwrap() == Ran::One) {}
}
