//! One action of an operator, from the form that asks for it to the page that tells what became
//! of it.

use crate::domain::Invalid;
use crate::http::forms::{self, BACK, Look};
use crate::http::frame::{self, Freshness, Place};
use crate::http::notice::Notice;
use crate::http::parts::Tone;
use crate::http::sessions::Session;
use crate::http::{Doors, HttpError, Reply, Request, form, login};
use crate::jobs::counter::Counter;
use crate::jobs::sale::{self, Refusal};
use crate::store::Tx;
use std::fmt::Display;
use std::str::FromStr;

/// The field by which the page in between says yes.
const SURE: &str = "sure";
const LONGEST_PATH: usize = 200;

pub(super) struct Errand<'a> {
    pub(super) doors: &'a Doors,
    pub(super) request: &'a Request,
    pub(super) session: &'a Session,
}

/// How far an action has come.
pub(super) enum Step {
    /// It is done; the words say what.
    Done(String),
    /// The same, and the page to go on from is another than the form's.
    DoneAt { path: String, words: String },
    /// It takes something away, so it waits for a yes.
    Ask(Question),
}

/// What the page in between says.
pub(super) struct Question {
    pub(super) title: String,
    /// What will be gone, and whether it can be had back.
    pub(super) text: String,
    /// On the button that says yes.
    pub(super) button: &'static str,
}

/// The number of a row in a path.
pub(super) fn number<T: FromStr>(text: &str) -> Result<T, HttpError> {
    text.parse().map_err(|_| HttpError::NotFound)
}

pub(super) fn refused(words: impl Display) -> HttpError {
    HttpError::Conflict(words.to_string())
}

impl Errand<'_> {
    /// Whether the operator has said yes on the page in between.
    pub(super) fn is_sure(&self) -> bool {
        self.request.field(SURE).as_deref() == Some("yes")
    }

    /// What was typed into a field, without blanks around it; empty if there is no such field.
    pub(super) fn text(&self, name: &str) -> String {
        self.request.field(name).unwrap_or_default().trim().to_owned()
    }

    /// What was typed or chosen, understood.
    pub(super) fn read<T: FromStr<Err = Invalid>>(&self, name: &str) -> Result<T, HttpError> {
        self.text(name).parse().map_err(|error| HttpError::BadRequest(format!("{name}: {error}")))
    }

    /// The same of a field that may be left empty.
    pub(super) fn read_any<T: FromStr<Err = Invalid>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, HttpError> {
        if self.text(name).is_empty() { Ok(None) } else { self.read(name).map(Some) }
    }

    /// Writes all of `body` as the operator at the counter, or nothing if it is refused.
    pub(super) fn at_counter<T>(
        &self,
        body: impl FnOnce(&Counter<'_>, &Tx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, HttpError> {
        let counter = Counter { config: &self.doors.config, who: super::WHO };
        Ok(sale::write(&self.doors.store, |tx| body(&counter, tx))?)
    }

    /// Answers with the page that follows. What is refused leads back to its form.
    pub(super) fn follow(&self, step: Result<Step, HttpError>) -> Result<Reply, HttpError> {
        let (tone, path, words, form) = match step {
            Ok(Step::Ask(question)) => return Ok(self.ask(&question)),
            Ok(Step::Done(words)) => (Tone::Good, self.back(), words, None),
            Ok(Step::DoneAt { path, words }) => (Tone::Good, path, words, None),
            Err(HttpError::BadRequest(words) | HttpError::Conflict(words)) => {
                (Tone::Bad, self.back(), sentence(&words), Some(self.request.body.clone()))
            }
            Err(error) => return Err(error),
        };
        self.session.notice.put(Notice { tone, words, form });
        Ok(login::see_other(&path))
    }

    /// The page that the form stands on: one of ours.
    fn back(&self) -> String {
        let back = self.request.field(BACK).unwrap_or_default();
        let is_ours = back.len() <= LONGEST_PATH
            && back.starts_with('/')
            && !back.starts_with("//")
            && back.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
        if is_ours { back } else { "/".to_owned() }
    }

    /// Posts the same again, with a yes.
    fn ask(&self, question: &Question) -> Reply {
        let sent = std::str::from_utf8(&self.request.body).unwrap_or_default();
        let back = self.back();
        frame::page(self.session, &question.title, Place::Status, Freshness::Still, |html| {
            html.raw("<section class=\"held\"><h1>").text(&question.title).raw("</h1><p>");
            html.text(&question.text).raw("</p>");
            forms::begin(html, self.session, &self.request.path, &back);
            let own = [SURE, BACK, login::FORM_TOKEN];
            for (name, value) in form::pairs(sent).filter(|it| !own.contains(&it.0.as_str())) {
                forms::hidden(html, &name, value);
            }
            forms::hidden(html, SURE, "yes");
            forms::button(html, Look::Danger, question.button, "");
            html.raw(" <a href=\"").text(&back).raw("\">No, go back</a>");
            forms::end(html);
            html.raw("</section>");
        })
    }
}

/// Our errors begin small and have no full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[test]
fn errors_become_sentences() {
    assert_eq!(sentence("no package 9h is for sale"), "No package 9h is for sale.");
    assert_eq!(sentence(""), ".");
}
