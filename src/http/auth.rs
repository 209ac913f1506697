//! Who is asking: tokens, signatures and addresses. Pure functions; secrets are compared in
//! constant time.

use super::{HttpError, Request};
use crate::domain::address::AddressList;
use crate::domain::payment::CallbackDoor;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

/// How far a signature's time may be from ours, either way, in seconds.
const SKEW_SECONDS: u64 = 300;
pub const SIGNATURE_HEADER: &str = "X-Mlango-Signature";
pub const TOKEN_HEADER: &str = "X-Mlango-Token";

/// What lets a callback in.
#[derive(Debug)]
pub struct CallbackAuth {
    /// Each of them is good.
    pub path_tokens: Vec<Secret>,
    /// With one, every callback must be signed and needs no token.
    pub hmac_secret: Option<Secret>,
    pub allow_from: AddressList,
}

/// What a callback is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Signed by our forwarder.
    Signed,
    /// It knew a token, as everyone does who has seen the URL.
    Token,
    Refused(Refusal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// From an address that is not let in, whatever it knows.
    Address,
    WrongToken,
    /// Signed wrongly, or not at all where that is asked for.
    BadSignature,
    /// Signed well, at a time too far from ours. The forwarder signs anew.
    Stale,
}

impl From<Refusal> for HttpError {
    fn from(refusal: Refusal) -> HttpError {
        match refusal {
            Refusal::Address => HttpError::Forbidden,
            Refusal::WrongToken => HttpError::NotFound,
            Refusal::BadSignature => HttpError::Unauthorized("bad signature"),
            Refusal::Stale => HttpError::Unauthorized("stale"),
        }
    }
}

impl CallbackAuth {
    /// Judges a callback at `door`. `path_token` is the one in its path, if there is one, and
    /// `trusted_wall` is none while the clock may lie: then no signature is stale.
    pub fn judge(
        &self,
        request: &Request,
        door: CallbackDoor,
        path_token: Option<&str>,
        trusted_wall: Option<Timestamp>,
    ) -> Verdict {
        if !self.allow_from.contains(request.peer) {
            return Verdict::Refused(Refusal::Address);
        }
        let token = path_token.or_else(|| request.headers.get(TOKEN_HEADER));
        let knows_token = token.map(|it| is_one_of(&self.path_tokens, it));
        let signature = request.headers.get(SIGNATURE_HEADER);
        match (&self.hmac_secret, signature, knows_token) {
            (Some(secret), Some(signature), _) => {
                match verify(secret, signature, door, &request.body, trusted_wall) {
                    Ok(()) => Verdict::Signed,
                    Err(refusal) => Verdict::Refused(refusal),
                }
            }
            (None, _, Some(true)) => Verdict::Token,
            (Some(_), None, Some(true) | None) => Verdict::Refused(Refusal::BadSignature),
            (_, _, Some(false)) | (None, _, None) => Verdict::Refused(Refusal::WrongToken),
        }
    }
}

/// The header value that signs a body for a door.
pub fn sign(secret: &Secret, at: Timestamp, door: CallbackDoor, body: &[u8]) -> String {
    let seconds = at.unix_seconds();
    let mac = mac(secret, &seconds.to_string(), door, body).finalize().into_bytes();
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

fn verify(
    secret: &Secret,
    header: &str,
    door: CallbackDoor,
    body: &[u8],
    trusted_wall: Option<Timestamp>,
) -> Result<(), Refusal> {
    let fields = || header.split(',').filter_map(|it| it.trim().split_once('='));
    let mut times = fields().filter(|it| it.0 == "t").map(|it| it.1);
    let (Some(time), None) = (times.next(), times.next()) else {
        return Err(Refusal::BadSignature);
    };
    let is_number = !time.is_empty() && time.bytes().all(|it| it.is_ascii_digit());
    let seconds: i64 = time.parse().ok().filter(|_| is_number).ok_or(Refusal::BadSignature)?;

    let ours = mac(secret, time, door, body).finalize().into_bytes();
    let given = fields().filter(|it| it.0 == "v1").filter_map(|it| unhex(it.1));
    let is_good = given.fold(Choice::from(0), |good, it| good | it.ct_eq(ours.as_slice()));
    if !bool::from(is_good) {
        return Err(Refusal::BadSignature);
    }
    match trusted_wall {
        Some(now) if SKEW_SECONDS < now.unix_seconds().abs_diff(seconds) => Err(Refusal::Stale),
        _ => Ok(()),
    }
}

/// HMAC-SHA256 over `t + "." + door + "." + body`. `time` is as written in the header: what is
/// signed is its text.
fn mac(secret: &Secret, time: &str, door: CallbackDoor, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of any length");
    for part in [time.as_bytes(), b".", door.as_str().as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |it: &u8| char::from(*it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}

/// Whether `guess` is one of `secrets`, asking all of them: how long it takes must not tell
/// which one was nearly right.
pub fn is_one_of(secrets: &[Secret], guess: &str) -> bool {
    let guess = guess.as_bytes();
    let any =
        secrets.iter().fold(Choice::from(0), |any, it| any | it.expose().as_bytes().ct_eq(guess));
    bool::from(any & Choice::from(u8::from(!guess.is_empty())))
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1).
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.headers.get("Authorization")?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}

/// Lets in who shows one of `tokens` as a Bearer token.
pub fn require_bearer(request: &Request, tokens: &[Secret]) -> Result<(), HttpError> {
    match bearer(request) {
        Some(token) if is_one_of(tokens, token) => Ok(()),
        _ => Err(HttpError::Unauthorized("a token is needed")),
    }
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
