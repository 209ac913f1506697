//! One SSH connection: logins, and exec channels without a terminal.

use std::net::SocketAddr;
use std::sync::Arc;

use russh::kex::dh::groups::{DH_GROUP14, DhGroup};
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session as Russh, VerifiedPublicKey,
};
use russh::{Channel, ChannelId};

use super::{Core, Login, Method, accounts, exec, lock};
use crate::faults::Moment;

pub(super) struct Session {
    core: Arc<Core>,
    peer: SocketAddr,
    connection: usize,
    account: Option<String>,
}

impl Session {
    pub(super) fn new(core: Arc<Core>, peer: SocketAddr, connection: usize) -> Self {
        Self { core, peer, connection, account: None }
    }

    fn decide(&mut self, account: &str, method: Method, is_right: bool) -> Auth {
        let is_refused = lock(&self.core.faults).take(Moment::Login).is_some();
        let was_accepted = is_right && !is_refused;
        let login = Login { account: account.to_owned(), method, was_accepted };
        lock(&self.core.journal).logins.push(login);
        let from = self.peer.ip();
        let mut world = lock(&self.core.world);
        match was_accepted {
            true => {
                let line = format!("user {account} logged in from {from} via ssh");
                world.log("system,info,account", &line);
                self.account = Some(account.to_owned());
                Auth::Accept
            }
            false => {
                let line = format!("login failure for user {account} from {from} via ssh");
                world.log("system,error,critical", &line);
                Auth::reject()
            }
        }
    }
}

impl Handler for Session {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let is_right = accounts::by_password(&lock(&self.core.world), user, password);
        Ok(self.decide(user, Method::Password, is_right))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        let known = accounts::by_key(&lock(&self.core.world), user, offer.public_key);
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let is_right = accounts::by_key(&lock(&self.core.world), user, key.public_key);
        Ok(self.decide(user, Method::PublicKey, is_right))
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Russh,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Russh,
    ) -> Result<(), Self::Error> {
        let Some(account) = self.account.clone() else {
            return session.channel_failure(channel);
        };
        session.channel_success(channel)?;
        let call = exec::Call {
            core: Arc::clone(&self.core),
            connection: self.connection,
            account,
            line: data.to_vec(),
            handle: session.handle(),
            channel,
        };
        tokio::spawn(call.run());
        Ok(())
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Russh,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    /// Larger groups only cost time here.
    async fn lookup_dh_gex_group(
        &mut self,
        _: &russh::client::GexParams,
    ) -> Result<Option<DhGroup>, Self::Error> {
        Ok(Some(DH_GROUP14))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(account) = &self.account {
            let line = format!("user {account} logged out from {} via ssh", self.peer.ip());
            lock(&self.core.world).log("system,info,account", &line);
        }
    }
}
