//! `GET /customers/{id}`: one customer, all that was bought, and what can be done for them.

use super::Asked;
use super::errand::{Errand, Question, Step};
use crate::domain::Invalid;
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::domain::phone::Phone;
use crate::domain::time::{Now, Timestamp, parse_span, span_text};
use crate::http::forms::{self, Look, Press};
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::parts::{self, Tone, chip, fact};
use crate::http::{HttpError, Reply, words};
use crate::store::{customers, subscriptions};
use crate::view::customer::{self, Bought, CustomerView};
use std::time::Duration;

pub(super) fn get(asked: &Asked<'_>, id: CustomerId) -> Result<Reply, HttpError> {
    let store = &asked.doors.store;
    let now = store.now();
    let found = store.read(|conn| match customers::find(conn, id)? {
        Some(customer) => {
            let view = customer::view(conn, customer.id)?;
            Ok(Some((customer, view)))
        }
        None => Ok(None),
    })?;
    let (customer, view) = found.ok_or(HttpError::NotFound)?;
    let title = format!("Customer {id}");
    Ok(frame::page(asked.session, &title, Place::Customers, Freshness::Live, |html| {
        parts::title(html, &name(&customer), now.wall);
        html.raw("<dl class=\"facts\">");
        fact(html, "Username", Some(customer.username.as_str()));
        fact(html, "Customer since", Some(customer.created_at.local_exact()));
        html.raw("</dl>");
        deeds(html, asked, &customer);
        bought(html, &view, now);
        paid(html, &view, now.wall);
    }))
}

fn name(customer: &Customer) -> String {
    let name = || customer.username.as_str().to_owned();
    customer.phone.as_ref().map_or_else(name, Phone::local)
}

fn deeds(html: &mut Html, asked: &Asked<'_>, customer: &Customer) {
    let back = format!("/customers/{}", customer.id);
    html.raw("<section class=\"panel\" aria-labelledby=\"deeds\"><h2 id=\"deeds\">For them</h2>");
    forms::begin(html, asked.session, format!("{back}/extend"), &back);
    let typed = asked.session.notice.typed("by").unwrap_or_else(|| "1h".to_owned());
    html.raw("<label for=\"by\">More time, for nothing</label> ");
    html.raw("<input id=\"by\" name=\"by\" required size=\"8\" maxlength=\"12\" value=\"");
    html.text(typed).raw("\" aria-describedby=\"by-how\"> ");
    forms::button(html, Look::Main, "Extend", "");
    html.raw("<span class=\"note\" id=\"by-how\">as in 30m, 1h or 2d</span>");
    forms::end(html);
    html.raw("<div class=\"deeds\">");
    let verbs = [
        ("resend", Look::Plain, "Send the SMS again"),
        ("password", Look::Plain, "New password"),
        ("kick", Look::Plain, "Put out"),
        ("revoke", Look::Danger, "Revoke"),
    ];
    for (verb, look, words) in verbs {
        let action = format!("{back}/{verb}");
        let press = Press { action: &action, back: &back, look, words, about: "" };
        forms::press(html, asked.session, &press);
    }
    html.raw("</div></section>");
}

fn bought(html: &mut Html, view: &CustomerView, now: Now) {
    html.raw("<section aria-labelledby=\"bought\"><h2 id=\"bought\">Access</h2>");
    if view.subscriptions.is_empty() {
        html.raw("<p class=\"empty\">Nothing was bought.</p></section>");
        return;
    }
    html.raw("<ul class=\"rows\">");
    for it in &view.subscriptions {
        html.raw("<li><p class=\"line\"><strong>").text(&it.package).raw("</strong> ");
        chip(html, parts::entitlement_tone(it.state), "", it.state.as_str());
        if 0 < it.online {
            let devices = words::count(it.online, "device online", "devices online");
            chip(html, Tone::Good, "", &devices);
        }
        html.raw(" <span class=\"note\">").text(time_of(it, now)).raw("</span></p>");
        html.raw("</li>");
    }
    html.raw("</ul></section>");
}

fn time_of(it: &Bought, now: Now) -> String {
    let left = match it.bytes_left.and_then(|it| u64::try_from(it).ok()) {
        Some(bytes) => format!(", {} left", words::bytes(bytes)),
        None => String::new(),
    };
    match (it.starts_at, it.ends_at) {
        (Some(from), Some(until)) if now.wall < until => format!(
            "from {}, ends {}, in {}{left}",
            from.local_short(),
            until.local_short(),
            words::span(until.since(now.wall))
        ),
        (Some(from), Some(until)) => {
            format!("from {} to {}{left}", from.local_short(), until.local_short())
        }
        _ => format!("not begun{left}"),
    }
}

