//! `GET /counter`: selling for cash, and the day's takings.

use super::Asked;
use super::errand::{Errand, Step};
use crate::domain::package::PackageCode;
use crate::domain::phone::Phone;
use crate::domain::time::{Timestamp, span_text};
use crate::http::forms::{self, Look};
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::parts::{self, fact};
use crate::http::{HttpError, Reply, takings, words};
use crate::store::packages;
use crate::view::day::{self, Day};
use std::time::Duration;

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let store = &asked.doors.store;
    let now = store.now();
    let today = now.wall.start_of_day();
    let from = match asked.request.parameter("day").as_deref() {
        None | Some("") => today,
        Some(day) => Timestamp::from_local(&format!("{day} 00:00"), "%Y-%m-%d %H:%M")
            .ok_or_else(|| HttpError::BadRequest("day is not like 2026-11-22".to_owned()))?,
    };
    let (packages, day) =
        store.read(|conn| Ok((packages::active(conn)?, day::day(conn, from, now)?)))?;
    Ok(frame::page(asked.session, "Counter", Place::Counter, Freshness::Live, |html| {
        parts::title(html, "Counter", now.wall);
        html.raw("<section class=\"panel\" aria-labelledby=\"sell\">");
        html.raw("<h2 id=\"sell\">Sell for cash</h2>");
        if packages.is_empty() {
            html.raw("<p>Nothing is for sale: <a href=\"/packages\">put a package up</a>.</p>");
        } else {
            forms::begin(html, asked.session, "/counter/sell", "/counter");
            let typed = |name: &str| asked.session.notice.typed(name).unwrap_or_default();
            html.raw("<div class=\"fields\"><div><label for=\"phone\">Phone</label>");
            html.raw(
                "<input id=\"phone\" name=\"phone\" type=\"tel\" required maxlength=\"20\" \
                 autocomplete=\"off\" placeholder=\"0712345678\" value=\"",
            );
            html.text(typed("phone")).raw("\"></div><div><label for=\"package\">Package</label>");
            forms::package_choice(html, "package", &packages, &typed("package"));
            html.raw("</div></div>");
            forms::button(html, Look::Main, "Sell", "");
            forms::end(html);
        }
        html.raw("</section>");
        report(html, &day, from, today);
    }))
}

fn report(html: &mut Html, day: &Day, from: Timestamp, today: Timestamp) {
    html.raw("<section aria-labelledby=\"report\"><h2 id=\"report\">Takings of ");
    html.text(&day.day).raw("</h2><nav class=\"filters\" aria-label=\"Other days\">");
    html.raw("<a href=\"/counter?day=").text(from.previous_day().local_day());
    html.raw("\">the day before</a>");
    if from < today {
        html.raw("<a href=\"/counter?day=").text(from.next_day().local_day());
        html.raw("\">the day after</a><a href=\"/counter\">today</a>");
    }
    html.raw("</nav><dl class=\"facts\">");
    let sums = [
        ("Received", day.received),
        ("By M-Pesa", day.mpesa),
        ("In cash", day.cash),
        ("Served", day.served),
        ("Not served", day.unserved),
        ("Held", day.held),
        ("Returned", day.returned),
    ];
    for (what, sum) in sums {
        let payments = words::count(sum.count, "payment", "payments");
        fact(html, what, Some(format!("{} in {payments}", words::shillings(sum.amount()))));
    }
    fact(html, "Above the price", Some(words::shillings(day.surplus_cents)));
    let given = Duration::from_secs(u64::try_from(day.comped.seconds).unwrap_or(0));
    let times = words::count(day.comped.count, "time", "times");
    fact(html, "Given for nothing", Some(format!("{times}, {}", span_text(given))));
    let devices = words::count(day.expired_but_online, "device", "devices");
    fact(html, "Expired, but online", Some(format!("{devices}, now")));
    let unread: Vec<String> = day
        .routers_not_read
        .iter()
        .map(|it| {
            let seen = it.seen_at.map_or_else(|| "never".to_owned(), Timestamp::local_short);
            format!("{} ({}, last seen {seen})", it.name, it.state)
        })
        .collect();
    let none = || "none".to_owned();
    let unread = if unread.is_empty() { none() } else { unread.join("; ") };
    fact(html, "Routers not read", Some(unread));
    html.raw("</dl>");
    takings::by_package(html, &day.packages);
    html.raw("</section>");
}

/// `POST /counter/sell`
pub(super) fn sell(errand: &Errand<'_>) -> Result<Step, HttpError> {
    let phone: Phone = errand.read("phone")?;
    if errand.text("package").is_empty() {
        return Err(HttpError::BadRequest("choose a package first".to_owned()));
    }
    let package: PackageCode = errand.read("package")?;
    let id = errand.at_counter(|counter, tx| counter.sell(tx, &phone, &package))?;
    let words = format!("{package} is sold to {}; the customer is let in next.", phone.local());
    Ok(Step::DoneAt { path: format!("/payments/{id}"), words })
}
