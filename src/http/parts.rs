//! Pieces that several pages show: states in words and colour, times with their age, and one
//! payment in a list.

use super::html::Html;
use super::words;
use crate::domain::money::Cents;
use crate::domain::payment::PaymentState;
use crate::domain::phone::Phone;
use crate::domain::subscription::SubscriptionState;
use crate::domain::time::Timestamp;
use crate::store::timeline::Moment;
use crate::view::PaymentView;
use crate::view::payment::{DeliveryView, Progress, SessionState};
use std::fmt::Display;

/// How a state is to be taken. The colour only repeats what the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warn,
    Bad,
    /// Neither: it is on its way, or over.
    Calm,
}

impl Tone {
    pub(super) fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Calm => "calm",
        }
    }
}

/// A state in words: `Money received`.
pub(super) fn chip(html: &mut Html, tone: Tone, what: &str, words: &str) {
    html.raw("<span class=\"chip ").text(tone.class()).raw("\">");
    if !what.is_empty() {
        html.raw("<span class=\"what\">").text(what).raw("</span> ");
    }
    html.text(words).raw("</span>");
}

/// What a page is about, and when it was so.
pub(super) fn title(html: &mut Html, words: &str, now: Timestamp) {
    html.raw("<div class=\"title\"><h1>").text(words).raw("</h1><p class=\"note\">As of ");
    moment(html, now);
    html.raw("</p></div>");
}

/// A line of a list of facts; nothing, if there is nothing to say.
pub(super) fn fact(html: &mut Html, what: &'static str, value: Option<impl Display>) {
    if let Some(value) = value {
        html.raw("<div><dt>").raw(what).raw("</dt><dd>").text(value).raw("</dd></div>");
    }
}

/// What happened, each with its moment.
pub(super) fn moments(html: &mut Html, moments: &[Moment]) {
    if moments.is_empty() {
        html.raw("<p class=\"empty\">Nothing yet.</p>");
        return;
    }
    html.raw("<ol class=\"timeline\">");
    for it in moments {
        html.raw("<li>");
        moment(html, it.at);
        html.raw(" <strong>").text(&it.what).raw("</strong> <span class=\"note\">");
        html.text(&it.detail).raw("</span></li>");
    }
    html.raw("</ol>");
}

/// How long ago it was, with the moment itself for who points at it.
pub(super) fn time(html: &mut Html, at: Timestamp, now: Timestamp) {
    html.raw("<time datetime=\"").text(at).raw("\" title=\"").text(at.local_exact()).raw("\">");
    html.text(words::ago(at, now)).raw("</time>");
}

/// The moment itself, in East Africa.
pub(super) fn moment(html: &mut Html, at: Timestamp) {
    html.raw("<time datetime=\"").text(at).raw("\">").text(at.local_exact()).raw("</time>");
}

/// The same without seconds.
pub(super) fn short_moment(html: &mut Html, at: Timestamp) {
    html.raw("<time datetime=\"").text(at).raw("\">").text(at.local_short()).raw("</time>");
}

pub(super) fn money_tone(state: PaymentState) -> Tone {
    match state {
        PaymentState::Received => Tone::Good,
        PaymentState::Held => Tone::Warn,
        PaymentState::Failed => Tone::Bad,
        PaymentState::Pending | PaymentState::Returned => Tone::Calm,
    }
}

pub(super) fn entitlement_tone(state: SubscriptionState) -> Tone {
    match state {
        SubscriptionState::Active => Tone::Good,
        _ => Tone::Calm,
    }
}

pub(super) fn delivery_tone(delivery: &DeliveryView) -> Tone {
    match delivery.state {
        Progress::Verified => Tone::Good,
        Progress::Parked => Tone::Bad,
        Progress::Failed => Tone::Warn,
        Progress::Queued | Progress::Doing => Tone::Calm,
    }
}

pub(super) fn session_tone(state: SessionState) -> Tone {
    match state {
        SessionState::Online => Tone::Good,
        SessionState::Expiring => Tone::Warn,
        SessionState::None | SessionState::Kicked => Tone::Calm,
    }
}

pub(super) fn amount(amount: Option<Cents>) -> String {
    amount.map_or_else(|| "unknown amount".to_owned(), words::shillings)
}

/// Whose payment it is, for a screen that passers-by may see.
pub(super) fn who(view: &PaymentView) -> String {
    let phone = view.customer.as_ref().and_then(|it| it.phone.as_deref());
    match phone.or(view.money.payer.as_deref()) {
        Some(text) => text.parse().map_or_else(|_| hidden_payer(text), |it: Phone| it.masked()),
        None => "unknown payer".to_owned(),
    }
}

/// A number that M-Pesa hid: a few digits of its hash, or its mask as it came.
pub(super) fn hidden_payer(text: &str) -> String {
    let is_hash = text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
    if is_hash { format!("number hidden ({}…)", &text[..8]) } else { text.to_owned() }
}

/// All deliveries in one word, the worst first. It is worst where nobody lets the customer in.
fn deliveries(views: &[DeliveryView]) -> (Tone, String) {
    let is_served = |it: &DeliveryView| it.target != "sms" && it.state == Progress::Verified;
    let parked = if views.iter().any(is_served) { Tone::Warn } else { Tone::Bad };
    let is = |state: Progress| views.iter().any(|it| it.state == state);
    let verified = views.iter().filter(|it| it.state == Progress::Verified).count();
    let of_all = format!("verified {verified} of {}", views.len());
    match () {
        () if views.is_empty() => (Tone::Calm, "none".to_owned()),
        () if is(Progress::Parked) => (parked, format!("parked, {of_all}")),
        () if is(Progress::Failed) => (Tone::Warn, format!("failed in part, {of_all}")),
        () if verified == views.len() => (Tone::Good, "verified".to_owned()),
        () if is(Progress::Doing) => (Tone::Calm, format!("doing, {of_all}")),
        () => (Tone::Calm, format!("queued, {of_all}")),
    }
}

/// Payments in a list, each with its four states and a link to all that happened to it.
pub(super) fn payment_list(html: &mut Html, payments: &[PaymentView], now: Timestamp) {
    html.raw("<ol class=\"payments\">");
    for view in payments {
        html.raw("<li><p class=\"line\"><a href=\"/payments/").text(view.id).raw("\"><strong>");
        html.text(amount(view.money.amount_cents)).raw("</strong> ");
        let receipt = view.money.receipt.as_ref();
        html.text(receipt.map_or_else(|| format!("no. {}", view.id), |it| it.to_string()));
        html.raw("</a> <span class=\"note\">").text(who(view));
        if let Some(entitlement) = &view.entitlement {
            html.raw(", ").text(&entitlement.package);
        }
        html.raw("</span> <span class=\"note when\">");
        time(html, view.money.received_at.unwrap_or(view.money.created_at), now);
        html.raw("</span></p><p class=\"chips\">");
        states(html, view);
        html.raw("</p></li>");
    }
    html.raw("</ol>");
}

/// The four states side by side.
pub(super) fn states(html: &mut Html, view: &PaymentView) {
    let money = view.money.state;
    chip(html, money_tone(money), "Money", money.as_str());
    match &view.entitlement {
        Some(it) => chip(html, entitlement_tone(it.state), "Access", it.state.as_str()),
        None => chip(html, Tone::Calm, "Access", "none"),
    }
    let (tone, words) = deliveries(&view.deliveries);
    chip(html, tone, "Delivery", &words);
    chip(html, session_tone(view.session.state), "Session", view.session.state.as_str());
}
