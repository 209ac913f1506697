//! Browsers that logged in, and guesses at the password: in memory, so a restart forgets both.

use super::notice::Waiting;
use crate::domain::secret::Secret;
use crate::domain::time::EngineTime;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A browser that is not used for so long must log in again.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// One person looks after a box, from a few browsers.
const MOST_SESSIONS: usize = 32;

/// What a browser's cookie stands for.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// What each of its forms carries, so that no other site can post in its name.
    pub(super) form_token: Secret,
    /// What its next page tells.
    pub(super) notice: Waiting,
    /// Which password it logged in with: another one ends the session.
    password: [u8; 32],
    used: EngineTime,
}

/// Sessions by the hash of their token: what is in memory does not log anybody in.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    /// A new session's token.
    pub(super) fn start(&self, password: [u8; 32], now: EngineTime) -> Secret {
        let token = random_token();
        let (form_token, notice) = (random_token(), Waiting::default());
        let session = Session { form_token, notice, password, used: now };
        let mut sessions = self.lock();
        sessions.retain(|_, it| is_fresh(it, now));
        if MOST_SESSIONS <= sessions.len() {
            let oldest = sessions.iter().min_by_key(|it| it.1.used).map(|it| *it.0);
            oldest.and_then(|it| sessions.remove(&it));
        }
        sessions.insert(hash(token.expose()), session);
        token
    }

    /// The session of a token, if there is one. It counts as used.
    pub(super) fn find(&self, token: &str, password: [u8; 32], now: EngineTime) -> Option<Session> {
        let mut sessions = self.lock();
        sessions.retain(|_, it| is_fresh(it, now) && it.password == password);
        let session = sessions.get_mut(&hash(token))?;
        session.used = now;
        Some(session.clone())
    }

    pub(super) fn end(&self, token: &str) {
        self.lock().remove(&hash(token));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(session: &Session, now: EngineTime) -> bool {
    now.since(session.used) < IDLE
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// 32 bytes from the kernel, as 64 digits.
fn random_token() -> Secret {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Wrong guesses that cost nothing, within [`WINDOW`].
const FREE_GUESSES: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
/// Between two guesses after that. Short: it is meant for programs, and the operator, too, may
/// have forgotten the password.
const PAUSE: Duration = Duration::from_secs(5);
const MOST_ADDRESSES: usize = 256;

/// Slows guessing down, for each address by itself, so that nobody locks the operator out.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<IpAddr, Vec<EngineTime>>>);

impl Throttle {
    /// How long `peer` must wait before its next guess; zero if it need not.
    pub(super) fn wait(&self, peer: IpAddr, now: EngineTime) -> Duration {
        let mut guesses = self.lock();
        let Some(times) = guesses.get_mut(&peer) else { return Duration::ZERO };
        times.retain(|it| now.since(*it) < WINDOW);
        match times.last() {
            Some(last) if FREE_GUESSES <= times.len() => PAUSE.saturating_sub(now.since(*last)),
            _ => Duration::ZERO,
        }
    }

    pub(super) fn note_failure(&self, peer: IpAddr, now: EngineTime) {
        let mut guesses = self.lock();
        if MOST_ADDRESSES <= guesses.len() {
            guesses.retain(|_, times| times.last().is_some_and(|it| now.since(*it) < WINDOW));
        }
        if guesses.len() < MOST_ADDRESSES || guesses.contains_key(&peer) {
            guesses.entry(peer).or_default().push(now);
        }
    }

    pub(super) fn forget(&self, peer: IpAddr) {
        self.lock().remove(&peer);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<EngineTime>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EngineTime = EngineTime(1_000_000);

    #[test]
    fn a_session_ends_when_idle_with_its_password_or_on_purpose() {
        let sessions = Sessions::default();
        let token = sessions.start([1; 32], NOW);
        let find = |at, password| sessions.find(token.expose(), password, at).is_some();
        assert!(find(NOW + Duration::from_secs(11 * 3600), [1; 32]));
        assert!(find(NOW + Duration::from_secs(22 * 3600), [1; 32]), "it was used meanwhile");
        assert!(!find(NOW + Duration::from_secs(34 * 3600), [1; 32]));
        let token = sessions.start([1; 32], NOW);
        assert!(sessions.find(token.expose(), [2; 32], NOW).is_none());
        let token = sessions.start([1; 32], NOW);
        sessions.end(token.expose());
        assert!(sessions.find(token.expose(), [1; 32], NOW).is_none());
    }

    #[test]
    fn the_least_used_session_makes_room() {
        let sessions = Sessions::default();
        let first = sessions.start([1; 32], NOW);
        for _ in 0..MOST_SESSIONS {
            sessions.start([1; 32], NOW + Duration::from_secs(1));
        }
        assert!(sessions.find(first.expose(), [1; 32], NOW).is_none());
        assert_eq!(sessions.lock().len(), MOST_SESSIONS);
    }

    #[test]
    fn guesses_are_slowed_down_and_never_stopped() {
        let throttle = Throttle::default();
        let peer = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..FREE_GUESSES {
            assert_eq!(throttle.wait(peer, NOW), Duration::ZERO);
            throttle.note_failure(peer, NOW);
        }
        assert_eq!(throttle.wait(peer, NOW), PAUSE);
        assert_eq!(throttle.wait(IpAddr::from([192, 0, 2, 2]), NOW), Duration::ZERO);
        assert_eq!(throttle.wait(peer, NOW + PAUSE), Duration::ZERO);
        throttle.note_failure(peer, NOW + PAUSE);
        assert_eq!(throttle.wait(peer, NOW + PAUSE), PAUSE);
        assert_eq!(throttle.wait(peer, NOW + WINDOW), Duration::ZERO);
    }
}
