//! The MD5 constructions of RADIUS. Weak by today's measure, and all that the protocol has.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};

/// The MD5 of `parts`, one after the other.
pub(super) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The HMAC-MD5 of `message` (RFC 2869, section 5.14).
pub(super) fn hmac_md5(secret: &[u8], message: &[u8]) -> [u8; 16] {
    let mut mac = Hmac::<Md5>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Hides a password in blocks of 16, each with the MD5 of the one before (RFC 2865, section 5.2).
pub(super) fn hide(password: &[u8], secret: &[u8], authenticator: &[u8; 16]) -> Vec<u8> {
    let blocks = password.len().div_ceil(16).max(1);
    let mut hidden = password.to_vec();
    hidden.resize(blocks * 16, 0);
    let mut previous = *authenticator;
    for block in hidden.chunks_exact_mut(16) {
        let mask = md5(&[secret, &previous]);
        block.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        previous.copy_from_slice(block);
    }
    hidden
}

#[test]
fn the_example_of_rfc_2865_section_7_1() {
    let hex = |text: &str| -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2).map(|it| str::from_utf8(it).unwrap());
        pairs.map(|it| u8::from_str_radix(it, 16).unwrap()).collect()
    };
    let authenticator = hex("0f403f9473978057bd83d5cb98f4227a").try_into().unwrap();
    let hidden = hide(b"arctangent", b"xyzzy5461", &authenticator);
    assert_eq!(hidden, hex("0dbe708d93d413ce3196e43f782a0aee"));
}

#[test]
fn the_second_example_of_rfc_2202() {
    let mac = hmac_md5(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(mac[..4], [0x75, 0x0c, 0x78, 0x3e]);
}

#[test]
fn passwords_fill_whole_blocks() {
    for (length, hidden) in [(0, 16), (15, 16), (16, 16), (17, 32), (128, 128)] {
        assert_eq!(hide(&vec![b'a'; length], b"secret", &[7; 16]).len(), hidden);
    }
}
