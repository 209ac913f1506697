//! Passes whole requests to the handlers' threads, over a few Unix sockets that are kept.

use super::admission::{Admission, Class};
use super::answer::{Answer, ReplyHead, parse_reply};
use super::head::{BAD_GATEWAY, GATEWAY_TIMEOUT, Head, Refusal, UNAVAILABLE, end_of_head};
use super::limits::{Limits, SMALL_BYTES};
use crate::http::server::Socket;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Connections kept when idle. The handlers' server holds a thread for each, and keeps this many
/// threads in any case.
const KEPT: usize = 4;
/// Between two tries to reach a thread.
const PAUSE: Duration = Duration::from_millis(50);
/// Has no `X-Real-IP`, so it comes to no handler.
const GREETING: &[u8] = b"OPTIONS / HTTP/1.1\r\nContent-Length: 0\r\n\r\n";

pub(super) struct Upstream {
    socket: Arc<Socket>,
    idle: Mutex<Vec<Link>>,
    /// One for each handler's thread.
    threads: Semaphore,
    /// Fewer, so that some threads are left for whom the door is for.
    threads_for_strangers: Semaphore,
    greeting: tokio::sync::Mutex<()>,
}

/// A connection to one binding of the handlers' socket.
struct Link {
    binding: u64,
    stream: UnixStream,
}

impl Upstream {
    pub(super) fn new(socket: Arc<Socket>, threads: usize) -> Upstream {
        Upstream {
            socket,
            idle: Mutex::default(),
            threads: Semaphore::new(threads),
            threads_for_strangers: Semaphore::new((threads - threads / 4).max(1)),
            greeting: tokio::sync::Mutex::default(),
        }
    }

    /// Has a request answered by a handler.
    pub(super) async fn exchange<'a>(
        &self,
        head: &Head,
        body: &[u8],
        class: Class,
        limits: &Limits,
        admission: &'a Admission,
    ) -> Result<Answer<'a>, Refusal> {
        let _thread =
            timeout(limits.line_time, self.thread(class)).await.map_err(|_| UNAVAILABLE)?;
        let work = async {
            let linked = timeout(limits.line_time, self.link()).await;
            let mut link = linked.map_err(|_| UNAVAILABLE)?;
            let talk = Talk { link: &mut link, class, admission };
            let answer = talk.exchange(head, body).await?;
            self.keep(link);
            Ok(answer)
        };
        timeout(limits.handler_time, work).await.unwrap_or(Err(GATEWAY_TIMEOUT))
    }

    async fn thread(&self, class: Class) -> (Option<SemaphorePermit<'_>>, SemaphorePermit<'_>) {
        const OPEN: &str = "these semaphores are never closed";
        let share = match class {
            Class::Expected => None,
            Class::Stranger => Some(self.threads_for_strangers.acquire().await.expect(OPEN)),
        };
        (share, self.threads.acquire().await.expect(OPEN))
    }

    /// A connection that a thread is known to serve. Tries until there is one: nothing was asked
    /// yet, so nothing can be asked twice.
    async fn link(&self) -> Link {
        loop {
            let (binding, path) = self.socket.current();
            if let Some(link) = self.pop(binding) {
                return link;
            }
            match self.greet(binding, &path).await {
                Ok(link) => return link,
                Err(error) => log::warn!("the http threads cannot be reached: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn greet(&self, binding: u64, path: &Path) -> io::Result<Link> {
        // One at a time, each until it is answered: of two connections that come while a thread
        // is about to wake, tiny_http may queue one behind the other, which is kept for ever.
        let _alone = self.greeting.lock().await;
        let connected = UnixStream::connect(path).await;
        if connected.as_ref().is_err_and(|it| it.kind() == io::ErrorKind::ConnectionRefused) {
            self.socket.give_up(binding);
        }
        let mut stream = connected?;
        stream.write_all(GREETING).await?;
        let (bytes, end) = read_head(&mut stream).await?;
        let reply = parse_reply(&bytes[..end], "OPTIONS").ok_or(io::ErrorKind::InvalidData)?;
        read_body(&mut stream, bytes[end..].to_vec(), reply.body_bytes).await?;
        Ok(Link { binding, stream })
    }

    fn pop(&self, binding: u64) -> Option<Link> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|it| it.binding == binding);
        idle.pop()
    }

    fn keep(&self, link: Link) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(link);
        }
    }
}

/// One request and its whole reply.
struct Talk<'l, 'a> {
    link: &'l mut Link,
    class: Class,
    admission: &'a Admission,
}

impl<'a> Talk<'_, 'a> {
    async fn exchange(self, head: &Head, body: &[u8]) -> Result<Answer<'a>, Refusal> {
        let stream = &mut self.link.stream;
        let broken = |error: io::Error| {
            log::error!("an http thread broke off: {error}");
            BAD_GATEWAY
        };
        stream.write_all(&head.forwarded).await.map_err(broken)?;
        stream.write_all(body).await.map_err(broken)?;
        let (bytes, end) = read_head(stream).await.map_err(broken)?;
        let Some(reply) = parse_reply(&bytes[..end], head.method) else {
            log::error!("a reply has no length, or is too long");
            return Err(BAD_GATEWAY);
        };
        let ReplyHead { written_anew, body_bytes, stream: state } = reply;
        let memory = if body_bytes <= SMALL_BYTES {
            None
        } else {
            Some(self.admission.memory(self.class, body_bytes).ok_or(UNAVAILABLE)?)
        };
        let body = read_body(stream, bytes[end..].to_vec(), body_bytes).await.map_err(broken)?;
        Ok(Answer { head: written_anew, body, memory, stream: state })
    }
}

/// Reads up to the end of a head, which is the second value, and perhaps beyond.
async fn read_head(stream: &mut UnixStream) -> io::Result<(Vec<u8>, usize)> {
    let mut bytes = Vec::with_capacity(1024);
    let mut searched = 0;
    loop {
        match end_of_head(&bytes, searched) {
            Ok(Some(end)) => return Ok((bytes, end)),
            Ok(None) => searched = bytes.len(),
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads on until the body, of which some may have come with the head, is whole.
async fn read_body(stream: &mut UnixStream, some: Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    let mut body = some;
    let missing = length.checked_sub(body.len()).ok_or(io::ErrorKind::InvalidData)?;
    body.reserve_exact(missing);
    let start = body.len();
    body.resize(length, 0);
    stream.read_exact(&mut body[start..]).await?;
    Ok(body)
}
