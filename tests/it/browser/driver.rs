//! A real Chromium, driven by its chromedriver: WebDriver (W3C) as JSON over HTTP.

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What the program is called on Debian, and by those who install it themselves.
const CHROMEDRIVER: &str = "chromedriver";
const MISSING: &str = "browser tests need Chromium and its driver: type  \
                       sudo apt-get install chromium chromium-driver";
/// What W3C calls the key of an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// A guard against tests that hang. No outcome depends on it.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scripts {
    On,
    Off,
}

/// One browser, new, without a history. It ends when it is dropped.
pub(super) struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(super) fn start(scripts: Scripts) -> Browser {
        let mut driver = Command::new(CHROMEDRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{CHROMEDRIVER}: {error}; {MISSING}"));
        let said = BufReader::new(driver.stdout.take().unwrap());
        let port: u16 = said
            .lines()
            .map(Result::unwrap)
            .find_map(|line| {
                line.split_once("started successfully on port ")
                    .and_then(|it| it.1.trim_end_matches('.').parse().ok())
            })
            .expect("chromedriver says its port");
        let profile = tempfile::tempdir().unwrap();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        let mut browser = Browser {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            agent: config.new_agent(),
            _profile: profile,
        };
        let started = browser.post("", &browser.capabilities(scripts));
        let id = started["sessionId"].as_str().unwrap_or_else(|| panic!("{started}; {MISSING}"));
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    fn capabilities(&self, scripts: Scripts) -> Value {
        let mut args: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(format!("--user-data-dir={}", self._profile.path().display()));
        let javascript = if scripts == Scripts::On { 1 } else { 2 }; // 2 blocks.
        json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": args,
                "prefs": {"profile.managed_default_content_settings.javascript": javascript},
            },
        }}})
    }

    pub(super) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// The path of the page that is shown.
    pub(super) fn path(&self) -> String {
        let url = self.get("/url");
        let url = url.as_str().unwrap();
        format!("/{}", url.splitn(4, '/').nth(3).unwrap_or_default())
    }

    /// Whether an element is there.
    pub(super) fn has(&self, css: &str) -> bool {
        let found = self.post("/elements", &json!({"using": "css selector", "value": css}));
        found.as_array().is_some_and(|it| !it.is_empty())
    }

    /// What a person can read of an element; nothing, if it is not there, or not any more.
    pub(super) fn text(&self, css: &str) -> String {
        let found = self.post("/element", &json!({"using": "css selector", "value": css}));
        let Some(id) = found[ELEMENT].as_str() else { return String::new() };
        self.get(&format!("/element/{id}/text")).as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn click(&self, css: &str) {
        self.on(css, |id| self.post(&format!("/element/{id}/click"), &json!({})));
    }

    pub(super) fn fill(&self, css: &str, text: &str) {
        self.on(css, |id| self.post(&format!("/element/{id}/clear"), &json!({})));
        self.type_in(css, text);
    }

    pub(super) fn type_in(&self, css: &str, text: &str) {
        self.on(css, |id| self.post(&format!("/element/{id}/value"), &json!({ "text": text })));
    }

    /// Does something to an element, again if it was replaced meanwhile.
    fn on(&self, css: &str, act: impl Fn(&str) -> Value) {
        self.eventually(css, || {
            let found = self.post("/element", &json!({"using": "css selector", "value": css}));
            let Some(id) = found[ELEMENT].as_str() else { return false };
            let answer = act(id);
            let error = answer["error"].as_str();
            assert!(
                matches!(
                    error,
                    None | Some(
                        "stale element reference"
                            | "element not interactable"
                            | "element click intercepted"
                    )
                ),
                "{css}: {answer}"
            );
            error.is_none()
        });
    }

    /// Waits until `is_so`, looking again and again.
    pub(super) fn eventually(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let since = Instant::now();
        while !is_so() {
            if PATIENCE < since.elapsed() {
                panic!("waited in vain: {what}\n{}\n{}", self.path(), self.text("body"));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    pub(super) fn sees(&self, css: &str, words: &str) {
        self.eventually(&format!("{words:?} in {css}"), || self.text(css).contains(words));
    }

    pub(super) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What pages complained of to the console since the last look.
    pub(super) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        let log = log.as_array().unwrap_or_else(|| panic!("{log}"));
        log.iter().map(|it| format!("{} {}", it["level"], it["message"])).collect()
    }

    /// A command of Chromium's own, beyond WebDriver.
    pub(super) fn command(&self, name: &str, params: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": name, "params": params}))
    }

    /// The whole page, as it is shown, into a PNG file.
    pub(super) fn photograph(&self, file: &Path) {
        let whole = json!({"captureBeyondViewport": true, "format": "png"});
        let shot = self.command("Page.captureScreenshot", &whole);
        let data = shot["data"].as_str().unwrap_or_else(|| panic!("{shot}"));
        std::fs::write(file, from_base64(data)).unwrap();
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.agent.get(format!("{}{path}", self.session)).call();
        value(&answer.unwrap().body_mut().read_to_string().unwrap())
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.post(format!("{}{path}", self.session));
        let answer = request.header("Content-Type", "application/json").send(body.to_string());
        let mut answer = answer.unwrap();
        value(&answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its driver ends the browser with the session; what is left of it dies with the driver.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn value(answer: &str) -> Value {
    let mut answer: Value = serde_json::from_str(answer).unwrap_or_else(|_| panic!("{answer}"));
    answer["value"].take()
}

/// RFC 4648, section 4.
fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if 8 <= count {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

/// A selector for the button that stands in the form of this action.
pub(super) fn button(action: &str) -> String {
    let mut css = String::new();
    write!(css, "form[action=\"{action}\"] button").unwrap();
    css
}

#[test]
fn pictures_are_decoded() {
    assert_eq!(from_base64("aGVsbG8="), b"hello");
    assert_eq!(from_base64("/+8="), [0xff, 0xef]);
}
