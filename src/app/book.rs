//! How to get into routers, from the database.

use crate::domain::ids::RouterId;
use crate::routeros::{Login, RouterAccess, RouterBook, RouterError};
use crate::store::routers::{self, LoginKind};
use crate::store::{self, Store};
use crate::vault::{Vault, purpose};
use std::sync::Arc;

/// The routers of the database, their logins unsealed when they are needed.
pub struct StoredRouters {
    pub store: Arc<Store>,
    pub vault: Arc<Vault>,
}

impl RouterBook for StoredRouters {
    fn access(&self, id: RouterId) -> Result<RouterAccess, RouterError> {
        let router = self.store.read(|conn| routers::find(conn, id)).map_err(no_access)?;
        let router = router
            .ok_or_else(|| RouterError::NoAccess(format!("there is no router {id} any more")))?;
        let secret = self
            .vault
            .open(purpose::ROUTER_LOGIN, &router.sealed_login)
            .map_err(|error| RouterError::NoAccess(error.to_string()))?;
        let login = match router.login {
            LoginKind::Password => Login::Password(secret),
            LoginKind::Key => Login::Key(secret),
        };
        let (address, user, host_key) = (router.address, router.user, router.host_key);
        Ok(RouterAccess { address, user, login, host_key })
    }

    fn pin(&self, id: RouterId, fingerprint: &str) -> Result<(), RouterError> {
        let is_pinned =
            self.store.write(|tx| routers::pin(tx, id, fingerprint)).map_err(no_access)?;
        if is_pinned {
            return Ok(());
        }
        let text = "another host key was pinned at the same moment; try again";
        Err(RouterError::NoAccess(text.to_owned()))
    }
}

fn no_access(error: store::Error) -> RouterError {
    RouterError::NoAccess(format!("the database does not say how: {error}"))
}
