//! What became of an action, told once, on the page that follows it.

use super::form;
use super::html::Html;
use super::parts::Tone;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) tone: Tone,
    pub(super) words: String,
    /// The form that was refused, as it was sent: nobody has to fill it in again.
    pub(super) form: Option<Vec<u8>>,
}

/// The notice that waits for the next page of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(Arc<Mutex<Option<Notice>>>);

impl Waiting {
    pub(super) fn put(&self, notice: Notice) {
        *self.lock() = Some(notice);
    }

    pub(super) fn take(&self) -> Option<Notice> {
        self.lock().take()
    }

    /// What was typed into a field of the form that was refused.
    pub(super) fn typed(&self, name: &str) -> Option<String> {
        let waiting = self.lock();
        let form = waiting.as_ref()?.form.as_ref()?;
        form::value(std::str::from_utf8(form).ok()?, name)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Notice>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn write(html: &mut Html, notice: &Notice) {
    let role = if notice.tone == Tone::Bad { "alert" } else { "status" };
    html.raw("<p id=\"notice\" class=\"alert ").text(notice.tone.class()).raw("\" role=\"");
    html.text(role).raw("\">").text(&notice.words).raw("</p>");
}
