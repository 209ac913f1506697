//! All routes, and what they work with.

use super::auth::CallbackAuth;
use super::health::Health;
use super::{
    HttpError, Listener, Logins, Reply, Request, callbacks, frame, login, page, payment_list,
    payment_page, payments, queue, status,
};
use crate::config::Config;
use crate::domain::payment::CallbackDoor;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::store::Store;
use std::sync::Arc;

/// What the routes work with.
pub struct Doors {
    pub config: Arc<Config>,
    pub store: Arc<Store>,
    pub health: Arc<Health>,
    pub callbacks: CallbackAuth,
    pub portal_token: Secret,
    pub admin_token: Secret,
    pub logins: Logins,
    pub started_at: Timestamp,
}

impl Doors {
    /// Answers one request of either listener.
    pub fn answer(&self, request: &Request) -> Reply {
        let reply = match request.listener {
            Listener::Strangers => self.answer_stranger(request),
            Listener::Admin => self.answer_operator(request),
        };
        let reply = reply.unwrap_or_else(HttpError::into_reply);
        match request.listener {
            Listener::Strangers => reply,
            Listener::Admin => frame::secured(reply),
        }
    }

    fn answer_stranger(&self, request: &Request) -> Result<Reply, HttpError> {
        use CallbackDoor::{Confirmation, Stk, Validation};
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        let callback = |door, token| callbacks::receive(self, request, door, token);
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["api", "mpesa", "callback"]) => callback(Stk, None),
            ("POST", ["api", "mpesa", "callback", token]) => callback(Stk, Some(token)),
            ("POST", ["cb", "stk"]) => callback(Stk, None),
            ("POST", ["cb", token, "stk"]) => callback(Stk, Some(token)),
            ("POST", ["api", "mpesa", "c2b", "confirmation"] | ["cb", "confirmation"]) => {
                callback(Confirmation, None)
            }
            (
                "POST",
                ["api", "mpesa", "c2b", "confirmation", token] | ["cb", token, "confirmation"],
            ) => callback(Confirmation, Some(token)),
            ("POST", ["api", "mpesa", "c2b", "validation"] | ["cb", "validation"]) => {
                callback(Validation, None)
            }
            (
                "POST",
                ["api", "mpesa", "c2b", "validation", token] | ["cb", token, "validation"],
            ) => callback(Validation, Some(token)),
            ("POST", ["api", "payments"]) => payments::post(self, request),
            ("PATCH", ["api", "payments", id]) => payments::patch(self, request, id),
            ("GET" | "HEAD", ["api", "payments", id]) => payments::get(self, request, id),
            _ => Err(HttpError::NotFound),
        }
    }

    fn answer_operator(&self, request: &Request) -> Result<Reply, HttpError> {
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
        match (method, parts.as_slice()) {
            ("GET", ["login"]) => Ok(login::form(self, request)),
            ("POST", ["login"]) => login::log_in(self, request),
            ("POST", ["logout"]) => login::log_out(self, request),
            ("GET", [""]) => page::get(self, request),
            ("GET", ["payments"]) => payment_list::get(self, request),
            ("GET", ["payments", id]) => payment_page::get(self, request, id),
            ("POST", ["payments", id, "assign"]) => payment_page::assign(self, request, id),
            ("GET", ["assets", name]) => frame::asset(name).ok_or(HttpError::NotFound),
            ("GET", ["api", "status"]) => status::get(self, request),
            ("POST", ["api", "queue", verb]) => queue::post(self, request, verb),
            ("POST", ["api", "payments"]) => payments::post(self, request),
            ("PATCH", ["api", "payments", id]) => payments::patch(self, request, id),
            ("GET", ["api", "payments", id]) => payments::get(self, request, id),
            _ => Err(HttpError::NotFound),
        }
    }
}
