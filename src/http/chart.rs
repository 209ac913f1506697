//! A row of bars, drawn by the box itself; beside it the same in words and as a table, for those
//! who do not see it.

use super::html::Html;

const WIDTH: usize = 600;
const HEIGHT: i64 = 100;

pub(super) struct Bar {
    /// Below the bar, and in the table: `14:00`.
    pub(super) when: String,
    pub(super) value: i64,
    /// The value in words: `KES 1,240 in 12 payments`.
    pub(super) words: String,
}

pub(super) struct Chart<'a> {
    /// Unique in its page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What the bars show, in a sentence.
    pub(super) summary: &'a str,
    pub(super) bars: &'a [Bar],
}

pub(super) fn write(html: &mut Html, chart: &Chart<'_>) {
    let Chart { id, title, summary, bars } = chart;
    html.raw("<figure class=\"chart\"><figcaption><strong>").raw(title).raw("</strong> ");
    html.raw("<span class=\"note\">").text(summary).raw("</span></figcaption>");
    html.raw("<svg viewBox=\"0 0 ").text(WIDTH).raw(" ").text(HEIGHT);
    html.raw("\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"").text(summary);
    html.raw("\">");
    let most = bars.iter().map(|it| it.value).max().unwrap_or(0).max(1);
    let step = WIDTH / bars.len().max(1);
    for (nth, bar) in bars.iter().enumerate() {
        // Whatever there is can be seen, be it little.
        let height = if bar.value == 0 { 1 } else { (bar.value * HEIGHT / most).max(3) };
        html.raw("<rect class=\"").raw(if bar.value == 0 { "none" } else { "bar" });
        html.raw("\" x=\"").text(nth * step).raw("\" width=\"").text(step.max(3) - 2);
        html.raw("\" y=\"").text(HEIGHT - height).raw("\" height=\"").text(height).raw("\">");
        html.raw("<title>").text(&bar.when).raw(": ").text(&bar.words).raw("</title></rect>");
    }
    html.raw("</svg><p class=\"axis note\" aria-hidden=\"true\">");
    let middle = bars.len() / 2;
    for bar in [bars.first(), bars.get(middle), bars.last()].into_iter().flatten() {
        html.raw("<span>").text(&bar.when).raw("</span>");
    }
    html.raw("</p><details id=\"").raw(id).raw("\"><summary>As a table</summary><div class=");
    html.raw("\"scroll\"><table><tbody>");
    for bar in bars.iter().rev().filter(|it| it.value != 0) {
        html.raw("<tr><th scope=\"row\">").text(&bar.when).raw("</th><td>").text(&bar.words);
        html.raw("</td></tr>");
    }
    html.raw("</tbody></table></div></details></figure>");
}
