//! How to get into the routers, as the database said at one moment. Keeps nothing.

use crate::domain::ids::RouterId;
use crate::routeros::{Login, RouterAccess, RouterBook, RouterError};
use crate::store::routers::{LoginKind, Router};
use crate::vault::{Vault, VaultError, purpose};
use std::collections::HashMap;

pub(super) struct Snapshot(HashMap<RouterId, Result<RouterAccess, VaultError>>);

impl Snapshot {
    pub(super) fn of(routers: &[Router], vault: &Vault) -> Snapshot {
        let access = |router: &Router| {
            let secret = vault.open(purpose::ROUTER_LOGIN, &router.sealed_login)?;
            let login = match router.login {
                LoginKind::Password => Login::Password(secret),
                LoginKind::Key => Login::Key(secret),
            };
            let (address, user) = (router.address.clone(), router.user.clone());
            Ok(RouterAccess { address, user, login, host_key: router.host_key.clone() })
        };
        Snapshot(routers.iter().map(|router| (router.id, access(router))).collect())
    }
}

impl RouterBook for Snapshot {
    fn access(&self, id: RouterId) -> Result<RouterAccess, RouterError> {
        let no_access = |text: String| RouterError::NoAccess(text);
        let access =
            self.0.get(&id).ok_or_else(|| no_access(format!("there is no router {id}")))?;
        match access {
            Ok(access) => Ok(access.clone()),
            Err(error) => Err(no_access(error.to_string())),
        }
    }

    /// Looking pins nothing; the first contact that writes does.
    fn pin(&self, _id: RouterId, _fingerprint: &str) -> Result<(), RouterError> {
        Ok(())
    }
}
