//! Who asks for payments, and what each may see of them.

use super::auth::{bearer, is_one_of};
use super::{Doors, HttpError, Listener, Request, login};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// The captive portal: what it asked for itself, and never what logs a customer in.
    Portal,
    /// A program of the operator's.
    Api,
    /// The operator at a browser.
    Page,
}

impl Caller {
    /// As the audit calls it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Caller::Portal => "portal",
            Caller::Api => "api",
            Caller::Page => "page",
        }
    }
}

/// Who sent the request: the portal at the customers' door only, a browser at the operator's.
/// A browser that changes anything must also show that one of our pages asked it to.
pub(super) fn of(doors: &Doors, request: &Request) -> Result<Caller, HttpError> {
    let needed = HttpError::Unauthorized("a token is needed");
    if let Some(token) = bearer(request) {
        let is = |secret| is_one_of(std::slice::from_ref(secret), token);
        let (is_admin, is_portal) = (is(&doors.admin_token), is(&doors.portal_token));
        return match request.listener {
            _ if is_admin => Ok(Caller::Api),
            Listener::Strangers if is_portal => Ok(Caller::Portal),
            _ => Err(needed),
        };
    }
    if request.listener == Listener::Strangers {
        return Err(needed);
    }
    let session = doors.logins.session(doors, request).ok_or(needed)?;
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        login::require_form_token(request, &session)?;
    }
    Ok(Caller::Page)
}
