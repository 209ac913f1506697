//! The operator's pages in a real browser, before the real program: with scripts and without.

mod driver;
mod pictures;
mod visits;

use crate::process::kiosk::{Kiosk, SHORTCODE, Trust};
use crate::process::server::Server;
use driver::{Browser, Scripts};
use mlango_sim::daraja::{C2b, Msisdn, StkSuccess};
use mlango_sim::{CallbackDoor, Dialect, Forwarder};

const PHONE: &str = "254712345678";
/// Money that nobody can tell the purpose of.
const C2B: C2b<'_> = C2b {
    shortcode: SHORTCODE,
    receipt: "",
    amount_cents: 1500,
    phone: PHONE,
    msisdn: Msisdn::Plain,
    reference: "for Njeri",
};

/// A box with one router, an operator who is logged in, and nothing sold yet.
struct Shop {
    browser: Browser,
    forwarder: Forwarder,
    base: String,
    _server: Server,
    kiosk: Kiosk,
}

impl Shop {
    fn open(scripts: Scripts) -> Shop {
        let kiosk = Kiosk::new(&[Dialect::V7_16], "");
        let server = kiosk.start(Trust::Token);
        let shop = Shop {
            browser: Browser::start(scripts),
            forwarder: kiosk.forwarder(Trust::Token),
            base: format!("http://{}", kiosk.admin),
            _server: server,
            kiosk,
        };
        shop.log_in();
        shop
    }

    fn log_in(&self) {
        let browser = &self.browser;
        browser.open(&self.base);
        assert_eq!(browser.path(), "/login");
        browser.type_in("#password", "wrong");
        browser.click("main button");
        browser.sees("[role=alert]", "That is not the password.");
        // The refusal itself is what the console tells of: 401.
        let complaints = browser.complaints();
        assert!(complaints.iter().all(|it| it.contains("401")), "{complaints:?}");
        let password = std::fs::read_to_string(self.kiosk.data_dir().join("first-password"));
        browser.type_in("#password", password.unwrap().trim());
        browser.click("main button");
        browser.sees("h1", "Status");
    }

    /// Somebody pays by a push that we did not ask for: the amount says what for.
    fn pay(&self, nth: u32, shillings: u64) {
        let (checkout, receipt) = (format!("ws_CO_{nth}"), format!("SKL00000{nth:02}"));
        let push = StkSuccess {
            checkout: &checkout,
            receipt: &receipt,
            amount_cents: shillings * 100,
            phone: PHONE,
        };
        assert_eq!(self.forwarder.post(CallbackDoor::Stk, &push.body()).unwrap().status, 200);
    }

    fn open_page(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.base));
    }

    /// Looks at a page again and again until it says so, as one does who has no scripts.
    fn eventually_at(&self, path: &str, css: &str, words: &str) {
        self.browser.eventually(&format!("{words:?} at {path}"), || {
            self.open_page(path);
            self.browser.text(css).contains(words)
        });
    }
}