fn paid(html: &mut Html, view: &CustomerView, now: Timestamp) {
    html.raw("<section aria-labelledby=\"paid\"><h2 id=\"paid\">Payments</h2>");
    if view.payments.is_empty() {
        html.raw("<p class=\"empty\">None.</p></section>");
        return;
    }
    html.raw("<ul class=\"rows\">");
    for it in &view.payments {
        html.raw("<li><p class=\"line\"><a href=\"/payments/").text(it.id).raw("\"><strong>");
        html.text(parts::amount(it.amount_cents)).raw("</strong> ");
        let receipt = it.receipt.as_ref();
        html.text(receipt.map_or_else(|| format!("no. {}", it.id), |it| it.to_string()));
        html.raw("</a> ");
        chip(html, parts::money_tone(it.state), "", it.state.as_str());
        if let Some(at) = it.received_at {
            html.raw(" <span class=\"note when\">");
            parts::time(html, at, now);
            html.raw("</span>");
        }
        html.raw("</p></li>");
    }
    html.raw("</ul></section>");
}

/// `POST /customers/{id}/…`
pub(super) fn act(errand: &Errand<'_>, id: CustomerId, verb: &str) -> Result<Step, HttpError> {
    let found = errand.doors.store.read(|conn| customers::find(conn, id))?;
    let customer = found.ok_or(HttpError::NotFound)?;
    match verb {
        "extend" => extend(errand, &customer),
        "resend" => {
            errand.at_counter(|counter, tx| counter.resend(tx, &customer))?;
            Ok(Step::Done("The SMS with the credentials is sent once more.".to_owned()))
        }
        "password" => password(errand, &customer),
        "kick" => {
            errand.at_counter(|counter, tx| counter.kick(tx, &customer))?;
            let words = "is being put out; who has time left may log in again.";
            Ok(Step::Done(format!("Every device of {} {words}", name(&customer))))
        }
        "revoke" => revoke(errand, &customer),
        _ => Err(HttpError::NotFound),
    }
}

fn extend(errand: &Errand<'_>, customer: &Customer) -> Result<Step, HttpError> {
    let bad = |error: Invalid| HttpError::BadRequest(error.to_string());
    let by = parse_span(&errand.text("by")).map_err(bad)?;
    if by.is_zero() {
        return Err(HttpError::BadRequest("0s is no time at all".to_owned()));
    }
    let id = errand.at_counter(|counter, tx| counter.extend(tx, customer, by))?;
    let store = &errand.doors.store;
    let left: Duration = store.read(|conn| subscriptions::get(conn, id))?.left(store.now());
    let (by, left) = (span_text(by), span_text(left));
    Ok(Step::Done(format!("{} has {by} more, which makes {left} from now.", name(customer))))
}

/// The one page that shows a password: somebody may have to read it out.
fn password(errand: &Errand<'_>, customer: &Customer) -> Result<Step, HttpError> {
    if !errand.is_sure() {
        return Ok(Step::Ask(Question {
            title: format!("Make another password for {}?", name(customer)),
            text: "The one until now is good no more. Who is online stays online.".to_owned(),
            button: "Make another",
        }));
    }
    let (changed, is_sent) =
        errand.at_counter(|counter, tx| counter.renew_password(tx, customer))?;
    let told = if is_sent { "an SMS tells the customer" } else { "read it to the customer" };
    Ok(Step::Done(format!(
        "The password of {} is {} from now on; {told}.",
        changed.username.as_str(),
        changed.password.expose()
    )))
}

fn revoke(errand: &Errand<'_>, customer: &Customer) -> Result<Step, HttpError> {
    if !errand.is_sure() {
        return Ok(Step::Ask(Question {
            title: format!("Revoke all that {} has?", name(customer)),
            text: "Whoever is online is put out, and the time that is left is gone. The money \
                   stays received; closing a payment is for money that goes back."
                .to_owned(),
            button: "Revoke",
        }));
    }
    let count = errand.at_counter(|counter, tx| counter.revoke(tx, customer))?;
    let purchases = if count == 1 { "purchase is" } else { "purchases are" };
    Ok(Step::Done(format!("{count} {purchases} revoked.")))
}
