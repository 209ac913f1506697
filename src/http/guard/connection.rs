//! One peer's connection: reads whole requests within limits, one after the other, and writes
//! their answers in that order.

use super::Door;
use super::admission::{Place, Stage};
use super::answer::Answer;
use super::head::{CONTENT_TOO_LARGE, Head, REQUEST_TIMEOUT, Refusal, UNAVAILABLE, end_of_head};
use super::limits::{Limits, SMALL_BYTES, WRITE_STEP_BYTES};
use super::own::Own;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How much is read at a time; also what a connection's buffer is at least, while in use.
const READ_BYTES: usize = 1024;
const READ_BODY_BYTES: usize = 16 << 10;
/// Who goes on sending after a refusal, and this much, does not care for the answer.
const LINGER_BYTES: usize = 4 << 20;

/// Why a connection ends.
pub(super) enum End {
    /// The peer is gone, or has nothing to say.
    Silent,
    /// There will be no more requests.
    Last,
    Refused(Refusal),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> End {
        End::Refused(refusal)
    }
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> End {
        End::Silent
    }
}

/// Serves a connection to its end.
pub(super) async fn serve(stream: TcpStream, peer: IpAddr, door: &Door, place: &Place) {
    let _ = stream.set_nodelay(true);
    let limits = &door.limits;
    let mut connection = Connection { stream, peer, door, place, limits, buffer: Vec::new() };
    let mut patience = limits.head_time;
    let end = loop {
        match connection.next(patience).await {
            Ok(()) => patience = limits.idle_time,
            Err(end) => break end,
        }
    };
    match end {
        End::Silent => {}
        End::Last => connection.part(&[]).await,
        End::Refused(refusal) => connection.part(&refusal.bytes()).await,
    }
}

pub(super) struct Connection<'a> {
    pub(super) stream: TcpStream,
    peer: IpAddr,
    pub(super) door: &'a Door,
    pub(super) place: &'a Place,
    pub(super) limits: &'a Limits,
    /// What was read and not yet used: it may hold the next request.
    buffer: Vec<u8>,
}

impl Connection<'_> {
    /// Reads one request, if it begins within `patience`, and answers it.
    async fn next(&mut self, patience: Duration) -> Result<(), End> {
        let admission = &self.door.admission;
        self.place.is_now(Stage::Waiting);
        if admission.is_closing() {
            return Err(End::Last);
        }
        if self.buffer.is_empty() {
            self.buffer = Vec::new(); // an idle connection holds no memory
            timeout(patience, self.more(READ_BYTES)).await.unwrap_or(Err(End::Silent))?;
        }
        let end = within(self.limits.head_time, self.read_head()).await?;
        self.place.is_now(Stage::Talking);

        let head = Head::parse(&self.buffer[..end], self.peer)?;
        if self.limits.body_bytes < head.body_bytes {
            return Err(CONTENT_TOO_LARGE.into());
        }
        let _memory = match head.body_bytes {
            0..=SMALL_BYTES => None,
            long => Some(admission.memory(self.place.class, long).ok_or(UNAVAILABLE)?),
        };
        within(self.limits.body_time, self.read_body(&head, end)).await?;
        let body = &self.buffer[end..end + head.body_bytes];
        let answer = match Own::of(&head) {
            Some(own) => own.answer(&head, &self.door.health),
            None => {
                self.place.is_now(Stage::Served);
                let upstream = &self.door.upstream;
                upstream.exchange(&head, body, self.place.class, self.limits, admission).await?
            }
        };
        self.place.is_now(Stage::Talking);
        self.buffer.drain(..end + head.body_bytes);
        self.buffer.shrink_to(READ_BYTES);
        if answer.stream.is_some() {
            return self.stream(&head, answer).await;
        }

        let is_last = head.is_last || admission.is_closing();
        self.write(answer, is_last).await?;
        if is_last { Err(End::Last) } else { Ok(()) }
    }

    async fn read_head(&mut self) -> Result<usize, End> {
        let mut searched = 0;
        loop {
            if let Some(end) = end_of_head(&self.buffer, searched)? {
                return Ok(end);
            }
            searched = self.buffer.len();
            self.more(READ_BYTES).await?;
        }
    }

    /// Reads until the body, which begins at `start`, is whole.
    async fn read_body(&mut self, head: &Head, start: usize) -> Result<(), End> {
        let end = start + head.body_bytes;
        if self.buffer.len() < end && head.expects_continue {
            self.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while self.buffer.len() < end {
            let missing = end - self.buffer.len();
            self.more(missing.min(READ_BODY_BYTES)).await?;
        }
        Ok(())
    }

    /// Reads what has come, waiting for at least one byte. A full buffer grows by `most`.
    async fn more(&mut self, most: usize) -> Result<(), End> {
        self.stream.readable().await?;
        if self.buffer.len() == self.buffer.capacity() {
            self.buffer.reserve_exact(most);
        }
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(End::Silent),
            _ => Ok(()),
        }
    }

    async fn write(&mut self, answer: Answer<'_>, is_last: bool) -> Result<(), End> {
        let Answer { mut head, body, memory: _memory, .. } = answer;
        head.extend_from_slice(if is_last { b"Connection: close\r\n\r\n" } else { b"\r\n" });
        if head.len() + body.len() <= WRITE_STEP_BYTES {
            head.extend_from_slice(&body);
            return self.write_all(&head).await;
        }
        self.write_all(&head).await?;
        self.write_all(&body).await
    }

    /// Writes all, as long as the peer takes each step of it in time.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), End> {
        for step in bytes.chunks(WRITE_STEP_BYTES) {
            let written = timeout(self.limits.write_time, self.stream.write_all(step)).await;
            written.map_err(|_| End::Silent)??;
        }
        Ok(())
    }

    /// Says the last word, and reads on for a moment: to close with unread bytes would reset the
    /// connection, and what was written might be lost with it.
    async fn part(&mut self, word: &[u8]) {
        self.place.is_now(Stage::Talking);
        self.buffer = Vec::new();
        let parting = async {
            self.stream.write_all(word).await?;
            self.stream.shutdown().await?;
            let mut ignored = vec![0; READ_BODY_BYTES];
            let mut read = 0;
            while read < LINGER_BYTES {
                match self.stream.read(&mut ignored).await? {
                    0 => break,
                    some => read += some,
                }
            }
            Ok::<_, io::Error>(())
        };
        let _ = timeout(self.limits.linger_time, parting).await;
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, End>>) -> Result<T, End> {
    timeout(limit, work).await.unwrap_or(Err(REQUEST_TIMEOUT.into()))
}
