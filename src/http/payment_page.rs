//! `GET /payments/{id}`: one payment, its four states and all that happened to it; and the form
//! that says what held money is for.

use super::frame::{self, Freshness, Place, form_token};
use super::html::Html;
use super::parts::{self, chip};
use super::sessions::Session;
use super::{Doors, HttpError, Reply, Request, login, payments, words};
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::package::{Package, PackageCode};
use crate::domain::payment::PaymentState;
use crate::jobs::counter::Counter;
use crate::store::packages;
use crate::store::timeline::Moment;
use crate::view::{Detail, PaymentView, payment};

pub(super) fn get(doors: &Doors, request: &Request, id: &str) -> Result<Reply, HttpError> {
    match doors.logins.session(doors, request) {
        Some(session) => show(doors, &session, payment_id(id)?, None),
        None => Ok(login::see_other("/login")),
    }
}

/// `POST /payments/{id}/assign`
pub(super) fn assign(doors: &Doors, request: &Request, id: &str) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    login::require_form_token(request, &session)?;
    let id = payment_id(id)?;
    let chosen = request.field("package").unwrap_or_default();
    let Ok(code) = chosen.parse::<PackageCode>() else {
        let reply = show(doors, &session, id, Some("Choose a package first."))?;
        return Ok(Reply { status: 400, ..reply });
    };
    let assigned = payments::write(doors, |tx| {
        Counter { config: &doors.config, who: "page" }.assign(tx, id, &code)
    });
    match assigned {
        Ok(()) => Ok(login::see_other(&format!("/payments/{id}"))),
        Err(HttpError::Conflict(words) | HttpError::BadRequest(words)) => {
            let reply = show(doors, &session, id, Some(&words))?;
            Ok(Reply { status: 409, ..reply })
        }
        Err(error) => Err(error),
    }
}

fn payment_id(text: &str) -> Result<PaymentId, HttpError> {
    text.parse().map_err(|_| HttpError::NotFound)
}

fn show(
    doors: &Doors,
    session: &Session,
    id: PaymentId,
    trouble: Option<&str>,
) -> Result<Reply, HttpError> {
    let now = doors.store.now();
    let (found, packages) = doors.store.read(|conn| {
        Ok((payment::find(conn, id, now, Detail::Timeline)?, packages::active(conn)?))
    })?;
    let view = found.ok_or(HttpError::NotFound)?;
    let title = format!("Payment {}", view.id);
    Ok(frame::page(session, &title, Place::Payments, Freshness::Still, |html| {
        html.raw("<div class=\"title\"><h1>").text(parts::amount(view.money.amount_cents));
        html.raw(" <small>payment ").text(view.id).raw("</small></h1><p class=\"note\">As of ");
        parts::moment(html, now.wall);
        html.raw("</p></div>");
        if let Some(trouble) = trouble {
            html.raw("<p class=\"alert bad\" role=\"alert\">").text(trouble).raw("</p>");
        }
        if view.money.state == PaymentState::Held {
            assign_form(html, session, &view, &packages);
        }
        html.raw("<div class=\"panels\">");
        money(html, &view);
        entitlement(html, &view);
        deliveries(html, &view);
        session_panel(html, &view);
        html.raw("</div>");
        timeline(html, view.timeline.as_deref().unwrap_or_default());
    }))
}

fn assign_form(html: &mut Html, session: &Session, view: &PaymentView, packages: &[Package]) {
    html.raw("<section class=\"held\" aria-labelledby=\"held\">");
    html.raw("<h2 id=\"held\">This money waits for your word</h2><p>");
    html.text(view.money.reason.as_deref().unwrap_or("nobody said what it is for")).raw("</p>");
    html.raw("<form method=\"post\" action=\"/payments/").text(view.id).raw("/assign\">");
    form_token(html, session);
    html.raw("<label for=\"package\">Let the customer in with</label> ");
    html.raw(
        "<select id=\"package\" name=\"package\" required><option value=\"\">Choose…</option>",
    );
    for package in packages {
        html.raw("<option value=\"").text(&package.code).raw("\">").text(&package.name);
        html.raw(" (").text(&package.code).raw("), ").text(words::shillings(package.price));
        html.raw("</option>");
    }
    html.raw("</select> <button>Assign</button></form></section>");
}

