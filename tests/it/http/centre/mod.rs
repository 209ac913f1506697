//! What an operator does from pages: every action by its form, asked for where it takes something
//! away, audited, and told on the page that follows.

mod sales;
mod work;

use super::desk::{Asker, Desk, header, text};
use super::page::form_token;
use crate::harness::Appliance;
use crate::sale::{PHONE, stk};
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::http::Reply;

fn desk() -> Desk {
    Desk::of(Appliance::with_router(Access::Local))
}

fn sell(desk: &Desk, nth: u32) {
    let (checkout, receipt) = (format!("ws_CO_{nth}"), format!("SKL00000{nth:02}"));
    desk.box_.receive(Stk, &stk(&checkout, &receipt, "20", PHONE));
    desk.box_.settle();
}

/// Posts a form of ours, as the page `back` would.
fn post(browser: &Asker<'_>, path: &str, fields: &str, back: &str) -> Reply {
    let token = form_token(&browser.get("/"));
    browser.post(path, &format!("{fields}&back={back}&form_token={token}"))
}

/// The same, and the page that follows.
fn act(browser: &Asker<'_>, path: &str, fields: &str, back: &str) -> String {
    let reply = post(browser, path, fields, back);
    assert_eq!(reply.status, 303, "{path}: {}", text(&reply));
    text(&browser.get(header(&reply, "Location")))
}

/// What a page tells of the action before it.
fn told(page: &str) -> &str {
    let (_, rest) = page.split_once("id=\"notice\"").unwrap_or_else(|| panic!("{page}"));
    rest.split_once('>').unwrap().1.split_once("</p>").unwrap().0
}

/// Answers the page in between with yes, by the form that it shows.
fn confirm(browser: &Asker<'_>, asked: &Reply) -> String {
    assert_eq!(asked.status, 200);
    let page = text(asked);
    let main = page.split_once("<main").unwrap().1;
    let form = main.split_once("<form method=\"post\" action=\"").unwrap().1;
    let (action, form) = form.split_once('"').unwrap();
    let form = form.split_once("</form>").unwrap().0;
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1).map(|it| {
        let (name, rest) = it.split_once("\" value=\"").unwrap();
        format!("{name}={}", rest.split_once('"').unwrap().0.replace('/', "%2F"))
    });
    let reply = browser.post(action, &fields.collect::<Vec<_>>().join("&"));
    assert_eq!(reply.status, 303, "{}", text(&reply));
    text(&browser.get(header(&reply, "Location")))
}

fn audited(desk: &Desk) -> Vec<String> {
    desk.box_.list("SELECT what FROM audit WHERE who = 'page' AND what <> 'login' ORDER BY id")
}

#[test]
fn every_page_of_the_menu_is_there_for_the_operator_alone() {
    let desk = desk();
    sell(&desk, 1);
    let paths =
        ["/counter", "/customers", "/customers/1", "/failed", "/jobs/1", "/queues", "/routers"];
    let browser = desk.browser();
    for path in paths.into_iter().chain(["/packages", "/logs", "/logs?of=by-hand"]) {
        let page = browser.get(path);
        assert_eq!(page.status, 200, "{path}");
        let page = text(&page);
        assert!(page.contains("As of <time"), "{path} says how old it is");
        let is_inline = ["<script>", " style=", " onclick="].iter().any(|it| page.contains(it));
        assert!(!is_inline, "{path}");
        let nobody = desk.at(mlango::http::Listener::Admin);
        assert_eq!(header(&nobody.get(path), "Location"), "/login");
        let stranger = desk.at(mlango::http::Listener::Strangers);
        assert_eq!(stranger.get(path).status, 404);
    }
    for path in ["/customers/9", "/jobs/99999", "/jobs/x", "/nothing", "/failed/retry"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
}

#[test]
fn no_action_is_taken_without_a_form_of_ours() {
    let desk = desk();
    sell(&desk, 1);
    let browser = desk.browser();
    for path in [
        "/counter/sell",
        "/customers/1/revoke",
        "/failed/flush",
        "/jobs/1/forget",
        "/queues/pause",
        "/routers/1/try",
        "/packages/retire",
        "/payments/1/close",
    ] {
        assert_eq!(browser.post(path, "sure=yes&code=1h").status, 403, "{path}");
        let nobody = desk.at(mlango::http::Listener::Admin);
        assert_eq!(header(&nobody.post(path, "sure=yes"), "Location"), "/login");
    }
    let reply = post(&browser, "/queues/resume", "queue=", "https://example.org/");
    assert_eq!(header(&reply, "Location"), "/", "a page leads back to pages of ours only");
    assert_eq!(header(&post(&browser, "/queues/resume", "", "//x.org"), "Location"), "/");
}

#[test]
fn the_end_of_each_log_is_shown_and_what_was_done_by_hand() {
    let desk = desk();
    let logs = desk.box_.data_dir().join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    let lines: String =
        (0..300).map(|nth| format!("2026-11-22T11:05:09Z INFO <{nth}>\n")).collect();
    std::fs::write(logs.join("payments-queue.log"), lines).unwrap();
    let browser = desk.browser();
    assert!(text(&browser.get("/logs")).contains("Nothing is logged there yet."));
    let page = text(&browser.get("/logs?of=payments"));
    assert!(page.contains("INFO &lt;299&gt;") && page.contains("INFO &lt;100&gt;"), "{page}");
    assert!(!page.contains("INFO &lt;99&gt;"));
    act(&browser, "/queues/pause", "queue=dashboard", "/queues");
    let page = text(&browser.get("/logs?of=by-hand"));
    assert!(page.contains("queue pause by page") && page.contains("login by page"), "{page}");
    assert_eq!(browser.get("/logs?of=../../etc/passwd").status, 400);
}
