//! Forms of the pages: each posts one action, says which page it stands on, and proves that it is
//! ours. All of them work without a script.

use super::frame::form_token;
use super::html::Html;
use super::sessions::Session;
use super::words;
use crate::domain::package::Package;
use std::fmt::Display;

/// The field that names the page a form stands on.
pub(super) const BACK: &str = "back";

/// Begins a form that posts to `action` and leads back to the page `back`.
pub(super) fn begin(html: &mut Html, session: &Session, action: impl Display, back: impl Display) {
    html.raw("<form method=\"post\" action=\"").text(action).raw("\">");
    form_token(html, session);
    hidden(html, BACK, back);
}

pub(super) fn end(html: &mut Html) {
    html.raw("</form>");
}

pub(super) fn hidden(html: &mut Html, name: &str, value: impl Display) {
    html.raw("<input type=\"hidden\" name=\"").text(name).raw("\" value=\"");
    html.text(value).raw("\">");
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// What one came for.
    Main,
    Plain,
    /// It takes something away.
    Danger,
}

/// A button with words on it. `about` tells it from its like to those who do not see where it
/// stands.
pub(super) fn button(html: &mut Html, look: Look, words: &str, about: impl Display) {
    html.raw("<button class=\"").raw(match look {
        Look::Main => "main",
        Look::Plain => "plain",
        Look::Danger => "danger",
    });
    html.raw("\">").text(words);
    html.raw("<span class=\"unseen\"> ").text(about).raw("</span></button>");
}

/// A form that is one button.
pub(super) struct Press<'a> {
    pub(super) action: &'a str,
    pub(super) back: &'a str,
    pub(super) look: Look,
    pub(super) words: &'a str,
    pub(super) about: &'a str,
}

pub(super) fn press(html: &mut Html, session: &Session, press: &Press<'_>) {
    begin(html, session, press.action, press.back);
    button(html, press.look, press.words, press.about);
    end(html);
}

/// A list of what is for sale.
pub(super) fn package_choice(html: &mut Html, id: &str, packages: &[Package], chosen: &str) {
    html.raw("<select id=\"").text(id).raw("\" name=\"package\" required>");
    html.raw("<option value=\"\">Choose…</option>");
    for package in packages {
        html.raw("<option value=\"").text(&package.code).raw("\"");
        if package.code.as_str() == chosen {
            html.raw(" selected");
        }
        html.raw(">").text(&package.name).raw(" (").text(&package.code).raw("), ");
        html.text(words::shillings(package.price)).raw("</option>");
    }
    html.raw("</select>");
}
