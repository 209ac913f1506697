//! Secrets at rest: router passwords and customers' credentials are in the database only sealed,
//! under a key that is in a file beside it (`secret.key`) and in every backup.
//!
//! A sealed secret is one byte of version, four of the key's id, a nonce of 24, and the
//! XChaCha20-Poly1305 text with its tag. The nonce is random: 24 bytes never meet by chance.

use crate::domain::secret::Secret;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

/// What secrets in the database are sealed for; one opens for nothing else.
pub mod purpose {
    pub const ROUTER_LOGIN: &str = "router login";
    pub const NAS_SECRET: &str = "nas secret";
}

const VERSION: u8 = 1;
const ID_LENGTH: usize = 4;
const NONCE_LENGTH: usize = 24;
const HEAD_LENGTH: usize = 1 + ID_LENGTH;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("secret.key is not 64 hexadecimal digits; restore it from the backup")]
    NotAKey,
    #[error("secret.key is not the one these secrets were sealed with; restore it from the backup")]
    OtherKey,
    /// Changed since it was sealed, or sealed for another purpose.
    #[error("a sealed secret is damaged or not where it belongs; enter it again")]
    Damaged,
    #[error("a secret was sealed by a newer mlango; install that version again")]
    Newer,
}

/// Seals and opens.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    id: [u8; ID_LENGTH],
}

impl Vault {
    /// `key` is the line in `secret.key`: 64 hexadecimal digits.
    pub fn new(key: &Secret) -> Result<Vault, VaultError> {
        let key = key_bytes(key.expose()).ok_or(VaultError::NotAKey)?;
        let digest = Sha256::new().chain_update(b"mlango key id").chain_update(key).finalize();
        let mut id = [0; ID_LENGTH];
        id.copy_from_slice(&digest[..ID_LENGTH]);
        Ok(Vault { cipher: XChaCha20Poly1305::new(&key.into()), id })
    }

    /// Seals `plain` so that it opens only for the same `purpose`, such as `router:3 password`:
    /// a row copied over another one does not open there.
    pub fn seal(&self, purpose: &str, plain: &Secret) -> Vec<u8> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).expect("the kernel gives random bytes");
        let bound = self.bound(purpose);
        let payload = Payload { msg: plain.expose().as_bytes(), aad: &bound };
        let text = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let mut sealed = vec![VERSION];
        sealed.extend(self.id);
        sealed.extend(nonce);
        sealed.extend(text.expect("a secret is far shorter than the cipher's limit"));
        sealed
    }

    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Secret, VaultError> {
        let (head, rest) = sealed.split_at_checked(HEAD_LENGTH).ok_or(VaultError::Damaged)?;
        match head[0] {
            VERSION => {}
            newer if VERSION < newer => return Err(VaultError::Newer),
            _ => return Err(VaultError::Damaged),
        }
        if head[1..] != self.id {
            return Err(VaultError::OtherKey);
        }
        let (nonce, text) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(VaultError::Damaged)?;
        let bound = self.bound(purpose);
        let payload = Payload { msg: text, aad: &bound };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        let plain = plain.map_err(|_| VaultError::Damaged)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| VaultError::Damaged)
    }

    /// What the tag covers besides the secret: head and purpose.
    fn bound(&self, purpose: &str) -> Vec<u8> {
        [&[VERSION], &self.id[..], purpose.as_bytes()].concat()
    }
}

fn key_bytes(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    let mut key = [0; 32];
    if digits.len() != 2 * key.len() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(pair: &str) -> Vault {
        Vault::new(&Secret::new(pair.repeat(32))).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() {
        let vault = vault("a7");
        let sealed = vault.seal("router:3 password", &Secret::new("hunter22"));
        let open =
            |purpose, sealed: &[u8]| vault.open(purpose, sealed).map(|it| it.expose().to_owned());
        assert_eq!(open("router:3 password", &sealed), Ok("hunter22".to_owned()));
        assert_eq!(open("router:4 password", &sealed), Err(VaultError::Damaged));
        assert!(!sealed.windows(8).any(|it| it == b"hunter22"));
        let again = vault.seal("router:3 password", &Secret::new("hunter22"));
        assert_ne!(sealed, again, "equal secrets do not show as equal");
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let vault = vault("01");
        let sealed = vault.seal("x", &Secret::new("y"));
        for nth in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[nth] ^= 0x40;
            assert!(vault.open("x", &changed).is_err(), "byte {nth}");
            assert!(vault.open("x", &sealed[..nth]).is_err(), "cut at {nth}");
        }
        let mut newer = sealed;
        newer[0] = VERSION + 1;
        assert_eq!(vault.open("x", &newer), Err(VaultError::Newer));
    }

    #[test]
    fn another_key_is_told_from_damage() {
        let sealed = vault("01").seal("x", &Secret::new("y"));
        let error = vault("02").open("x", &sealed).unwrap_err();
        assert_eq!(error, VaultError::OtherKey);
        assert!(error.to_string().ends_with("restore it from the backup"));
    }

    #[test]
    fn a_key_is_64_digits() {
        let (short, long) = ("0".repeat(63), "0".repeat(65));
        for digits in ["", "00", &short, &long, &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(Vault::new(&Secret::new(digits)).err(), Some(VaultError::NotAKey));
        }
    }

    /// The vector of draft-irtf-cfrg-xchacha-03, A.3.1.
    #[test]
    fn the_cipher_is_xchacha20_poly1305() {
        let key: Vec<u8> = (0x80..0xa0).collect();
        let nonce: [u8; 24] = std::array::from_fn(|nth| 0x40 + u8::try_from(nth).unwrap());
        let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
                      tip for the future, sunscreen would be it.";
        let cipher = XChaCha20Poly1305::new_from_slice(&key).unwrap();
        let text = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad }).unwrap();
        assert_eq!(text[..4], [0xbd, 0x6d, 0x17, 0x9d]);
        assert_eq!(text[text.len() - 4..], [0x78, 0x0a, 0xcf, 0x49]);
    }
}
