//! Host keys as operators read them.

/// The fingerprint of a host key from its SHA-256 hash, as OpenSSH prints it.
pub(super) fn sha256(hash: &[u8]) -> String {
    format!("SHA256:{}", base64(hash))
}

/// RFC 4648 without padding, as OpenSSH prints fingerprints.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for shift in [18, 12, 6, 0].into_iter().take(chunk.len() + 1) {
            out.push(char::from(DIGITS[(bits >> shift & 63) as usize]));
        }
    }
    out
}

#[test]
fn fingerprints_are_written_like_openssh_does() {
    let check = |bytes: &[u8], text: &str| assert_eq!(base64(bytes), text);
    check(b"", "");
    check(b"f", "Zg");
    check(b"fo", "Zm8");
    check(b"foo", "Zm9v");
    check(b"\xFB\xFF", "+/8");
}
