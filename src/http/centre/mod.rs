//! The command centre: what an operator does from a page. Every action is a form that posts; it
//! is carried out in one transaction and audited, asks in between where it takes something away,
//! and what became of it stands on the page that follows.

mod counter;
mod customer_list;
mod customer_page;
mod errand;
mod failed;
mod job_page;
mod logs;
mod packages;
mod payments;
mod queues;
mod routers;

use super::sessions::Session;
use super::{Doors, HttpError, Reply, Request, login};
use errand::Errand;

/// As the audit calls whoever acts from a page.
const WHO: &str = "page";

/// `GET` of a page below one of the entries of the menu.
pub(super) fn get(doors: &Doors, request: &Request, path: &[&str]) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    let asked = Asked { doors, request, session: &session };
    match path {
        ["counter"] => counter::get(&asked),
        ["customers"] => customer_list::get(&asked),
        ["customers", id] => customer_page::get(&asked, errand::number(id)?),
        ["failed"] => failed::get(&asked),
        ["jobs", id] => job_page::get(&asked, errand::number(id)?),
        ["queues"] => queues::get(&asked),
        ["routers"] => routers::get(&asked),
        ["packages"] => packages::get(&asked),
        ["logs"] => logs::get(&asked),
        _ => Err(HttpError::NotFound),
    }
}

/// `POST` of a form on one of these pages, or on the page of a payment.
pub(super) fn post(doors: &Doors, request: &Request, path: &[&str]) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    login::require_form_token(request, &session)?;
    let errand = Errand { doors, request, session: &session };
    let step = match path {
        ["counter", "sell"] => counter::sell(&errand),
        ["customers", id, verb] => customer_page::act(&errand, errand::number(id)?, verb),
        ["failed", verb] => failed::act(&errand, verb),
        ["jobs", id, verb] => job_page::act(&errand, errand::number(id)?, verb),
        ["queues", verb] => queues::act(&errand, verb),
        ["routers", id, verb] => routers::act(&errand, errand::number(id)?, verb),
        ["packages", verb] => packages::act(&errand, verb),
        ["payments", id, verb] => payments::act(&errand, errand::number(id)?, verb),
        _ => Err(HttpError::NotFound),
    };
    errand.follow(step)
}

/// A page that somebody who is logged in asked for.
struct Asked<'a> {
    doors: &'a Doors,
    request: &'a Request,
    session: &'a Session,
}
