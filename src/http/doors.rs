//! All routes, and what they work with.

use super::auth::CallbackAuth;
use super::health::{Condition, Health};
use super::{
    HttpError, Listener, Logins, Reply, Request, callbacks, centre, events, frame, login, metrics,
    page, payment_list, payment_page, payments, queue, status,
};
use crate::config::Config;
use crate::domain::payment::CallbackDoor;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::routeros::LiveRouters;
use crate::store::{self, Store};
use crate::view::Disk;
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
    /// What routers said last.
    pub live: Arc<LiveRouters>,
}

impl Doors {
    /// Answers one request of either listener.
    pub fn answer(&self, request: &Request) -> Reply {
        let reply = match request.listener {
            Listener::Strangers => self.answer_stranger(request),
            Listener::Admin => self.answer_operator(request),
        };
        let mut reply = reply.unwrap_or_else(HttpError::into_reply);
        if reply.status == 401 && request.path.starts_with("/api/") {
            reply = reply.with_header("WWW-Authenticate", "Bearer"); // RFC 6750, section 3
        }
        match request.listener {
            Listener::Strangers => reply,
            Listener::Admin => frame::secured(reply),
        }
    }

    /// Has `/healthz` tell how a write to the store went.
    pub(super) fn watch_write<T>(&self, written: store::Result<T>) -> store::Result<T> {
        let without_cause = match written {
            Ok(_) if self.health.get() == Condition::Ok => return written,
            Ok(_) => Condition::Ok,
            Err(_) => Condition::Database,
        };
        self.watch_disk(Disk::of(&self.config.data_dir), without_cause);
        written
    }

    /// Has `/healthz` tell of a full disk, or else that the store is in the condition `otherwise`.
    pub(super) fn watch_disk(&self, disk: Option<Disk>, otherwise: Condition) {
        let is_full = disk.is_some_and(Disk::is_nearly_full);
        self.health.set_store(if is_full { Condition::Disk } else { otherwise });
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
            ("GET", [_, ..]) if is_centre(parts[0]) => centre::get(self, request, &parts),
            ("POST", ["payments", ..]) => centre::post(self, request, &parts),
            ("POST", [_, ..]) if is_centre(parts[0]) => centre::post(self, request, &parts),
            ("GET", ["assets", name]) => frame::asset(name).ok_or(HttpError::NotFound),
            ("GET", ["metrics"]) => metrics::get(self, request),
            ("GET", ["api", "status"]) => status::get(self, request),
            ("GET", ["api", "events"]) => events::get(self, request),
            ("POST", ["api", "queue", verb]) => queue::post(self, request, verb),
            ("POST", ["api", "payments"]) => payments::post(self, request),
            ("PATCH", ["api", "payments", id]) => payments::patch(self, request, id),
            ("GET", ["api", "payments", id]) => payments::get(self, request, id),
            _ => Err(HttpError::NotFound),
        }
    }
}

/// Whether a path that begins so belongs to the command centre.
fn is_centre(first: &str) -> bool {
    let pages = ["counter", "customers", "failed", "jobs", "queues", "routers", "packages", "logs"];
    pages.contains(&first)
}
