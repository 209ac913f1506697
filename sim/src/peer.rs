//! An SSH server that is no RouterOS: it says what it is told to, down to the packet. For what a
//! client must bear, or must not believe.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::server::{Auth, ChannelOpenHandle, Config, Handle, Handler, Msg, Session};
use russh::{Channel, ChannelId, Disconnect};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::door::Door;

/// One thing done on a channel.
#[derive(Clone, Debug)]
pub enum Act {
    /// One packet of the answer.
    Out(Vec<u8>),
    /// One packet beside it.
    Err(Vec<u8>),
    Exit(u32),
    /// A signal, as when a command is killed, in place of an exit status.
    Killed,
    Eof,
    Close,
    Pause(Duration),
    /// The whole connection ends.
    HangUp,
    /// The command is not taken at all. Only as the first.
    Refuse,
}

type Play = dyn Fn(&str) -> Vec<Act> + Send + Sync;

/// Runs until it is dropped. Anybody may log in with any password.
pub struct Peer {
    door: Door,
    /// Taken when it ends.
    runtime: Option<Runtime>,
}

impl Peer {
    /// Listens on a free port of 127.0.0.1 when it returns. `play` says what is done for a line;
    /// `greeting` is shown before the login.
    pub fn start(
        greeting: Option<&'static str>,
        play: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let runtime = crate::door::runtime();
        let play: Arc<Play> = Arc::new(play);
        let config = Arc::new(config());
        let door = Door::open(&runtime, move |stream, _| {
            let connection = Connection { greeting, play: Arc::clone(&play) };
            tokio::spawn(serve(Arc::clone(&config), stream, connection));
        });
        Self { door, runtime: Some(runtime) }
    }

    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.door.shut();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn config() -> Config {
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&[9; 32]));
    let key = PrivateKey::new(pair, "").expect("an Ed25519 key pair can be a private key");
    Config {
        auth_rejection_time: Duration::ZERO,
        keys: vec![key],
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    }
}

async fn serve(config: Arc<Config>, stream: TcpStream, connection: Connection) {
    let ended = match russh::server::run_stream(config, stream, connection).await {
        Ok(running) => running.await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        log::debug!("a connection to a peer ended: {error}");
    }
}

struct Connection {
    greeting: Option<&'static str>,
    play: Arc<Play>,
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(self.greeting.map(str::to_owned))
    }

    async fn auth_password(&mut self, _: &str, _: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let acts = (self.play)(&String::from_utf8_lossy(data));
        if let Some(Act::Refuse) = acts.first() {
            return session.channel_failure(channel);
        }
        session.channel_success(channel)?;
        tokio::spawn(perform(session.handle(), channel, acts));
        Ok(())
    }
}

/// Stops where the connection is gone.
async fn perform(handle: Handle, channel: ChannelId, acts: Vec<Act>) {
    for act in acts {
        let is_done = match act {
            Act::Out(bytes) => handle.data(channel, bytes).await.is_ok(),
            Act::Err(bytes) => handle.extended_data(channel, 1, bytes).await.is_ok(),
            Act::Exit(status) => handle.exit_status_request(channel, status).await.is_ok(),
            Act::Killed => {
                let (signal, none) = (russh::Sig::KILL, String::new);
                handle.exit_signal_request(channel, signal, false, none(), none()).await.is_ok()
            }
            Act::Eof => handle.eof(channel).await.is_ok(),
            Act::Close => handle.close(channel).await.is_ok(),
            Act::Pause(span) => {
                tokio::time::sleep(span).await;
                true
            }
            Act::HangUp => {
                let reason = Disconnect::ByApplication;
                handle.disconnect(reason, String::new(), String::new()).await.is_ok()
            }
            Act::Refuse => true,
        };
        if !is_done {
            return;
        }
    }
}
