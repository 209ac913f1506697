//! The text that Prometheus reads (exposition format 0.0.4): families of figures, each with what
//! it means.

use std::fmt::{Display, Write as _};

/// A gauge goes up and down; a counter only up, until the program starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Gauge,
    Counter,
}

#[derive(Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// A figure without labels; left out where it is not known.
    pub(super) fn figure(
        &mut self,
        kind: Kind,
        name: &'static str,
        help: &'static str,
        value: Option<impl Display>,
    ) {
        let mut family = self.family(kind, name, help);
        if let Some(value) = value {
            family.sample(&[], value);
        }
    }

    pub(super) fn family(
        &mut self,
        kind: Kind,
        name: &'static str,
        help: &'static str,
    ) -> Family<'_> {
        let kind = match kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        };
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { text: &mut self.0, name }
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Figures of one name, told apart by their labels.
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Family<'_> {
    pub(super) fn sample(&mut self, labels: &[(&'static str, &str)], value: impl Display) {
        self.text.push_str(self.name);
        for (nth, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{label}=\"", if nth == 0 { '{' } else { ',' });
            for letter in text.chars() {
                match letter {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    other => self.text.push(other),
                }
            }
            self.text.push('"');
        }
        self.text.push_str(if labels.is_empty() { " " } else { "} " });
        let _ = writeln!(self.text, "{value}");
    }
}

#[test]
fn names_from_outside_stay_within_their_quotes() {
    let mut text = Exposition::default();
    text.family(Kind::Gauge, "a", "It is.").sample(&[("x", "\"\\\n"), ("y", "é")], 1);
    text.figure(Kind::Counter, "b_total", "It was.", Some(2.5));
    text.figure(Kind::Gauge, "c", "Nobody knows.", None::<u8>);
    assert_eq!(
        text.into_string(),
        "# HELP a It is.\n# TYPE a gauge\na{x=\"\\\"\\\\\\n\",y=\"é\"} 1\n\
         # HELP b_total It was.\n# TYPE b_total counter\nb_total 2.5\n\
         # HELP c Nobody knows.\n# TYPE c gauge\n"
    );
}
