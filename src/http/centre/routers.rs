//! `GET /routers`: how each was last found, and what waits for it.

use super::errand::{Errand, Step};
use super::{Asked, WHO};
use crate::domain::ids::RouterId;
use crate::domain::subscription::Target;
use crate::http::frame::{self, Freshness, Place};
use crate::http::{HttpError, Reply, parts, router_list, status};
use crate::job::Job as _;
use crate::jobs::CheckRouters;
use crate::store::{audit, outbox, routers};

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let status = status::read(asked.doors)?;
    let (found, now) = (status.routers, status.at);
    Ok(frame::page(asked.session, "Routers", Place::Routers, Freshness::Live, |html| {
        parts::title(html, "Routers", now.wall);
        router_list::write(html, &found, now.wall, Some(asked.session));
        html.raw(
            "<p class=\"note\">A router is added, changed or removed where its login can be \
                  typed unseen: <code>mlango router add</code>, <code>set</code> and \
                  <code>remove</code>.</p>",
        );
    }))
}

/// `POST /routers/{id}/…`
pub(super) fn act(errand: &Errand<'_>, id: RouterId, verb: &str) -> Result<Step, HttpError> {
    let store = &errand.doors.store;
    let router = store.read(|conn| routers::find(conn, id))?.ok_or(HttpError::NotFound)?;
    let key = Target::Router(id).to_string();
    match verb {
        "check" => {
            store.write(|tx| {
                CheckRouters { router_id: id }.enqueue(tx)?;
                audit::insert(tx, WHO, "router check", Some(&key), router.name.as_str())
            })?;
            Ok(Step::Done(format!("{} is being asked how it does.", router.name)))
        }
        "try" => {
            store.write(|tx| {
                outbox::unpark(tx, &key)?;
                audit::insert(tx, WHO, "router try", Some(&key), router.name.as_str())
            })?;
            Ok(Step::Done(format!("What waits for {} is tried now.", router.name)))
        }
        _ => Err(HttpError::NotFound),
    }
}
