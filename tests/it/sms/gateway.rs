//! A gateway that takes one connection and then does as it is told.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What it does once it has read the request.
pub(super) enum Then {
    Answer(String),
    /// Says this much, and then nothing until the other side gives up.
    StopAfter(&'static str),
    Close,
}

pub(super) struct Gateway {
    pub(super) url: String,
    thread: JoinHandle<String>,
}

impl Gateway {
    pub(super) fn start(then: Then) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/send", listener.local_addr().expect("bound"));
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            drop(listener); // A second one would be refused, and the test would see it.
            let request = read_request(&mut stream);
            match then {
                Then::Answer(answer) => drop(stream.write_all(answer.as_bytes())),
                Then::StopAfter(start) => {
                    stream.write_all(start.as_bytes()).expect("the other side waits");
                    drop(stream.read_to_end(&mut Vec::new()));
                }
                Then::Close => {}
            }
            request
        });
        Gateway { url, thread }
    }

    /// Answers with this status line and JSON.
    pub(super) fn answering(status: &str, body: &str) -> Gateway {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n");
        Gateway::start(Then::Answer(format!("{head}Connection: close\r\n\r\n{body}")))
    }

    /// The whole request as it came.
    pub(super) fn request(self) -> String {
        self.thread.join().expect("the gateway did its part")
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !is_whole(&String::from_utf8_lossy(&request)) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => request.extend_from_slice(&piece[..length]),
        }
    }
    String::from_utf8(request).expect("requests are ASCII")
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().expect("a length"))
    });
    length.unwrap_or(0) <= body.len()
}
