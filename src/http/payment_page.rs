//! `GET /payments/{id}`: one payment, its four states and all that happened to it; and what can
//! be done to it.

use super::forms::{self, Look, Press};
use super::frame::{self, Freshness, Place};
use super::html::Html;
use super::parts::{self, chip, fact};
use super::sessions::Session;
use super::{Doors, HttpError, Reply, Request, login, waiting, words};
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::package::Package;
use crate::domain::payment::{Door, PaymentState};
use crate::domain::subscription::SubscriptionState;
use crate::store::packages;
use crate::view::payment::{DeliveryView, Progress};
use crate::view::{Detail, PaymentView, payment};

pub(super) fn get(doors: &Doors, request: &Request, id: &str) -> Result<Reply, HttpError> {
    let Some(session) = doors.logins.session(doors, request) else {
        return Ok(login::see_other("/login"));
    };
    let id = payment_id(id)?;
    let now = doors.store.now();
    let (found, packages) = doors.store.read(|conn| {
        Ok((payment::find(conn, id, now, Detail::Timeline)?, packages::active(conn)?))
    })?;
    let view = found.ok_or(HttpError::NotFound)?;
    let title = format!("Payment {}", view.id);
    Ok(frame::page(&session, &title, Place::Payments, Freshness::Live, |html| {
        html.raw("<div class=\"title\"><h1>").text(parts::amount(view.money.amount_cents));
        html.raw(" <small>payment ").text(view.id).raw("</small></h1><p class=\"note\">As of ");
        parts::moment(html, now.wall);
        html.raw("</p></div>");
        deeds(html, &session, &view, &packages);
        html.raw("<div class=\"panels\">");
        money(html, &view);
        entitlement(html, &view);
        deliveries(html, &view);
        session_panel(html, &view);
        html.raw("</div>");
        html.raw("<section aria-labelledby=\"timeline\"><h2 id=\"timeline\">What happened</h2>");
        parts::moments(html, view.timeline.as_deref().unwrap_or_default());
        html.raw("</section>");
    }))
}

/// What can be done to the payment as it stands.
fn deeds(html: &mut Html, session: &Session, view: &PaymentView, packages: &[Package]) {
    let back = format!("/payments/{}", view.id);
    if view.money.state == PaymentState::Held {
        html.raw("<section class=\"held\" aria-labelledby=\"held\">");
        html.raw("<h2 id=\"held\">This money waits for your word</h2><p>");
        html.text(view.money.reason.as_deref().unwrap_or("nobody said what it is for"));
        html.raw("</p>");
        waiting::decide(html, session, view, packages, &back);
        html.raw("</section>");
        return;
    }
    html.raw("<div class=\"deeds\">");
    let is_let_in = |it: &DeliveryView| it.target != "sms" && it.state == Progress::Verified;
    let is_live = view.entitlement.as_ref().is_some_and(|it| {
        matches!(it.state, SubscriptionState::Pending | SubscriptionState::Active)
    });
    if is_live && !view.deliveries.iter().any(is_let_in) {
        waiting::try_now(html, session, view, &back);
    }
    if matches!(view.money.door, Door::Stk | Door::C2b) {
        let press = Press {
            action: &format!("{back}/replay"),
            back: &back,
            look: Look::Plain,
            words: "Understand its callbacks anew",
            about: "",
        };
        forms::press(html, session, &press);
    }
    if view.money.state == PaymentState::Received {
        waiting::close(html, session, view, &back);
    }
    html.raw("</div>");
}

fn payment_id(text: &str) -> Result<PaymentId, HttpError> {
    text.parse().map_err(|_| HttpError::NotFound)
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
    if let Some(customer) = &view.customer {
        html.raw("<div><dt>Customer</dt><dd><a href=\"/customers/").text(customer.id).raw("\">");
        html.text(customer.phone.as_deref().unwrap_or("number hidden")).raw("</a></dd></div>");
    }
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
