//! One SSH connection to a router. The only file that knows ssh2.

use super::link::{Login, RouterAccess};
use super::{CommandLine, Reply, RouterError, fingerprint};
use ssh2::{ErrorCode, HashType, MethodType, Session};
use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The largest menus we read are a tenth of this.
const OUTPUT_LIMIT: usize = 2 << 20;

/// What we offer, best first. The SHA-1 set comes last; without it the defaults of RouterOS 6,
/// whose only MACs are hmac-sha1 and hmac-md5, would not connect.
const OFFERS: &[(MethodType, &str)] = &[
    (
        MethodType::Kex,
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,\
         ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
         diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256,\
         diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1",
    ),
    (
        MethodType::HostKey,
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,\
         rsa-sha2-256,ssh-rsa",
    ),
    (MethodType::CryptCs, CIPHERS),
    (MethodType::CryptSc, CIPHERS),
    (MethodType::MacCs, MACS),
    (MethodType::MacSc, MACS),
];
const CIPHERS: &str = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,\
                       aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr,aes256-cbc,\
                       aes192-cbc,aes128-cbc";
const MACS: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,\
                    hmac-sha2-512,hmac-sha1-etm@openssh.com,hmac-sha1";

/// What a router may take to close a channel it has said everything on.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// From libssh2.h: the two sides have no method in common.
const NOTHING_IN_COMMON: [i32; 4] = [-5, -17, -33, -51];
/// They have, but the exchange of keys failed, be it for a cut or for its numbers.
const KEY_EXCHANGE_FAILURE: i32 = -8;
/// The other side hung up: seen when sending, when receiving, in order or not.
const HANG_UPS: [i32; 4] = [-3, -7, -13, -43];
const AUTHENTICATION_FAILED: i32 = -18;
const PUBLICKEY_UNVERIFIED: i32 = -19;
const CHANNEL_FAILURE: i32 = -21;
const CHANNEL_REQUEST_DENIED: i32 = -22;
const TIMEOUTS: [i32; 2] = [-9, -30];
const KEY_FILE: i32 = -16;

/// A session that is logged in. Dropping it says goodbye.
pub(super) struct Connection {
    session: Session,
    socket: TcpStream,
}

/// A channel on which nothing was sent yet.
pub(super) struct OpenChannel(ssh2::Channel);

/// A session that has agreed on keys, but has not logged in.
pub(super) struct Greeted(Connection);

/// Agrees on encryption and returns the fingerprint of the router's key.
pub(super) fn greet(
    socket: &TcpStream,
    deadline: Instant,
) -> Result<(Greeted, String), RouterError> {
    let unreachable = |error: io::Error| RouterError::Unreachable(error.to_string());
    let ours = |error: ssh2::Error| RouterError::Unreachable(error.message().to_owned());
    let mut session = Session::new().map_err(ours)?;
    for (method, offer) in OFFERS {
        session.method_pref(*method, offer).map_err(ours)?;
    }
    session.set_tcp_stream(socket.try_clone().map_err(unreachable)?);
    let socket = socket.try_clone().map_err(unreachable)?;
    let mut connection = Connection { session, socket };
    connection.allow_until(deadline)?;
    if let Err(error) = connection.session.handshake() {
        let error = connection.handshake_error(&error, deadline);
        connection.abort();
        return Err(error);
    }
    match connection.session.host_key_hash(HashType::Sha256).map(fingerprint::sha256) {
        Some(fingerprint) => Ok((Greeted(connection), fingerprint)),
        None => Err(RouterError::Unreachable("it shows no host key".to_owned())),
    }
}

impl Greeted {
    pub(super) fn log_in(
        self,
        access: &RouterAccess,
        deadline: Instant,
    ) -> Result<Connection, RouterError> {
        let connection = self.0;
        let session = &connection.session;
        connection.allow_until(deadline)?;
        let result = match &access.login {
            Login::Password(password) => session.userauth_password(&access.user, password.expose()),
            Login::Key(key) => {
                session.userauth_pubkey_memory(&access.user, None, key.expose(), None)
            }
        };
        result.map_err(|error| login_error(&error))?;
        Ok(connection)
    }
}

impl Connection {
    pub(super) fn open_channel(&self, deadline: Instant) -> Result<OpenChannel, RouterError> {
        self.allow_until(deadline)?;
        self.session.channel_session().map(OpenChannel).map_err(|error| match code(&error) {
            CHANNEL_FAILURE => RouterError::Busy(error.message().to_owned()),
            _ => RouterError::Unreachable(error.message().to_owned()),
        })
    }

    /// Sends the line and takes in all there is to read. After an error the connection is dead.
    pub(super) fn exec(
        &self,
        channel: OpenChannel,
        line: &CommandLine,
        deadline: Instant,
    ) -> Result<Reply, RouterError> {
        let mut channel = channel.0;
        let result = self.exchange(&mut channel, line, deadline);
        if result.is_err() {
            self.abort(); // or freeing the channel would wait for a router that does not answer
        }
        result
    }

