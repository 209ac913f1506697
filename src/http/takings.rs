//! What the day brought: by package, and by hour.

use super::chart::{self, Bar, Chart};
use super::html::Html;
use super::words;
use crate::domain::money::Cents;
use crate::domain::time::Timestamp;
use crate::view::day::Sold;
use crate::view::depth::MINUTES;

const HOURS: i64 = 24;
const HOUR_MS: i64 = 3_600_000;

/// What was sold of each package, the dearest total first.
pub(super) fn by_package(html: &mut Html, sold: &[Sold]) {
    if sold.is_empty() {
        html.raw("<p class=\"empty\">Nothing was sold.</p>");
        return;
    }
    html.raw("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Package</th>");
    html.raw("<th scope=\"col\">Sold</th><th scope=\"col\">Received</th></tr></thead><tbody>");
    for it in sold {
        html.raw("<tr><th scope=\"row\">").text(&it.package).raw("</th><td>");
        html.text(words::grouped(it.sum.count)).raw("</td><td>");
        html.text(words::shillings(it.sum.amount())).raw("</td></tr>");
    }
    html.raw("</tbody></table></div>");
}

/// When the hour began that is the first of those shown at `now`.
pub(super) fn first_hour(now: Timestamp) -> Timestamp {
    Timestamp((now.0.div_euclid(HOUR_MS) + 1 - HOURS) * HOUR_MS)
}

pub(super) fn by_hour(html: &mut Html, from: Timestamp, hours: &[(i64, i64, Cents)]) {
    let bars: Vec<Bar> = (0..HOURS)
        .map(|nth| {
            let found = hours.iter().find(|it| it.0 == nth);
            let (count, amount) = found.map_or((0, Cents(0)), |it| (it.1, it.2));
            let payments = words::count(count, "payment", "payments");
            Bar {
                when: hour(from, nth),
                value: amount.0,
                words: format!("{} in {payments}", words::shillings(amount)),
            }
        })
        .collect();
    let (count, amount) = hours.iter().fold((0, 0), |sum, it| (sum.0 + it.1, sum.1 + it.2.0));
    let payments = words::count(count, "payment", "payments");
    let best = bars.iter().max_by_key(|it| it.value).filter(|it| 0 < it.value);
    let best = best.map_or(String::new(), |it| format!("; the best hour was {}", it.when));
    let total = words::shillings(Cents(amount));
    let summary = format!("{total} in {payments} in the last 24 hours{best}.");
    let chart = Chart { id: "hours", title: "Sales per hour", summary: &summary, bars: &bars };
    chart::write(html, &chart);
}

/// As clocks in East Africa show it: `14:00`.
fn hour(from: Timestamp, nth: i64) -> String {
    let text = Timestamp(from.0 + nth * HOUR_MS).local_short();
    text.rsplit(' ').next().unwrap_or_default().to_owned()
}

pub(super) fn queue_depth(html: &mut Html, depth: &[i64; MINUTES]) {
    let bars: Vec<Bar> = depth
        .iter()
        .enumerate()
        .map(|(nth, &value)| Bar {
            when: match MINUTES - nth {
                1 => "now".to_owned(),
                ago => format!("{ago} min ago"),
            },
            value,
            words: words::count(value, "job", "jobs"),
        })
        .collect();
    let most = depth.iter().copied().max().unwrap_or(0);
    let most = words::count(most, "job", "jobs");
    let summary = format!("At most {most} waited for a worker at once in the last hour.");
    let chart = Chart { id: "depth", title: "Queue depth", summary: &summary, bars: &bars };
    chart::write(html, &chart);
}

#[test]
fn hours_are_those_of_east_africa() {
    let now = Timestamp(1_700_000_000_000); // 2023-11-15 01:13 in Nairobi
    let first = first_hour(now);
    assert_eq!(first.local_short(), "14 Nov 02:00");
    assert_eq!((hour(first, 0), hour(first, 23)), ("02:00".to_owned(), "01:00".to_owned()));
}
