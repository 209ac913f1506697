//! As much HTTP/1.1 as the simulated gateway and forwarder need: one exchange a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

/// No honest request to a simulated gateway is larger.
const LIMIT: usize = 1 << 20;

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// `None` if the connection ends, or sends what is no request.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = head_end(&bytes) {
            break end;
        }
        read_more(stream, &mut bytes).await?;
    };
    let (first, headers) = head(&bytes[..head_end])?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length: usize = match find(&headers, "content-length") {
        Some(length) => length.parse().ok()?,
        None => 0,
    };
    while bytes.len() < head_end + length {
        read_more(stream, &mut bytes).await?;
    }
    let body = bytes[head_end..head_end + length].to_vec();
    Some(Request { method, path, headers, body })
}

async fn read_more(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 4096];
    let count = stream.read(&mut chunk).await.ok()?;
    bytes.extend_from_slice(&chunk[..count]);
    (count > 0 && bytes.len() <= LIMIT).then_some(())
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// The first line and the headers.
fn head(bytes: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let first = lines.next()?.to_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    Some((first, lines.map(header).collect::<Option<_>>()?))
}

pub(crate) fn answer(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Simulated\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Posts once and waits for the whole answer.
pub(crate) fn post(
    host: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
    patience: Duration,
) -> std::io::Result<Reply> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // A server may refuse a large body before it has all of it; its answer counts.
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    parse_reply(&bytes).ok_or_else(|| {
        let cause = sent.err().or(read.err());
        cause.unwrap_or_else(|| std::io::Error::other("the answer is not HTTP"))
    })
}

fn parse_reply(bytes: &[u8]) -> Option<Reply> {
    let end = head_end(bytes)?;
    let (first, headers) = head(&bytes[..end])?;
    let status = first.split(' ').nth(1)?.parse().ok()?;
    let is_chunked = find(&headers, "transfer-encoding").is_some_and(|how| how == "chunked");
    let body = match is_chunked {
        true => unchunk(&bytes[end..])?,
        false => bytes[end..].to_vec(),
    };
    let length = find(&headers, "content-length").map(str::parse::<usize>);
    match length {
        Some(Ok(length)) if body.len() < length => None,
        _ => Some(Reply { status, headers, body }),
    }
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(&rest[..line_end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[line_end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let whole = parse_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        assert_eq!((whole.status, whole.text().as_str()), (200, "hi"));
        assert_eq!(parse_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"), None);
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        assert_eq!(parse_reply(chunked).unwrap().text(), "hi");
    }
}
