//! What the operator's browser meets: the login, the pages, and what they refuse.

use super::desk::{Asker, Desk, cookie, header, text};
use crate::harness::Appliance;
use crate::sale::{PHONE, c2b, stk};
use mlango::domain::ids::RouterId;
use mlango::domain::payment::CallbackDoor::{Confirmation, Stk};
use mlango::domain::router::Access;
use mlango::domain::secret::Secret;
use mlango::http::{Listener, Reply};
use std::time::Duration;

fn desk() -> Desk {
    Desk::of(Appliance::with_router(Access::Local))
}

fn held(desk: &Desk, receipt: &str, reference: &str) {
    desk.box_.receive(Confirmation, &c2b(receipt, "15.00", PHONE, reference));
    desk.box_.settle();
}

/// The form token of a page, as its forms carry it.
pub(super) fn form_token(page: &Reply) -> String {
    let page = text(page);
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn guess(asker: &Asker<'_>, password: &str) -> Reply {
    asker.post("/login", &format!("password={password}"))
}

#[test]
fn nobody_sees_a_page_without_logging_in() {
    let desk = desk();
    held(&desk, "SKL0000002", "x");
    let nobody = desk.at(Listener::Admin);
    for path in ["/", "/payments", "/payments/1"] {
        let reply = nobody.get(path);
        assert_eq!((reply.status, header(&reply, "Location")), (303, "/login"), "{path}");
        assert!(reply.body.is_empty());
    }
    assert_eq!(nobody.post("/payments/1/assign", "package=1h").status, 303);
    assert_eq!(desk.box_.one("SELECT state FROM payments"), "held");
    let form = nobody.get("/login");
    assert_eq!(form.status, 200);
    assert!(text(&form).contains("<label for=\"password\">"));
    assert_eq!(nobody.get("/nothing").status, 404);
    for path in ["/", "/login", "/payments", "/assets/style.css"] {
        assert_eq!(desk.at(Listener::Strangers).get(path).status, 404, "strangers at {path}");
    }
}

#[test]
fn the_password_opens_a_session_and_logging_out_ends_it() {
    let desk = desk();
    let nobody = desk.at(Listener::Admin);
    let wrong = guess(&nobody, "wrong");
    assert_eq!(wrong.status, 401);
    assert!(text(&wrong).contains("role=\"alert\"") && !text(&wrong).contains("wrong"));
    assert!(wrong.headers.iter().all(|it| it.0 != "Set-Cookie"));

    let right = guess(&nobody, &desk.password());
    assert_eq!((right.status, header(&right, "Location")), (303, "/"));
    let set = header(&right, "Set-Cookie");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{set}");
    assert_eq!(cookie(&right).len(), "mlango_session=".len() + 64);
    assert_eq!(desk.box_.one("SELECT who || ' ' || what FROM audit"), "page login");

    let browser = desk.at(Listener::Admin).with("Cookie", &format!("a=b; {}", cookie(&right)));
    let page = browser.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(header(&browser.get("/login"), "Location"), "/");
    assert_eq!(browser.post("/logout", "").status, 403, "only our own form logs out");
    let out = browser.post("/logout", &format!("form_token={}", form_token(&page)));
    assert_eq!((out.status, header(&out, "Location")), (303, "/login"));
    assert!(header(&out, "Set-Cookie").contains("Max-Age=0"));
    assert_eq!(browser.get("/").status, 303);
    let made_up = desk.at(Listener::Admin).with("Cookie", "mlango_session=");
    assert_eq!(made_up.get("/").status, 303);
}

#[test]
fn a_session_ends_when_idle_and_when_the_password_changes() {
    let desk = desk();
    let browser = desk.browser();
    desk.box_.clock.advance(Duration::from_secs(11 * 3600));
    assert_eq!(browser.get("/").status, 200);
    desk.box_.clock.advance(Duration::from_secs(12 * 3600));
    assert_eq!(browser.get("/").status, 303);

    let browser = desk.browser();
    let password = mlango::config::AdminPassword::new(&desk.box_.config);
    password.set(&Secret::new("another password")).unwrap();
    assert_eq!(browser.get("/").status, 303);
    assert_eq!(guess(&desk.at(Listener::Admin), "another+password").status, 303);
}

#[test]
fn guessing_is_slowed_down_and_the_operator_gets_in_all_the_same() {
    let desk = desk();
    let nobody = desk.at(Listener::Admin);
    for _ in 0..5 {
        assert_eq!(guess(&nobody, "wrong").status, 401);
    }
    let refused = guess(&nobody, &desk.password());
    assert_eq!((refused.status, header(&refused, "Retry-After")), (429, "5"));
    desk.box_.clock.advance(Duration::from_secs(5));
    assert_eq!(guess(&nobody, &desk.password()).status, 303);
    assert_eq!(guess(&nobody, "wrong").status, 401, "the slate is clean again");
}

#[test]
fn every_answer_to_the_operator_is_secured() {
    let desk = desk();
    let browser = desk.browser();
    let paths = ["/", "/login", "/payments", "/nothing", "/api/status", "/assets/live.js"];
    for path in paths {
        let reply = browser.get(path);
        let policy = header(&reply, "Content-Security-Policy");
        assert!(policy.starts_with("default-src 'self';"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(header(&reply, "X-Content-Type-Options"), "nosniff");
        assert_eq!(header(&reply, "Referrer-Policy"), "no-referrer");
        assert_eq!(header(&reply, "Cache-Control"), "no-store");
    }
    for path in ["/", "/payments", "/login"] {
        let page = text(&browser.get(path));
        let is_inline = |at: &str| page.contains(at);
        assert!(
            !is_inline("<script>") && !is_inline(" style=") && !is_inline(" onclick"),
            "{path}"
        );
    }
    assert_eq!(browser.ask("HEAD", "/", "").status, 200);
    assert_eq!(browser.get("/assets/../admin.token").status, 404);
}

#[test]
fn what_payers_type_is_text_and_nothing_else() {
    let desk = desk();
    held(&desk, "SKL0000002", "<script>alert(1)</script>'&");
    desk.box_.add_router("<b>Bold</b>", Access::Local);
    let browser = desk.browser();
    let page = text(&browser.get("/payments/1"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;"), "{page}");
    assert!(!page.contains("<script>"));
    let status = text(&browser.get("/"));
    assert!(status.contains("&lt;b&gt;Bold&lt;/b&gt;") && !status.contains("<b>Bold"));
    assert_eq!(browser.get("/payments?state=<script>").status, 400);
    assert_eq!(browser.get("/payments?before=x").status, 400);
}

#[test]
fn held_money_is_assigned_from_its_page_by_our_own_form_only() {
    let desk = desk();
    held(&desk, "SKL0000002", "x");
    let browser = desk.browser();
    let page = browser.get("/payments/1");
    assert!(text(&page).contains("This money waits for your word"));
    let token = form_token(&page);
    let assign = |body: &str| browser.post("/payments/1/assign", body);
    assert_eq!(assign("package=1h").status, 403);
    assert_eq!(assign("package=1h&form_token=0000").status, 403);
    let other =
        desk.browser().post("/payments/1/assign", &format!("package=1h&form_token={token}"));
    assert_eq!(other.status, 403, "another session's token");
    let elsewhere = browser.clone().with("Sec-Fetch-Site", "cross-site");
    let elsewhere = elsewhere.post("/payments/1/assign", &format!("package=1h&form_token={token}"));
    assert_eq!(elsewhere.status, 403);
    let back = "back=%2Fpayments%2F1";
    let refused = |package: &str| {
        let reply = assign(&format!("package={package}&{back}&form_token={token}"));
        assert_eq!((reply.status, header(&reply, "Location")), (303, "/payments/1"));
        text(&browser.get("/payments/1"))
    };
    assert!(refused("").contains("role=\"alert\">Choose a package first."));
    assert!(refused("9h").contains("role=\"alert\">No package 9h is for sale."));
    assert!(!text(&browser.get("/payments/1")).contains("role=\"alert\""), "it is told once");
    assert_eq!(desk.box_.one("SELECT state FROM payments"), "held");

    let done = assign(&format!("package=1h&{back}&form_token={token}"));
    assert_eq!((done.status, header(&done, "Location")), (303, "/payments/1"));
    let kept_up = browser.clone().with("X-Refresh", "1");
    assert!(!text(&kept_up.get("/payments/1")).contains("buys 1h"), "nobody would see it");
    assert!(
        text(&browser.get("/payments/1")).contains("Payment 1 buys 1h; the customer is let in")
    );
    desk.box_.settle();
    let page = text(&browser.get("/payments/1"));
    assert!(page.contains("payment assign by page"), "{page}");
    assert!(page.contains("router:Main") && !page.contains("waits for your word"));
    assert!(refused("1h").contains("Payment 1 is granted already."), "it bought once");
    let audit = desk.box_.list("SELECT what FROM audit WHERE about = 'payment:1'");
    assert_eq!(audit, ["payment assign"]);
}

#[test]
fn the_status_page_says_what_is_wrong_and_how_old_it_is() {
    let desk = desk();
    desk.box_.routers.set_offline(RouterId(1), true);
    desk.box_.receive(Stk, &stk("ws_CO_1", "SKL0000001", "20", PHONE));
    desk.box_.settle();
    desk.box_.clock.advance(Duration::from_secs(130));
    let page = text(&desk.browser().get("/"));
    let order = [
        "Received today",
        "KES 20",
        "1 payment, last ",
        "2 min ago",
        "Paid, not let in",
        "Held",
        "What needs you",
        "Urgent",
        "1 customer has paid and is not let in yet",
        "<h2 id=\"routers\"",
        "does not answer",
        "since ",
        "it is switched off",
        "<h2 id=\"queues\"",
        "provisioning",
        "<h2 id=\"latest\"",
        "SKL0000001",
        "2547****678",
        "Money",
        "received",
        "Access",
        "pending",
        "Delivery",
        "queued",
        "Session",
        "none",
        "<h2 id=\"box\"",
        "Clock",
        "Disk",
        "Database",
        "Last backup",
        "mlango 0.1.0",
    ];
    let mut rest = page.as_str();
    for word in order {
        rest = rest.split_once(word).unwrap_or_else(|| panic!("no {word} in {rest}")).1;
    }
    assert!(page.contains("/payments?state=not-let-in\">See who waits"));
    let waiting = text(&desk.browser().get("/payments?state=not-let-in"));
    assert!(waiting.contains("SKL0000001"), "{waiting}");
    assert!(!page.contains("254712345678"), "a passer-by may see the screen");
    assert!(page.contains("<main id=\"main\" data-live>") && page.contains("lang=\"en\""));
}

#[test]
fn payments_are_listed_by_state_and_page() {
    let desk = desk();
    for nth in 0..30 {
        held(&desk, &format!("SKL00001{nth:02}"), "x");
    }
    let browser = desk.browser();
    let first = text(&browser.get("/payments?state=held"));
    assert!(first.contains("SKL0000129") && first.contains("SKL0000105"));
    assert!(!first.contains("SKL0000104"));
    assert!(first.contains("/payments?state=held&amp;before=6\""), "{first}");
    let second = text(&browser.get("/payments?state=held&before=6"));
    assert!(second.contains("SKL0000104") && second.contains("SKL0000100"));
    assert!(!second.contains("Older payments"));
    for state in ["received", "not-let-in"] {
        let page = text(&browser.get(&format!("/payments?state={state}")));
        assert!(page.contains("There are none."), "{state}");
    }
    assert_eq!(browser.get("/payments/31").status, 404);
}

#[test]
fn a_browser_may_ask_for_payments_only_with_its_form_token() {
    let desk = desk();
    let browser = desk.browser();
    let body = r#"{"phone":"0712345678","package":"1h"}"#;
    assert_eq!(browser.post("/api/payments", body).status, 403);
    let token = form_token(&browser.get("/"));
    let asked = browser.clone().with("X-Form-Token", &token).post("/api/payments", body);
    assert_eq!(asked.status, 201);
    assert_eq!(browser.get("/api/payments/1").status, 200);
    assert_eq!(desk.box_.one("SELECT who FROM audit WHERE about = 'payment:1'"), "page");
}
