//! `GET /customers`: who buys, found by phone, receipt or username.

use super::Asked;
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::parts::{self, time};
use crate::http::{HttpError, Reply, login};
use crate::store::customers;
use crate::view::customer;

const PER_PAGE: u32 = 25;

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let store = &asked.doors.store;
    let now = store.now();
    let sought = asked.request.parameter("find").unwrap_or_default();
    let sought = sought.trim();
    if !sought.is_empty()
        && let Some(found) = store.read(|conn| customer::find(conn, sought))?
    {
        return Ok(login::see_other(&format!("/customers/{}", found.id)));
    }
    let before = asked.request.parameter("before").map(|it| it.parse());
    let before: Option<CustomerId> = before
        .transpose()
        .map_err(|_| HttpError::BadRequest("before is not a customer".to_owned()))?;
    let mut found = store.read(|conn| customers::page(conn, before, PER_PAGE + 1))?;
    let has_more = usize::try_from(PER_PAGE).is_ok_and(|it| it < found.len());
    if has_more {
        found.pop();
    }
    Ok(frame::page(asked.session, "Customers", Place::Customers, Freshness::Still, |html| {
        parts::title(html, "Customers", now.wall);
        search(html, sought);
        if !sought.is_empty() {
            html.raw("<p class=\"alert bad\" role=\"alert\">Nobody is known by ");
            html.text(sought).raw(". Below are those who came last.</p>");
        }
        if found.is_empty() {
            html.raw("<p class=\"empty\">Nobody has bought anything yet.</p>");
            return;
        }
        html.raw("<ul class=\"rows\">");
        for customer in &found {
            html.raw("<li><p class=\"line\"><a href=\"/customers/").text(customer.id).raw("\">");
            html.text(called(customer)).raw("</a> <span class=\"note when\">since ");
            time(html, customer.created_at, now.wall);
            html.raw("</span></p></li>");
        }
        html.raw("</ul>");
        if let (true, Some(last)) = (has_more, found.last()) {
            html.raw("<p><a href=\"/customers?before=").text(last.id);
            html.raw("\">Earlier customers</a></p>");
        }
    }))
}

fn search(html: &mut Html, sought: &str) {
    html.raw(
        "<form class=\"search\" method=\"get\" action=\"/customers\" role=\"search\">\
         <label for=\"find\">Phone, receipt or username</label>\
         <input id=\"find\" name=\"find\" type=\"search\" required autocomplete=\"off\" \
         maxlength=\"64\" placeholder=\"0712345678\" value=\"",
    );
    html.text(sought).raw("\"><button>Find</button></form>");
}

/// As a list shows a customer, which passers-by may see.
fn called(customer: &Customer) -> String {
    match &customer.phone {
        Some(phone) => phone.masked(),
        None => customer.username.as_str().to_owned(),
    }
}
