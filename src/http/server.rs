//! Runs the handlers on threads of their own. The only file that knows tiny_http, which speaks
//! to the guard alone, over a Unix socket that nobody else can reach.

use super::{Headers, Listener, Reply, Request, form};
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What answers the requests of one listener. It may block; a panic costs a 500 and no thread.
pub type Handler = Arc<dyn Fn(Request) -> Reply + Send + Sync>;

/// Handlers read JSON and pages, and hold no large buffers on the stack.
const STACK_BYTES: usize = 512 << 10;
/// Between two tries to bind a socket.
const PAUSE: Duration = Duration::from_millis(50);

pub struct Settings {
    pub listener: Listener,
    /// Where the sockets lie: made if missing, and closed to everyone else.
    pub directory: PathBuf,
    pub threads: usize,
    pub body_limit_bytes: usize,
}

/// The socket behind which the handlers are, bound anew if it breaks.
pub struct Socket(Mutex<Bound>);

#[derive(Clone)]
struct Bound {
    number: u64,
    path: PathBuf,
    server: Arc<tiny_http::Server>,
}

impl Socket {
    /// Which binding it is now, and the path of that one.
    pub fn current(&self) -> (u64, PathBuf) {
        let bound = self.lock();
        (bound.number, bound.path.clone())
    }

    /// To be called when binding `number` takes no connections, though there are descriptors:
    /// tiny_http's accept thread has ended, and told nobody.
    pub fn give_up(&self, number: u64) {
        let bound = self.lock();
        if bound.number == number {
            bound.server.unblock(); // a thread that is woken for nothing binds anew
        }
    }

    fn bound(&self) -> Bound {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Bound> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Named threads that answer requests until [`Server::stop`].
pub struct Server {
    desk: Arc<Desk>,
    threads: Vec<JoinHandle<()>>,
}

struct Desk {
    settings: Settings,
    handler: Handler,
    socket: Arc<Socket>,
    replacing: Mutex<()>,
    is_stopping: AtomicBool,
}

impl Server {
    pub fn start(mut settings: Settings, handler: Handler) -> io::Result<Server> {
        settings.threads = settings.threads.max(1);
        make_private(&settings.directory)?;
        let bound = bind(&settings, 0)?;
        let threads = settings.threads;
        let desk = Arc::new(Desk {
            settings,
            handler,
            socket: Arc::new(Socket(Mutex::new(bound))),
            replacing: Mutex::new(()),
            is_stopping: AtomicBool::new(false),
        });
        let threads = (0..threads).map(|index| spawn(&desk, index)).collect::<io::Result<_>>()?;
        Ok(Server { desk, threads })
    }

    pub fn socket(&self) -> Arc<Socket> {
        self.desk.socket.clone()
    }

    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Answers what has come in whole, and ends the threads. To be called when the guard has
    /// ended: what comes later is not answered.
    pub fn stop(self) {
        self.desk.is_stopping.store(true, Ordering::SeqCst);
        self.desk.wake_all(&self.desk.socket.bound());
        for thread in self.threads {
            if thread.join().is_err() {
                log::error!("an http thread had ended by a panic");
            }
        }
    }
}

fn spawn(desk: &Arc<Desk>, index: usize) -> io::Result<JoinHandle<()>> {
    let name = match desk.settings.listener {
        Listener::Strangers => format!("http-{index}"),
        Listener::Admin => format!("http-admin-{index}"),
    };
    let desk = desk.clone();
    thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(move || desk.work())
}

impl Desk {
    fn work(&self) {
        loop {
            let bound = self.socket.bound();
            match bound.server.recv() {
                Ok(request) => self.answer(request),
                Err(_) if self.is_stopping.load(Ordering::SeqCst) => return,
                Err(error) => self.replace(&bound, &error),
            }
        }
    }

    /// tiny_http never accepts again after one failure, so a socket that had one is given up for
    /// a new one. Threads woken from the old one come here, too, and find it done.
    fn replace(&self, broken: &Bound, error: &io::Error) {
        let _alone = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.socket.lock().number != broken.number {
            return;
        }
        log::error!("the http socket takes no more connections, binding it anew: {error}");
        let fresh = loop {
            match bind(&self.settings, broken.number + 1) {
                Ok(fresh) => break fresh,
                Err(_) if self.is_stopping.load(Ordering::SeqCst) => return,
                Err(_) => thread::sleep(PAUSE), // out of descriptors: some will come back
            }
        };
        *self.socket.lock() = fresh;
        self.wake_all(broken); // after what it took while it could: wake-ups stand in line, too
    }

    fn wake_all(&self, bound: &Bound) {
        for _ in 0..self.settings.threads {
            bound.server.unblock(); // wakes one thread
        }
    }

    fn answer(&self, mut request: tiny_http::Request) {
        let reply = match self.read(&mut request) {
            Ok(request) => catch_unwind(AssertUnwindSafe(|| (self.handler)(request)))
                .unwrap_or_else(|_| {
                    log::error!("a request ended in a panic");
                    Reply::text(500, "something is wrong on our side\n")
                }),
            Err(reply) => reply,
        };
        if let Err(error) = request.respond(to_response(reply)) {
            log::debug!("a reply was not taken: {error}");
        }
    }

    fn read(&self, request: &mut tiny_http::Request) -> Result<Request, Reply> {
        let bad = || Reply::text(400, "bad request\n");
        let headers = request.headers().iter().map(|field| {
            (field.field.as_str().as_str().to_owned(), field.value.as_str().to_owned())
        });
        let headers = Headers::new(headers.collect());
        // The guard alone writes this, on every request it forwards. Its greeting has none.
        let peer = headers.get("X-Real-IP").and_then(|it| it.parse().ok()).ok_or_else(bad)?;
        let (path, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
        let (path, query) = (form::decode(path).ok_or_else(bad)?, query.to_owned());

        let limit = self.settings.body_limit_bytes;
        let mut body = Vec::with_capacity(request.body_length().unwrap_or(0).min(limit));
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        request.as_reader().take(most).read_to_end(&mut body).map_err(|_| bad())?;
        if limit < body.len() {
            return Err(super::HttpError::TooLong.into_reply());
        }
        let method = request.method().as_str().to_owned();
        let listener = self.settings.listener;
        Ok(Request { method, path, query, headers, body, peer, listener })
    }
}

fn to_response(reply: Reply) -> tiny_http::Response<io::Cursor<Vec<u8>>> {
    let mut response = tiny_http::Response::from_data(reply.body)
        .with_status_code(reply.status)
        .with_chunked_threshold(usize::MAX); // the guard tells the end of a reply by its length
    let content_type = (!reply.content_type.is_empty()).then_some(reply.content_type);
    let fields = content_type.map(|it| ("Content-Type", it.to_owned()));
    for (name, value) in fields.into_iter().chain(reply.headers) {
        match tiny_http::Header::from_bytes(name, value) {
            Ok(header) => response.add_header(header),
            Err(()) => log::error!("the header {name} of a reply is not ASCII, so it was left out"),
        }
    }
    response
}

fn bind(settings: &Settings, number: u64) -> io::Result<Bound> {
    let name = match settings.listener {
        Listener::Strangers => format!("http-{number}.sock"),
        Listener::Admin => format!("admin-{number}.sock"),
    };
    let path = settings.directory.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let server = tiny_http::Server::http_unix(&path)
        .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
    Ok(Bound { number, path, server: Arc::new(server) })
}

/// Whoever reaches the socket goes round the guard and can claim any address.
fn make_private(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    fs::set_permissions(directory, Permissions::from_mode(0o700))
}
