//! An SSH client over libssh2, as thin as can be.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use mlango_sim::Router;
use ssh2::{HashType, Session};

/// What one exec channel gave.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub text: String,
    pub status: i32,
}

pub(crate) fn handshake(router: &Router) -> Result<Session, ssh2::Error> {
    let stream = TcpStream::connect(router.address()).expect("the router listens");
    let mut session = Session::new()?;
    session.set_tcp_stream(stream);
    session.set_timeout(5_000);
    session.handshake()?;
    Ok(session)
}

pub(crate) fn connect(router: &Router) -> Result<Session, ssh2::Error> {
    let session = handshake(router)?;
    session.userauth_password("mlango", "sim-password")?;
    Ok(session)
}

pub(crate) fn exec(session: &Session, line: &str) -> Result<Answer, std::io::Error> {
    let mut channel = session.channel_session()?;
    channel.exec(line)?;
    let mut bytes = Vec::new();
    channel.read_to_end(&mut bytes)?;
    channel.close()?;
    channel.wait_close()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer { text, status: channel.exit_status()? })
}

pub(crate) fn run(router: &Router, line: &str) -> String {
    let session = connect(router).expect("the router lets its own account in");
    exec(&session, line).expect("the router answers").text
}

/// Only for tests that expect silence.
pub(crate) fn with_patience(session: &Session, patience: Duration) {
    session.set_timeout(u32::try_from(patience.as_millis()).expect("less than a month"));
}

pub(crate) fn fingerprint(session: &Session) -> Vec<u8> {
    session.host_key_hash(HashType::Sha256).expect("a host key was shown").to_vec()
}

/// `SHA256:` and base64 without padding.
pub(crate) fn openssh(digest: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "SHA256:".to_owned();
    for three in digest.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for sextet in 0..=three.len() {
            let digit = bits >> (18 - 6 * sextet) & 63;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text
}
