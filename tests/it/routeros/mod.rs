//! The RouterOS client against simulated routers, over real SSH.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may as well stop")]

mod disbelief;
mod faults;
mod habits;
mod link;
mod peers;
mod profiles;
mod system;
mod users;
mod watching;

use mlango::domain::ids::RouterId;
use mlango::domain::router::RouterAddress;
use mlango::domain::secret::Secret;
use mlango::routeros::{self, Login, Operation, RouterAccess, RouterBook, RouterError, SshLink};
use mlango_sim::{Dialect, Router, RouterSpec};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROUTER: RouterId = RouterId(3);

/// What the database is to the product: how to get into the one router there is.
struct Book {
    access: Mutex<RouterAccess>,
    pins: Mutex<Vec<String>>,
}

impl RouterBook for Book {
    fn access(&self, router: RouterId) -> Result<RouterAccess, RouterError> {
        if router != ROUTER {
            return Err(RouterError::NoAccess(format!("there is no router {router}")));
        }
        Ok(self.access.lock().unwrap().clone())
    }

    fn pin(&self, _: RouterId, fingerprint: &str) -> Result<(), RouterError> {
        self.pins.lock().unwrap().push(fingerprint.to_owned());
        self.access.lock().unwrap().host_key = Some(fingerprint.to_owned());
        Ok(())
    }
}

/// A router, and the link to it.
struct Bench {
    router: Router,
    book: Arc<Book>,
    link: Arc<SshLink>,
}

impl Bench {
    fn new(dialect: Dialect) -> Bench {
        Bench::with(RouterSpec::new(dialect))
    }

    fn with(spec: RouterSpec) -> Bench {
        let router = Router::start(spec);
        let address = router.address();
        let access = RouterAccess {
            address: RouterAddress { host: address.ip().to_string(), port: address.port() },
            user: "mlango".to_owned(),
            login: Login::Password(Secret::new("sim-password")),
            host_key: None,
        };
        let book = Arc::new(Book { access: Mutex::new(access), pins: Mutex::default() });
        let link = Arc::new(SshLink::new(Arc::<Book>::clone(&book)));
        Bench { router, book, link }
    }

    /// Changes what the book says.
    fn write(&self, change: impl FnOnce(&mut RouterAccess)) {
        change(&mut self.book.access.lock().unwrap());
    }

    fn perform<O: Operation>(&self, op: &O) -> Result<O::Answer, RouterError> {
        self.perform_within(Duration::from_secs(60), op)
    }

    fn perform_within<O: Operation>(
        &self,
        span: Duration,
        op: &O,
    ) -> Result<O::Answer, RouterError> {
        routeros::perform(&*self.link, ROUTER, op, Instant::now() + span)
    }

    /// How many lines of all that were sent hold `words`.
    fn sent(&self, words: &str) -> usize {
        self.router.commands().iter().filter(|it| it.line.contains(words)).count()
    }

    /// How many lines were sent that change something.
    fn writes(&self) -> usize {
        [
            "user add ",
            "user set ",
            "user remove ",
            "reset-counters ",
            "profile add ",
            "profile set ",
        ]
        .iter()
        .map(|words| self.sent(words))
        .sum()
    }
}
