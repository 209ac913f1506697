//! The foot of the status page: the box itself.

use super::html::Html;
use super::parts::{Tone, chip, time};
use super::words;
use crate::view::Status;

/// The clock, the disk, the database, backups, SMS and the program.
pub(super) fn write(html: &mut Html, status: &Status) {
    html.raw("<section aria-labelledby=\"box\"><h2 id=\"box\">The box</h2><dl class=\"facts\">");
    clock(html, status);
    disk(html, status);
    database(html, status);
    backup(html, status);
    fact(html, "SMS today");
    let sms = &status.sms;
    html.text(words::grouped(sms.sent_today)).raw(" sent, ");
    html.text(words::grouped(sms.failed_today)).raw(" failed");
    end_fact(html);
    fact(html, "Program");
    html.raw("mlango ").text(status.version);
    if let Some(at) = status.started_at {
        html.raw(", started ");
        time(html, at, status.at.wall);
    }
    end_fact(html);
    html.raw("</dl></section>");
}

fn fact(html: &mut Html, what: &'static str) {
    html.raw("<div><dt>").raw(what).raw("</dt><dd>");
}

fn end_fact(html: &mut Html) {
    html.raw("</dd></div>");
}

fn clock(html: &mut Html, status: &Status) {
    fact(html, "Clock");
    if status.clock.trusted {
        chip(html, Tone::Good, "", "set");
    } else {
        chip(html, Tone::Warn, "", "not to be believed");
    }
    html.raw(match status.clock.source {
        "ntp" => " by a time server",
        "config" => " by the configuration's word",
        _ => ": no time server has set it",
    });
    end_fact(html);
}

fn disk(html: &mut Html, status: &Status) {
    fact(html, "Disk");
    match status.disk {
        Some(disk) => {
            if disk.is_low() {
                chip(html, Tone::Bad, "", "low");
                html.raw(" ");
            }
            html.text(words::bytes(disk.free_bytes)).raw(" free of ");
            html.text(words::bytes(disk.total_bytes));
            html.raw(" (").text(disk.free_percent()).raw(" %)");
        }
        None => {
            html.raw("it does not say how full it is");
        }
    }
    end_fact(html);
}

fn database(html: &mut Html, status: &Status) {
    let size = |bytes: i64| words::bytes(u64::try_from(bytes).unwrap_or(0));
    fact(html, "Database");
    html.text(size(status.database.bytes)).raw(", log ");
    html.text(words::bytes(status.database.wal_bytes)).raw(", free inside ");
    html.text(size(status.database.free_bytes));
    end_fact(html);
}

fn backup(html: &mut Html, status: &Status) {
    fact(html, "Last backup");
    match status.backup.last_at {
        Some(at) => {
            time(html, at, status.at.wall);
            html.raw(if status.backup.verified { ", verified" } else { ", not verified" });
        }
        None => chip(html, Tone::Warn, "", "none yet"),
    }
    end_fact(html);
}
