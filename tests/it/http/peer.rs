//! A peer that says exactly what it is told to, from an address of our choice.

use super::harness::PATIENCE;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

pub(super) fn post(path: &str, body: &[u8]) -> Vec<u8> {
    let mut request =
        format!("POST {path} HTTP/1.1\r\nHost: box\r\nContent-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    request.extend_from_slice(body);
    request
}

pub(super) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: box\r\n\r\n").into_bytes()
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// One connection to the guard, from an address of our choice.
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    pub(super) fn connect(to: SocketAddr, source: IpAddr) -> Peer {
        Peer::connect_with_buffer(to, source, None).unwrap()
    }

    pub(super) fn connect_with_buffer(
        to: SocketAddr,
        source: IpAddr,
        receive_bytes: Option<usize>,
    ) -> io::Result<Peer> {
        let close = SocketFlags::CLOEXEC; // or a box started by another test would inherit it
        let fd = socket_with(AddressFamily::INET, SocketType::STREAM, close, None)?;
        if let Some(bytes) = receive_bytes {
            sockopt::set_socket_recv_buffer_size(&fd, bytes)?;
        }
        bind(&fd, &SocketAddr::new(source, 0))?;
        connect(&fd, &to)?;
        let stream = TcpStream::from(fd);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Peer { stream, unread: Vec::new() })
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The next whole reply, of a request that was not HEAD.
    pub(super) fn reply(&mut self) -> Answer {
        let (status, head) = self.reply_head();
        let length = header(&head, "content-length").map_or(0, |it| it.parse().unwrap());
        while self.unread.len() < length {
            assert!(self.read_some(), "the reply was cut off");
        }
        let body = self.unread.drain(..length).collect();
        Answer { status, head, body }
    }

    /// The next head only: all there is of a reply to HEAD, or of `100 Continue`.
    pub(super) fn reply_head(&mut self) -> (u16, String) {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|it| it == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_some(), "no reply came, but {:?}", self.unread);
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        (status.expect("a status line"), head)
    }

    fn read_some(&mut self) -> bool {
        let mut bytes = [0; 8192];
        let count = self.stream.read(&mut bytes).expect("the guard neither answers nor closes");
        self.unread.extend_from_slice(&bytes[..count]);
        count != 0
    }

    /// Waits until the guard has closed, and says how much came until then.
    pub(super) fn read_to_end(&mut self) -> usize {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => {
                panic!("the guard does not close: {error}")
            }
            _ => self.unread.len() + rest.len(),
        }
    }

    /// Leaves without a word: what is under way is reset.
    pub(super) fn reset(self) {
        sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO)).unwrap();
    }
}

pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|it| it.split_once(':'));
    fields.into_iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.trim())
}
