//! What waits for a person on the first screen: money that nobody knows the purpose of, and
//! customers who paid and are not let in; each with its button.

use super::forms::{self, Look, Press};
use super::html::Html;
use super::parts::{self, time};
use super::sessions::Session;
use crate::domain::package::Package;
use crate::domain::payment::ReturnReason;
use crate::domain::time::Timestamp;
use crate::view::PaymentView;

/// So many of each are on the first screen.
pub(super) const SHOWN: u32 = 5;

pub(super) fn held(
    html: &mut Html,
    session: &Session,
    views: &[PaymentView],
    packages: &[Package],
    now: Timestamp,
) {
    if views.is_empty() {
        return;
    }
    html.raw("<section aria-labelledby=\"held\"><h2 id=\"held\">Money that waits for your word");
    html.raw("</h2><ul class=\"rows\">");
    for view in views {
        html.raw("<li>");
        line(html, view, now);
        let reason = view.money.reason.as_deref();
        html.raw("<p class=\"note\">").text(reason.unwrap_or("nobody said what it is for"));
        html.raw("</p>");
        decide(html, session, view, packages, "/");
        html.raw("</li>");
    }
    html.raw("</ul><p><a href=\"/payments?state=held\">All that is held</a></p></section>");
}

/// The two forms by which held money finds its purpose, or is closed.
pub(super) fn decide(
    html: &mut Html,
    session: &Session,
    view: &PaymentView,
    packages: &[Package],
    back: &str,
) {
    let id = view.id;
    let about = format!("payment {id}");
    html.raw("<div class=\"deeds\">");
    forms::begin(html, session, format!("/payments/{id}/assign"), back);
    html.raw("<label for=\"package-").text(id).raw("\">Assign to</label> ");
    forms::package_choice(html, &format!("package-{id}"), packages, "");
    html.raw(" ");
    forms::button(html, Look::Main, "Assign", &about);
    forms::end(html);
    close(html, session, view, back);
    html.raw("</div>");
}

pub(super) fn close(html: &mut Html, session: &Session, view: &PaymentView, back: &str) {
    let id = view.id;
    forms::begin(html, session, format!("/payments/{id}/close"), back);
    html.raw("<label for=\"reason-").text(id).raw("\">Close as</label> <select id=\"reason-");
    html.text(id).raw("\" name=\"reason\" required><option value=\"\">Choose…</option>");
    for reason in ReturnReason::ALL {
        html.raw("<option>").text(reason).raw("</option>");
    }
    html.raw("</select> ");
    forms::button(html, Look::Danger, "Close", format!("payment {id}"));
    forms::end(html);
}

pub(super) fn unserved(html: &mut Html, session: &Session, views: &[PaymentView], now: Timestamp) {
    if views.is_empty() {
        return;
    }
    html.raw("<section aria-labelledby=\"unserved\"><h2 id=\"unserved\">Paid, not let in</h2>");
    html.raw("<ul class=\"rows\">");
    for view in views {
        html.raw("<li>");
        line(html, view, now);
        html.raw("<p class=\"chips\">");
        parts::states(html, view);
        html.raw("</p>");
        for error in view.deliveries.iter().filter_map(|it| it.error.as_ref()) {
            html.raw("<p class=\"said\">").text(error).raw("</p>");
        }
        html.raw("<div class=\"deeds\">");
        try_now(html, session, view, "/");
        html.raw("</div></li>");
    }
    html.raw("</ul><p><a href=\"/payments?state=not-let-in\">All who wait</a></p></section>");
}

pub(super) fn try_now(html: &mut Html, session: &Session, view: &PaymentView, back: &str) {
    let press = Press {
        action: &format!("/payments/{}/try", view.id),
        back,
        look: Look::Main,
        words: "Try now",
        about: &format!("payment {}", view.id),
    };
    forms::press(html, session, &press);
}

fn line(html: &mut Html, view: &PaymentView, now: Timestamp) {
    html.raw("<p class=\"line\"><a href=\"/payments/").text(view.id).raw("\"><strong>");
    html.text(parts::amount(view.money.amount_cents)).raw("</strong> ");
    let receipt = view.money.receipt.as_ref();
    html.text(receipt.map_or_else(|| format!("no. {}", view.id), |it| it.to_string()));
    html.raw("</a> <span class=\"note\">").text(parts::who(view));
    if let Some(reference) = &view.money.reference {
        html.raw(", reference ").text(reference);
    }
    html.raw("</span> <span class=\"note when\">");
    time(html, view.money.received_at.unwrap_or(view.money.created_at), now);
    html.raw("</span></p>");
}