fn money(html: &mut Html, view: &PaymentView) {
    let money = &view.money;
    panel(html, "Money");
    chip(html, parts::money_tone(money.state), "", money.state.as_str());
    html.raw("<dl class=\"facts\">");
    fact(html, "Receipt", money.receipt.as_ref());
    let payer = money.payer.as_deref().map(parts::hidden_payer);
    fact(html, "Paid by", payer);
    fact(html, "Door", Some(money.door));
    fact(html, "Reference", money.reference.as_ref());
    fact(html, "Till or paybill", money.shortcode.as_ref());
    let surplus = Some(money.surplus).filter(|it| Cents(0) < *it);
    fact(html, "Above the price", surplus.map(words::shillings));
    fact(html, "Why", money.reason.as_ref());
    fact(html, "Push", money.checkout_request_id.as_ref());
    fact(html, "Known since", Some(money.created_at.local_exact()));
    fact(html, "Received", money.received_at.map(|it| it.local_exact()));
    html.raw("</dl></section>");
}

fn entitlement(html: &mut Html, view: &PaymentView) {
    panel(html, "Access");
    match &view.entitlement {
        Some(it) => chip(html, parts::entitlement_tone(it.state), "", it.state.as_str()),
        None => chip(html, parts::Tone::Calm, "", "none"),
    }
    html.raw("<dl class=\"facts\">");
    fact(html, "Customer", view.customer.as_ref().and_then(|it| it.phone.as_ref()));
    if let Some(it) = &view.entitlement {
        fact(html, "Package", Some(&it.package));
        fact(html, "Username", it.username.as_ref());
        fact(html, "Starts", it.starts_at.map(|it| it.local_exact()));
        fact(html, "Ends", it.ends_at.map(|it| it.local_exact()));
        let left = it.bytes_left.and_then(|it| u64::try_from(it).ok());
        fact(html, "Bytes left", left.map(words::bytes));
    }
    html.raw("</dl></section>");
}

fn deliveries(html: &mut Html, view: &PaymentView) {
    panel(html, "Delivery");
    if view.deliveries.is_empty() {
        chip(html, parts::Tone::Calm, "", "none");
    }
    html.raw("<ul class=\"plain\">");
    for delivery in &view.deliveries {
        html.raw("<li><p class=\"line\"><strong>").text(&delivery.target).raw("</strong> ");
        chip(html, parts::delivery_tone(delivery), "", delivery.state.as_str());
        html.raw("</p><p class=\"note\">");
        html.text(words::count(i64::from(delivery.tries), "try", "tries"));
        if let Some(at) = delivery.at {
            html.raw(", ").text(at.local_exact());
        }
        if !delivery.is_wanted {
            html.raw(", to be taken away");
        }
        html.raw("</p>");
        if let Some(error) = &delivery.error {
            html.raw("<p class=\"said\">").text(error).raw("</p>");
        }
        html.raw("</li>");
    }
    html.raw("</ul></section>");
}

fn session_panel(html: &mut Html, view: &PaymentView) {
    let state = view.session.state;
    panel(html, "Session");
    chip(html, parts::session_tone(state), "", state.as_str());
    html.raw("<p class=\"note\">As routers and RADIUS last reported.</p></section>");
}

fn panel(html: &mut Html, title: &'static str) {
    html.raw("<section class=\"panel\"><h2>").raw(title).raw("</h2>");
}

/// Nothing, if there is nothing to say.
fn fact(html: &mut Html, what: &'static str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        html.raw("<div><dt>").raw(what).raw("</dt><dd>").text(value).raw("</dd></div>");
    }
}

fn timeline(html: &mut Html, moments: &[Moment]) {
    html.raw("<section aria-labelledby=\"timeline\"><h2 id=\"timeline\">What happened</h2>");
    html.raw("<ol class=\"timeline\">");
    for moment in moments {
        html.raw("<li>");
        parts::moment(html, moment.at);
        html.raw(" <strong>").text(&moment.what).raw("</strong> ");
        html.raw("<span class=\"note\">").text(&moment.detail).raw("</span></li>");
    }
    html.raw("</ol></section>");
}
