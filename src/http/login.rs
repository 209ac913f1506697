//! How a person at a browser becomes the operator: a password, then a cookie.

use super::notice::Waiting;
use super::sessions::{Session, Sessions, Throttle};
use super::{Doors, HttpError, Reply, Request, auth, frame};
use crate::config::{AdminPassword, Config};
use crate::domain::secret::Secret;
use crate::store::audit;
use std::sync::{Mutex, TryLockError};
use std::time::Duration;

const COOKIE: &str = "mlango_session";
/// The field of every form, and the header of every script's request, that proves its origin.
pub(super) const FORM_TOKEN: &str = "form_token";
const FORM_TOKEN_HEADER: &str = "X-Form-Token";
/// On requests of the script that keeps a page up to date.
const REFRESH_HEADER: &str = "X-Refresh";

/// Who is logged in, and who tries to be.
pub struct Logins {
    password: AdminPassword,
    sessions: Sessions,
    throttle: Throttle,
    /// A check is dear. Guesses do not stand in line for it, else they would hold all threads.
    checking: Mutex<()>,
}

/// What became of a guess.
enum Guess {
    Right,
    Wrong,
    TooSoon(Duration),
}

impl Logins {
    pub fn new(config: &Config) -> Logins {
        Logins {
            password: AdminPassword::new(config),
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            checking: Mutex::default(),
        }
    }

    /// The session of the request's cookie, if it has one that still holds.
    pub(super) fn session(&self, doors: &Doors, request: &Request) -> Option<Session> {
        let token = cookie(request)?;
        let password = self.password.fingerprint().ok()?;
        let mut session = self.sessions.find(token, password, doors.store.now().engine)?;
        if request.headers.get(REFRESH_HEADER).is_some() {
            session.notice = Waiting::default(); // Nobody would see it there.
        }
        Some(session)
    }

    fn guess(&self, doors: &Doors, request: &Request, guess: &str) -> Result<Guess, HttpError> {
        let now = doors.store.now().engine;
        let wait = self.throttle.wait(request.peer, now);
        if !wait.is_zero() {
            return Ok(Guess::TooSoon(wait));
        }
        let _alone = match self.checking.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(Guess::TooSoon(Duration::from_secs(1))),
        };
        let is_right = self.password.verify(&Secret::new(guess)).map_err(anyhow::Error::from)?;
        if !is_right {
            self.throttle.note_failure(request.peer, now);
            return Ok(Guess::Wrong);
        }
        self.throttle.forget(request.peer);
        Ok(Guess::Right)
    }
}

/// `GET /login`
pub(super) fn form(doors: &Doors, request: &Request) -> Reply {
    if doors.logins.session(doors, request).is_some() {
        return see_other("/");
    }
    frame::login(None)
}

/// `POST /login`
pub(super) fn log_in(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    require_same_site(request)?;
    let guess = request.field("password").unwrap_or_default();
    match doors.logins.guess(doors, request, &guess)? {
        Guess::Right => {}
        Guess::Wrong => {
            log::warn!("a wrong password was tried at the login page from {}", request.peer);
            return Ok(Reply { status: 401, ..frame::login(Some("That is not the password.")) });
        }
        Guess::TooSoon(wait) => {
            let words = "Too many tries. Wait a few seconds, then try again.";
            let reply = Reply { status: 429, ..frame::login(Some(words)) };
            let seconds = wait.as_millis().div_ceil(1000);
            return Ok(reply.with_header("Retry-After", seconds.to_string()));
        }
    }
    let fingerprint = doors.logins.password.fingerprint().map_err(anyhow::Error::from)?;
    doors
        .store
        .write(|tx| audit::insert(tx, "page", "login", None, &format!("from {}", request.peer)))?;
    let token = doors.logins.sessions.start(fingerprint, doors.store.now().engine);
    Ok(see_other("/").with_header("Set-Cookie", set_cookie(token.expose())))
}

/// `POST /logout`
pub(super) fn log_out(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    if let Some(session) = doors.logins.session(doors, request) {
        require_form_token(request, &session)?;
    }
    if let Some(token) = cookie(request) {
        doors.logins.sessions.end(token);
    }
    let expired = format!("{}; Max-Age=0", set_cookie(""));
    Ok(see_other("/login").with_header("Set-Cookie", expired))
}

/// Refuses a change asked for in the name of `session` by anything but its own pages.
pub(super) fn require_form_token(request: &Request, session: &Session) -> Result<(), HttpError> {
    require_same_site(request)?;
    let header = request.headers.get(FORM_TOKEN_HEADER).map(str::to_owned);
    let given = header.or_else(|| request.field(FORM_TOKEN)).unwrap_or_default();
    if auth::is_one_of(std::slice::from_ref(&session.form_token), &given) {
        return Ok(());
    }
    Err(HttpError::Forbidden)
}

/// Browsers say where a request comes from (Fetch Metadata); others do not, and have no cookies.
fn require_same_site(request: &Request) -> Result<(), HttpError> {
    match request.headers.get("Sec-Fetch-Site") {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(HttpError::Forbidden),
    }
}

/// See Other (RFC 9110, section 15.4.4): the browser fetches `path` with GET.
pub(super) fn see_other(path: &str) -> Reply {
    Reply::empty(303).with_header("Location", path)
}

/// Not `Secure`: the box serves plain HTTP, on loopback unless told otherwise.
fn set_cookie(token: &str) -> String {
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict")
}

fn cookie(request: &Request) -> Option<&str> {
    let pairs = request.headers.get("Cookie")?.split(';');
    pairs.filter_map(|it| it.trim().split_once('=')).find(|it| it.0 == COOKIE).map(|it| it.1)
}
