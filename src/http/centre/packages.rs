//! `GET /packages`: what is for sale. A package can be put up, its price changed, and taken down.

use super::errand::{Errand, Question, Step, refused};
use super::{Asked, WHO};
use crate::domain::ids::PackageId;
use crate::domain::package::{Again, Package, PackageCode, Rate, Starts, parse_bytes};
use crate::domain::time::span_text;
use crate::http::forms::{self, Look};
use crate::http::frame::{self, Freshness, Place};
use crate::http::html::Html;
use crate::http::{HttpError, Reply, parts, words};
use crate::jobs::shelf;
use crate::store::packages;
use std::time::Duration;

pub(super) fn get(asked: &Asked<'_>) -> Result<Reply, HttpError> {
    let store = &asked.doors.store;
    let now = store.now();
    let found = store.read(packages::active)?;
    Ok(frame::page(asked.session, "Packages", Place::Packages, Freshness::Still, |html| {
        parts::title(html, "Packages", now.wall);
        if found.is_empty() {
            html.raw("<p class=\"empty\">Nothing is for sale yet.</p>");
        }
        html.raw("<ul class=\"rows\">");
        for package in &found {
            row(html, asked, package);
        }
        html.raw("</ul>");
        add_form(html, asked);
    }))
}

fn row(html: &mut Html, asked: &Asked<'_>, package: &Package) {
    let code = &package.code;
    html.raw("<li><p class=\"line\"><strong>").text(&package.name).raw("</strong> <code>");
    html.text(code).raw("</code> <strong>").text(words::shillings(package.price));
    html.raw("</strong> <span class=\"note\">").text(terms(package)).raw("</span></p>");
    html.raw("<div class=\"deeds\">");
    forms::begin(html, asked.session, "/packages/price", "/packages");
    forms::hidden(html, "code", code);
    html.raw("<label for=\"price-").text(code).raw("\">Price<span class=\"unseen\"> of ");
    html.text(code).raw("</span></label> ");
    html.raw("<input id=\"price-").text(code).raw("\" name=\"price\" inputmode=\"decimal\" ");
    html.raw("required size=\"6\" maxlength=\"12\" value=\"").text(plain(package)).raw("\"> ");
    forms::button(html, Look::Plain, "Change", format!("the price of {code}"));
    forms::end(html);
    forms::begin(html, asked.session, "/packages/retire", "/packages");
    forms::hidden(html, "code", code);
    forms::button(html, Look::Danger, "Retire", code);
    forms::end(html);
    html.raw("</div></li>");
}

/// The price as one types it: `20`, or `20.50`.
fn plain(package: &Package) -> String {
    package.price.to_string().trim_end_matches(".00").to_owned()
}

fn terms(package: &Package) -> String {
    let time = span_text(Duration::from_secs(u64::try_from(package.seconds).unwrap_or(0)));
    let mut terms = vec![time];
    terms.extend(package.rate.map(|it| it.to_string()));
    let bytes = package.bytes.and_then(|it| u64::try_from(it).ok());
    terms.extend(bytes.map(words::bytes));
    terms.push(words::count(i64::from(package.devices), "device", "devices"));
    terms.join(", ")
}

/// The fields of a new package: name, label, what it looks like, whether it must be there.
const FIELDS: &[(&str, &str, &str, bool)] = &[
    ("code", "Code", "1h", true),
    ("name", "Name for customers", "1 hour", true),
    ("price", "Price in shillings", "20", true),
    ("duration", "Duration", "1h", true),
    ("rate", "Rate, upload/download", "2M/5M", false),
    ("data", "Data", "5GiB", false),
    ("devices", "Devices at once", "1", false),
];