    fn exchange(
        &self,
        channel: &mut ssh2::Channel,
        line: &CommandLine,
        deadline: Instant,
    ) -> Result<Reply, RouterError> {
        let incomplete = |error: ssh2::Error| RouterError::Incomplete(error.message().to_owned());
        self.allow_until(deadline)?;
        channel.exec(line.as_str()).map_err(|error| match code(&error) {
            CHANNEL_REQUEST_DENIED => RouterError::Busy("it takes no command".to_owned()),
            _ => incomplete(error),
        })?;
        let stdout = self.read_to_end(channel, deadline)?;
        let stderr = self.read_to_end(&mut channel.stderr(), deadline)?;
        let exit_status = self.close(channel, deadline);
        Ok(Reply { stdout, stderr, exit_status })
    }

    /// Ends the channel. All was said by then, so a router that does not say goodbye only loses
    /// its warm connection. Without an exit status it is 0, which says nothing.
    fn close(&self, channel: &mut ssh2::Channel, deadline: Instant) -> i32 {
        let is_closed = self.allow_until(deadline.min(Instant::now() + GOODBYE_LIMIT)).is_ok()
            && channel.close().is_ok()
            && channel.wait_close().is_ok();
        if !is_closed {
            self.abort();
        }
        channel.exit_status().unwrap_or(0)
    }

    /// A timeout of ssh2 bounds one wait, so the deadline is looked at before each.
    fn read_to_end(&self, from: &mut dyn Read, deadline: Instant) -> Result<Vec<u8>, RouterError> {
        let mut all = Vec::new();
        let mut part = [0; 16 * 1024];
        loop {
            self.allow_until(deadline).map_err(sent)?;
            let length = from.read(&mut part).map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => sent(timed_out()),
                _ => RouterError::Incomplete(error.to_string()),
            })?;
            if length == 0 {
                return Ok(all);
            }
            all.extend_from_slice(&part[..length]);
            if OUTPUT_LIMIT < all.len() {
                return Err(RouterError::Garbled("it is longer than 2 MiB".to_owned()));
            }
        }
    }

    /// Ends the connection without waiting for anything.
    pub(super) fn abort(&self) {
        let _ = self.socket.shutdown(Shutdown::Both); // It may be gone already.
    }

    /// A router at its limit of sessions closes the connection before it says who it is. And while
    /// it reboots, a connection may break anywhere, which says nothing about its crypto.
    fn handshake_error(&self, error: &ssh2::Error, deadline: Instant) -> RouterError {
        let text = error.message().to_owned();
        let may_look = self.socket.set_nonblocking(true); // or it would wait for more
        let is_cut = match may_look.and_then(|()| self.socket.peek(&mut [0])) {
            Ok(length) => length == 0 || deadline <= Instant::now(),
            Err(error) => error.kind() != io::ErrorKind::WouldBlock || deadline <= Instant::now(),
        };
        match code(error) {
            it if NOTHING_IN_COMMON.contains(&it) => RouterError::CryptoTooOld(text),
            KEY_EXCHANGE_FAILURE if !is_cut => RouterError::CryptoTooOld(text),
            it if HANG_UPS.contains(&it) && self.session.banner().is_none() => {
                RouterError::Busy("it closed the connection at once".to_owned())
            }
            it if TIMEOUTS.contains(&it) => timed_out(),
            _ => RouterError::Unreachable(text),
        }
    }

    /// Bounds the next call by the deadline.
    fn allow_until(&self, deadline: Instant) -> Result<(), RouterError> {
        let left = deadline.saturating_duration_since(Instant::now()).as_millis();
        if left == 0 {
            return Err(timed_out());
        }
        self.session.set_timeout(u32::try_from(left).unwrap_or(u32::MAX)); // zero is for ever
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.session.set_timeout(500);
        let _ = self.session.disconnect(None, "done", None); // A courtesy to its log.
        self.abort();
    }
}

fn timed_out() -> RouterError {
    RouterError::Unreachable("it took too long".to_owned())
}

/// The same trouble, once the command is on its way.
fn sent(error: RouterError) -> RouterError {
    match error {
        RouterError::Unreachable(text) => RouterError::Incomplete(text),
        other => other,
    }
}

fn code(error: &ssh2::Error) -> i32 {
    match error.code() {
        ErrorCode::Session(code) | ErrorCode::SFTP(code) => code,
    }
}

fn login_error(error: &ssh2::Error) -> RouterError {
    let text = error.message().to_owned();
    match code(error) {
        AUTHENTICATION_FAILED | PUBLICKEY_UNVERIFIED => RouterError::LoginRefused(text),
        KEY_FILE => RouterError::NoAccess(format!("our key cannot be read: {text}")),
        it if TIMEOUTS.contains(&it) => timed_out(),
        _ => RouterError::Unreachable(text),
    }
}

/// A newer libssh2 leaves the SHA-1 set out, and no RouterOS 6 would connect any more.
#[test]
fn all_we_offer_is_there() {
    let session = Session::new().unwrap();
    for (method, must) in [
        (MethodType::MacCs, "hmac-sha1"),
        (MethodType::MacSc, "hmac-sha1"),
        (MethodType::HostKey, "ssh-rsa"),
        (MethodType::HostKey, "ssh-ed25519"),
        (MethodType::Kex, "diffie-hellman-group14-sha1"),
        (MethodType::Kex, "curve25519-sha256"),
        (MethodType::CryptCs, "aes128-ctr"),
    ] {
        let offered = session.supported_algs(method).unwrap();
        assert!(offered.contains(&must), "{must} is not among {offered:?}");
    }
    for (method, offer) in OFFERS {
        session.method_pref(*method, offer).unwrap();
    }
}
