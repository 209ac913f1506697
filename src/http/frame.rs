//! What every page has around it, and the headers that every answer to the operator has.

use super::html::Html;
use super::login::FORM_TOKEN;
use super::sessions::Session;
use super::{Reply, notice};

const STYLE: &str = include_str!("assets/style.css");
const LIVE: &str = include_str!("assets/live.js");
const ICON: &str = include_str!("assets/icon.svg");

/// Only what this box serves is loaded, no script stands in a page, and no other page shows one.
const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Which entry of the menu a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Status,
    Counter,
    Payments,
    Customers,
    Failed,
    Queues,
    Routers,
    Packages,
    Logs,
}

/// The menu: what is wanted most comes first.
const MENU: &[(Place, &str, &str)] = &[
    (Place::Status, "/", "Status"),
    (Place::Counter, "/counter", "Counter"),
    (Place::Payments, "/payments", "Payments"),
    (Place::Customers, "/customers", "Customers"),
    (Place::Failed, "/failed", "Failed"),
    (Place::Queues, "/queues", "Queues"),
    (Place::Routers, "/routers", "Routers"),
    (Place::Packages, "/packages", "Packages"),
    (Place::Logs, "/logs", "Logs"),
];

/// Whether a page is fetched anew while it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Live,
    Still,
}

/// A page for the operator.
pub(super) fn page(
    session: &Session,
    title: &str,
    place: Place,
    freshness: Freshness,
    body: impl FnOnce(&mut Html),
) -> Reply {
    let mut html = Html::default();
    head(&mut html, title);
    html.raw("<script src=\"/assets/live.js\" defer></script>");
    if freshness == Freshness::Live {
        html.raw("<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>");
    }
    html.raw("</head><body><a class=\"skip\" href=\"#main\">Skip to the content</a><header>");
    html.raw("<a class=\"brand\" href=\"/\">mlango</a><nav aria-label=\"Pages\">");
    for (here, path, name) in MENU {
        html.raw("<a href=\"").raw(path).raw("\"");
        if *here == place {
            html.raw(" aria-current=\"page\"");
        }
        html.raw(">").raw(name).raw("</a>");
    }
    html.raw("</nav><form method=\"post\" action=\"/logout\">");
    form_token(&mut html, session);
    html.raw("<button class=\"quiet\">Log out</button></form></header>");
    html.raw("<p id=\"contact\" class=\"alert bad\" role=\"status\" hidden></p>");
    html.raw("<ol id=\"toasts\" role=\"log\" aria-live=\"polite\" aria-label=\"News\"></ol>");
    html.raw("<div class=\"told\">");
    // The body may ask what was typed into a form that was refused.
    let mut main = Html::default();
    body(&mut main);
    if let Some(told) = session.notice.take() {
        notice::write(&mut html, &told);
    }
    html.raw("</div><main id=\"main\"");
    if freshness == Freshness::Live {
        html.raw(" data-live");
    }
    html.raw(">").append(main).raw("</main></body></html>\n");
    Reply::html(html.into_string())
}

/// The page that asks for the password; `trouble` says why the last try did not work.
pub(super) fn login(trouble: Option<&str>) -> Reply {
    let mut html = Html::default();
    head(&mut html, "Log in");
    html.raw("</head><body><main id=\"main\" class=\"login\"><h1>mlango</h1>");
    html.raw("<p>Log in to see how your hotspot is doing.</p>");
    if let Some(trouble) = trouble {
        html.raw("<p class=\"alert bad\" role=\"alert\">").text(trouble).raw("</p>");
    }
    // The name is for browsers that keep passwords; there is one operator.
    html.raw(
        "<form method=\"post\" action=\"/login\">\
         <input name=\"username\" value=\"operator\" autocomplete=\"username\" hidden>\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" required autofocus \
         autocomplete=\"current-password\" maxlength=\"256\">\
         <button>Log in</button></form>\
         <p class=\"note\">Forgotten? On the box, <code>mlango admin set-password</code> sets \
         another one.</p></main></body></html>\n",
    );
    Reply::html(html.into_string())
}

fn head(html: &mut Html, title: &str) {
    html.raw(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>",
    );
    html.text(title).raw(" · mlango</title>");
    html.raw("<link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">");
    html.raw("<link rel=\"stylesheet\" href=\"/assets/style.css\">");
}

/// What proves that a form is one of ours.
pub(super) fn form_token(html: &mut Html, session: &Session) {
    html.raw("<input type=\"hidden\" name=\"").text(FORM_TOKEN).raw("\" value=\"");
    html.text(session.form_token.expose()).raw("\">");
}

/// `GET /assets/…`
pub(super) fn asset(name: &str) -> Option<Reply> {
    let (content_type, text) = match name {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "live.js" => ("text/javascript; charset=utf-8", LIVE),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return None,
    };
    Some(Reply { content_type, ..Reply::text(200, text) })
}

/// What the operator's answers tell browsers to refuse.
pub(super) fn secured(reply: Reply) -> Reply {
    reply
        .with_header("Content-Security-Policy", CONTENT_POLICY)
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("X-Frame-Options", "DENY")
        .with_header("Referrer-Policy", "no-referrer")
        .with_header("Cross-Origin-Opener-Policy", "same-origin")
        .with_header("Cache-Control", "no-store")
}
