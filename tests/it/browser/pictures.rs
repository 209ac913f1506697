//! Every page as it looks on a phone and on a desk, by day and by night, for people to look at:
//! `browser/` in the target directory. What a person need not judge is asserted: nothing is cut.

use super::driver::Scripts;
use super::{C2B, Shop};
use mlango_sim::daraja::C2b;
use mlango_sim::{CallbackDoor, SmsFault, Times};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What it is called, its width in CSS pixels, and whether it is touched.
const SCREENS: [(&str, u32, bool); 2] = [("phone", 390, true), ("desk", 1280, false)];
const PAGES: [(&str, &str); 12] = [
    ("status", "/"),
    ("counter", "/counter"),
    ("payments", "/payments"),
    ("payment", "/payments/1"),
    ("held", "/payments/4"),
    ("customers", "/customers"),
    ("customer", "/customers/1"),
    ("failed", "/failed"),
    ("queues", "/queues"),
    ("routers", "/routers"),
    ("packages", "/packages"),
    ("logs", "/logs"),
];

#[test]
fn pages_fit_their_screens() {
    let shop = Shop::open(Scripts::On);
    let browser = &shop.browser;
    shop.kiosk.sms.inject(SmsFault::Status(400), Times::UntilCleared);
    for (nth, shillings) in [(1, 20), (2, 50), (3, 100)] {
        shop.pay(nth, shillings);
        shop.eventually_at("/payments", ".payments", &format!("SKL00000{nth:02}"));
    }
    let held = C2b { receipt: "SKL0000071", ..C2B };
    shop.forwarder.post(CallbackDoor::Confirmation, &held.body()).unwrap();
    shop.eventually_at("/", "[aria-labelledby=held]", "SKL0000071");
    shop.eventually_at("/failed", "main", "send_credentials_sms");
    let album = album();
    for (screen, width, mobile) in SCREENS {
        let size = json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": mobile});
        browser.command("Emulation.setDeviceMetricsOverride", &size);
        for scheme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.command("Emulation.setEmulatedMedia", &media);
            for (name, path) in PAGES {
                shop.open_page(path);
                assert!(browser.has("main h1"), "{path}");
                let cut = "return document.documentElement.scrollWidth > innerWidth";
                assert_eq!(browser.run(cut), false, "{path} is wider than a {screen}");
                browser.photograph(&album.join(format!("{name}-{screen}-{scheme}.png")));
            }
        }
    }
    assert_eq!(browser.complaints(), [""; 0]);
}

fn album() -> PathBuf {
    let album = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&album).unwrap();
    album
}
