//! What every page has around it, and the headers that every answer to the operator has.

use super::Reply;
use super::html::Html;
use super::login::FORM_TOKEN;
use super::sessions::Session;

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
    Payments,
}

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
    head(&mut html, title, freshness);
    html.raw("<a class=\"skip\" href=\"#main\">Skip to the content</a><header>");
    html.raw("<a class=\"brand\" href=\"/\">mlango</a><nav aria-label=\"Pages\">");
    for (here, path, name) in
        [(Place::Status, "/", "Status"), (Place::Payments, "/payments", "Payments")]
    {
        html.raw("<a href=\"").text(path).raw("\"");
        if here == place {
            html.raw(" aria-current=\"page\"");
        }
        html.raw(">").text(name).raw("</a>");
    }
    html.raw("</nav><form method=\"post\" action=\"/logout\">");
    form_token(&mut html, session);
    html.raw("<button class=\"quiet\">Log out</button></form></header>");
    if freshness == Freshness::Live {
        html.raw("<p id=\"contact\" class=\"alert bad\" role=\"status\" hidden></p>");
    }
    html.raw("<main id=\"main\">");
    body(&mut html);
    html.raw("</main></body></html>\n");
    Reply::html(html.into_string())
}

/// The page that asks for the password; `trouble` says why the last try did not work.
pub(super) fn login(trouble: Option<&str>) -> Reply {
    let mut html = Html::default();
    head(&mut html, "Log in", Freshness::Still);
    html.raw("<main id=\"main\" class=\"login\"><h1>mlango</h1>");
    html.raw("<p>Log in to see how your hotspot is doing.</p>");
    if let Some(trouble) = trouble {
        html.raw("<p class=\"alert bad\" role=\"alert\">").text(trouble).raw("</p>");
    }
    html.raw(
        "<form method=\"post\" action=\"/login\">\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" required autofocus \
         autocomplete=\"current-password\" maxlength=\"256\">\
         <button>Log in</button></form>\
         <p class=\"note\">Forgotten? On the box, <code>mlango admin set-password</code> sets \
         another one.</p></main></body></html>\n",
    );
    Reply::html(html.into_string())
}

fn head(html: &mut Html, title: &str, freshness: Freshness) {
    html.raw(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>",
    );
    html.text(title).raw(" · mlango</title>");
    html.raw("<link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">");
    html.raw("<link rel=\"stylesheet\" href=\"/assets/style.css\">");
    if freshness == Freshness::Live {
        html.raw("<script src=\"/assets/live.js\" defer></script>");
        html.raw("<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>");
    }
    html.raw("</head><body>");
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