fn add_form(html: &mut Html, asked: &Asked<'_>) {
    html.raw("<section class=\"panel\" aria-labelledby=\"add\"><h2 id=\"add\">Put one up</h2>");
    forms::begin(html, asked.session, "/packages/add", "/packages");
    html.raw("<div class=\"fields\">");
    for (name, label, example, is_needed) in FIELDS {
        html.raw("<div><label for=\"new-").raw(name).raw("\">").raw(label).raw("</label>");
        html.raw("<input id=\"new-").raw(name).raw("\" name=\"").raw(name);
        html.raw("\" maxlength=\"40\" placeholder=\"").raw(example).raw("\" value=\"");
        html.text(asked.session.notice.typed(name).unwrap_or_default());
        html.raw(if *is_needed { "\" required></div>" } else { "\"></div>" });
    }
    html.raw("</div>");
    forms::button(html, Look::Main, "Put it up for sale", "");
    forms::end(html);
    html.raw(
        "<p class=\"note\">When its time begins and what buying it again does is said with \
              <code>mlango package set</code>.</p></section>",
    );
}

/// `POST /packages/…`
pub(super) fn act(errand: &Errand<'_>, verb: &str) -> Result<Step, HttpError> {
    match verb {
        "add" => add(errand),
        "price" => price(errand),
        "retire" => retire(errand),
        _ => Err(HttpError::NotFound),
    }
}

fn add(errand: &Errand<'_>) -> Result<Step, HttpError> {
    let bad = |it: crate::domain::Invalid| HttpError::BadRequest(it.to_string());
    let data = errand.text("data");
    let devices = errand.text("devices");
    let package = Package {
        id: PackageId(0), // The database gives it one.
        code: errand.read("code")?,
        name: shelf::name(&errand.text("name")).map_err(bad)?,
        price: shelf::price(&errand.text("price")).map_err(bad)?,
        seconds: shelf::seconds(shelf::duration(&errand.text("duration")).map_err(bad)?),
        rate: errand.read_any::<Rate>("rate")?,
        bytes: if data.is_empty() { None } else { Some(parse_bytes(&data).map_err(bad)?) },
        devices: if devices.is_empty() { 1 } else { shelf::devices(&devices).map_err(bad)? },
        starts: Starts::Access,
        again: Again::Extend,
        is_active: true,
    };
    let added = errand.doors.store.write(|tx| shelf::add(tx, WHO, &package))?;
    let Some(package) = added else {
        return Err(refused(format!("a package {} is for sale already", package.code)));
    };
    Ok(Step::Done(with_warning(errand, &package, "is for sale for")?))
}

fn price(errand: &Errand<'_>) -> Result<Step, HttpError> {
    let mut package = standing(errand)?;
    let bad = |it: crate::domain::Invalid| HttpError::BadRequest(it.to_string());
    package.price = shelf::price(&errand.text("price")).map_err(bad)?;
    errand.doors.store.write(|tx| shelf::change(tx, WHO, &package))?;
    Ok(Step::Done(with_warning(errand, &package, "now costs")?))
}

fn retire(errand: &Errand<'_>) -> Result<Step, HttpError> {
    let package = standing(errand)?;
    if !errand.is_sure() {
        return Ok(Step::Ask(Question {
            title: format!("Take {} off the shelf?", package.name),
            text: "Nobody can buy it any more. Those who bought it keep what they have.".to_owned(),
            button: "Retire it",
        }));
    }
    errand.doors.store.write(|tx| shelf::retire(tx, WHO, &package))?;
    Ok(Step::Done(format!("Package {} is for sale no more.", package.code)))
}

fn standing(errand: &Errand<'_>) -> Result<Package, HttpError> {
    let code: PackageCode = errand.read("code")?;
    let found = errand.doors.store.read(|conn| packages::by_code(conn, &code))?;
    found.ok_or_else(|| refused(format!("no package {code} is for sale")))
}

/// Money that fits two packages buys neither, so it is said when it comes to that.
fn with_warning(errand: &Errand<'_>, package: &Package, does: &str) -> Result<String, HttpError> {
    let store = &errand.doors.store;
    let now = store.now();
    let twins = store.read(|conn| shelf::same_price(conn, package, now))?;
    let price = words::shillings(package.price);
    let mut text = format!("Package {} {does} {price}.", package.code);
    if !twins.is_empty() {
        let twins: Vec<_> = twins.iter().map(|it| it.code.as_str()).collect();
        text.push_str(&format!(
            " So does {}, or did in the last day: such a payment that names no package is held.",
            twins.join(" and ")
        ));
    }
    Ok(text)
}
