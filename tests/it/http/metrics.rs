//! What Prometheus reads, by the judgement of its own checker.

use super::desk::{Desk, text};
use crate::harness::Appliance;
use crate::sale::{PHONE, c2b};
use mlango::domain::payment::CallbackDoor::Confirmation;
use mlango::domain::router::Access;
use mlango::http::Listener;
use std::io::Write as _;
use std::process::{Command, Stdio};

fn desk() -> Desk {
    let box_ = Appliance::with_router(Access::Both);
    box_.add_router("Bar \"A\" \\ roof", Access::Local);
    box_.receive(Confirmation, &c2b("SKL0000001", "20.00", PHONE, ""));
    box_.receive(Confirmation, &c2b("SKL0000002", "15.00", PHONE, ""));
    box_.settle();
    Desk::of(box_)
}

/// Fails with promtool's own words.
fn check(metrics: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: type  scripts/prerequisites");
    promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && words.is_empty(), "{}", String::from_utf8_lossy(&words));
}

#[test]
fn its_own_checker_finds_nothing_to_say() {
    let desk = desk();
    let metrics = text(&desk.admin().get("/metrics"));
    check(&metrics);
    for line in [
        "mlango_payments_today 2",
        "mlango_received_today_shillings 35.00",
        "mlango_payments_held 1",
        "mlango_queue_jobs{queue=\"payments\",state=\"ready\"} 0",
        "mlango_queue_runs_last_hour{queue=\"payments\",outcome=\"done\"} 2",
        "mlango_issue{code=\"money_held\",severity=\"warning\"} 1",
        "mlango_router_up{router=\"Bar \\\"A\\\" \\\\ roof\"}",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn figures_are_for_the_operator() {
    let desk = desk();
    assert_eq!(desk.at(Listener::Admin).get("/metrics").status, 401);
    assert_eq!(desk.portal().get("/metrics").status, 404);
}
