//! An answer without an end: a handler writes it page by page, asked anew whenever there is news.
//! It holds a connection, and no thread; who reads slowly is cut off, and comes again.

use super::admission::Stage;
use super::answer::Answer;
use super::connection::{Connection, End};
use super::head::{Head, UNAVAILABLE};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;

/// Few people look after one box.
const AT_ONCE: usize = 16;
/// Between two signs of life: less than proxies and browsers wait for one.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A comment, which readers skip (HTML standard, section 9.2.5).
const SIGN_OF_LIFE: &[u8] = b":\n\n";

/// The streams of one door.
pub(super) struct Streams {
    free: Semaphore,
    news: watch::Receiver<()>,
}

impl Streams {
    pub(super) fn new(news: watch::Receiver<()>) -> Streams {
        Streams { free: Semaphore::new(AT_ONCE), news }
    }
}

impl Connection<'_> {
    /// Writes a stream until its reader has gone, a handler ends it, or the program stops.
    pub(super) async fn stream(&mut self, head: &Head, first: Answer<'_>) -> Result<(), End> {
        let streams = &self.door.streams;
        let _place = streams.free.try_acquire().map_err(|_| UNAVAILABLE)?;
        // What was committed since the door opened may be news: this clone has seen none of it.
        let mut news = streams.news.clone();
        let Answer { head: mut beginning, body, stream, .. } = first;
        beginning.extend_from_slice(b"Connection: close\r\n\r\n");
        beginning.extend_from_slice(&body);
        self.write_all(&beginning).await?;
        let mut state = stream.unwrap_or_default();
        loop {
            self.place.is_now(Stage::Waiting); // A stop cuts it at once.
            let mut is_due = false;
            tokio::select! {
                changed = news.changed() => changed.map_err(|_| End::Last)?,
                () = sleep(HEARTBEAT) => is_due = true,
                _ = self.stream.readable() => return Err(End::Silent), // It has gone.
            }
            while let Some(page) = self.page(head, &mut state).await? {
                self.write_all(&page).await?;
                is_due = false;
            }
            if is_due {
                self.write_all(SIGN_OF_LIFE).await?;
            }
        }
    }

    /// What follows `state`, which moves on. `None` if that is nothing so far.
    async fn page(&self, head: &Head, state: &mut String) -> Result<Option<Vec<u8>>, End> {
        self.place.is_now(Stage::Served);
        let (upstream, admission) = (&self.door.upstream, &self.door.admission);
        let next = head.continued(state);
        let class = self.place.class;
        // Any refusal ends it, be it that its login has ended: its reader comes again, and learns.
        let answer = upstream.exchange(&next, &[], class, self.limits, admission).await;
        let answer = answer.map_err(|_| End::Last)?;
        self.place.is_now(Stage::Talking);
        *state = answer.stream.ok_or(End::Last)?;
        Ok((!answer.body.is_empty()).then_some(answer.body))
    }
}
