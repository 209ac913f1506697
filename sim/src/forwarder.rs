//! What brings callbacks from the Internet to the box: posts, signs, repeats.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::daraja::hex;
use crate::http::{self, Reply};

/// Which of the box's doors a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackDoor {
    Stk,
    Validation,
    Confirmation,
}

impl CallbackDoor {
    /// As signatures name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stk => "stk",
            Self::Validation => "validation",
            Self::Confirmation => "confirmation",
        }
    }

    fn path(self, token: Option<&str>) -> String {
        match (token, self) {
            (Some(token), door) => format!("/cb/{token}/{}", door.word()),
            (None, Self::Stk) => "/api/mpesa/callback".to_owned(),
            (None, door) => format!("/api/mpesa/c2b/{}", door.word()),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Forwarder {
    host: String,
    path_token: Option<String>,
    secret: Option<Vec<u8>>,
    clock_offset_seconds: i64,
    pub patience: Duration,
}

impl Forwarder {
    /// `base` is `http://HOST:PORT`.
    pub fn new(base: &str, path_token: Option<&str>, secret: Option<&[u8]>) -> Self {
        let host = base.strip_prefix("http://").unwrap_or(base).trim_end_matches('/');
        Self {
            host: host.to_owned(),
            path_token: path_token.map(str::to_owned),
            secret: secret.map(<[u8]>::to_vec),
            clock_offset_seconds: 0,
            patience: Duration::from_secs(10),
        }
    }

    /// Signs as if its clock were this far ahead.
    pub fn with_clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset_seconds = seconds;
        self
    }

    /// One attempt; signed anew each time.
    pub fn post(&self, door: CallbackDoor, body: &[u8]) -> io::Result<Reply> {
        let path = door.path(self.path_token.as_deref());
        let mut headers = Vec::new();
        if let Some(secret) = &self.secret {
            let signature = signature(secret, unix_now() + self.clock_offset_seconds, door, body);
            headers.push(("X-Mlango-Signature".to_owned(), signature));
        }
        self.post_to(&path, &headers, body)
    }

    /// Any path, any headers: for what no honest forwarder does.
    pub fn post_to(
        &self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> io::Result<Reply> {
        let json = ("Content-Type".to_owned(), "application/json".to_owned());
        let headers: Vec<_> = std::iter::once(json).chain(headers.iter().cloned()).collect();
        http::post(&self.host, path, &headers, body, self.patience)
    }
}

/// The value of `X-Mlango-Signature` for a body handed over at this second since 1970.
pub fn signature(secret: &[u8], unix_seconds: i64, door: CallbackDoor, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{unix_seconds}.{}.", door.word()).as_bytes());
    mac.update(body);
    format!("t={unix_seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

#[expect(clippy::disallowed_methods, reason = "the forwarder has a clock of its own")]
fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest was made with `openssl dgst -sha256 -hmac secret`.
    #[test]
    fn a_signature_covers_time_door_and_body() {
        let made = signature(b"secret", 1_700_000_000, CallbackDoor::Stk, b"{}");
        assert_eq!(
            made,
            concat!(
                "t=1700000000,v1=",
                "e0b42d7a85216ef4faeb7c9fd9c95d0e039d3c53e1cfcaf84c3f7d2d915dd9e6",
            )
        );
    }

    #[test]
    fn without_a_token_the_long_paths_are_used() {
        assert_eq!(CallbackDoor::Stk.path(Some("ab")), "/cb/ab/stk");
        assert_eq!(CallbackDoor::Stk.path(None), "/api/mpesa/callback");
        assert_eq!(CallbackDoor::Validation.path(None), "/api/mpesa/c2b/validation");
    }
}
