//! Pages are written with this: what stands in our own source goes in as it is, and all else is
//! escaped. Nothing that came from outside can be taken for markup.

use std::fmt::{self, Display, Write as _};

#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of our own. Being `'static`, it cannot hold anything read or received.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// Text from anywhere, between tags or in a quoted attribute.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Html {
        write!(Escaping(&mut self.0), "{text}").expect("a string takes whatever is written to it");
        self
    }

    /// What was written apart.
    pub(super) fn append(&mut self, other: Html) -> &mut Html {
        self.0.push_str(&other.0);
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

struct Escaping<'a>(&'a mut String);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // What a parser may drop, or show as something else than what is there.
                it if it.is_control() && it != '\n' => self.0.push('\u{fffd}'),
                it => self.0.push(it),
            }
        }
        Ok(())
    }
}

#[test]
fn what_comes_from_outside_stays_text() {
    let mut html = Html::default();
    html.raw("<a title=\"").text("\" onclick='x'").raw("\">").text("<script>&\u{0}").raw("</a>");
    assert_eq!(
        html.into_string(),
        "<a title=\"&quot; onclick=&#39;x&#39;\">&lt;script&gt;&amp;\u{fffd}</a>"
    );
}
