//! Heads as they are sent by forwarders, by browsers, and by those who mean no good.

use super::*;

fn parse(text: &str) -> Result<Head, Refusal> {
    Head::parse(text.as_bytes(), "192.168.88.7".parse().unwrap())
}

fn forwarded(head: &Head) -> &str {
    std::str::from_utf8(&head.forwarded).unwrap()
}

#[test]
fn a_request_is_written_anew() {
    let head = parse(
        "POST /cb/abc/stk?x=1 HTTP/1.1\r\nHost: box\r\ncontent-length: 12\r\n\
         X-Real-IP: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n\
         Connection: keep-alive, TE\r\n\
         TE: trailers\r\nUpgrade: h2c\r\nX-Mlango-Token:  abc \r\nExpect: 100-Continue\r\n\r\n",
    )
    .unwrap();
    assert_eq!((head.method, head.path(), head.body_bytes), ("POST", "/cb/abc/stk", 12));
    assert!(head.expects_continue && !head.is_last);
    assert_eq!(
        forwarded(&head),
        "POST /cb/abc/stk?x=1 HTTP/1.1\r\nHost: box\r\nX-Mlango-Token: abc\r\n\
         X-Real-IP: 192.168.88.7\r\nContent-Length: 12\r\n\r\n"
    );
}

#[test]
fn what_is_not_plain_is_refused() {
    let check = |text: &str, refusal: Refusal| {
        assert_eq!(parse(text).map(|it| it.target), Err(refusal), "{text:?}");
    };
    let with = |field: &str| format!("POST / HTTP/1.1\r\nHost: box\r\n{field}\r\n\r\n");
    check(&with("Transfer-Encoding: chunked"), LENGTH_REQUIRED);
    check(&with("Transfer-Encoding: identity\r\nContent-Length: 5"), LENGTH_REQUIRED);
    check(&with("Content-Length: 5\r\nTRANSFER-ENCODING: xchunked"), LENGTH_REQUIRED);
    check(&with("Transfer-Encoding : chunked"), BAD_REQUEST);
    check(&with("Content-Length: 5\r\nContent-Length: 5"), BAD_REQUEST);
    check(&with("Content-Length: 5\r\ncontent-length: 6"), BAD_REQUEST);
    check(&with("Content-Length: 5, 5"), BAD_REQUEST);
    for length in ["", "+5", "-5", "5.0", "0x5", "5 5", "٥", "five"] {
        check(&with(&format!("Content-Length: {length}")), BAD_REQUEST);
    }
    check(&with("Folded: a\r\n b"), BAD_REQUEST);
    check(&with(" Leading: a"), BAD_REQUEST);
    check(&with("Name with space: a"), BAD_REQUEST);
    check(&with("Nul: a\0b"), BAD_REQUEST);
    check(&with("Return: a\rContent-Length: 5"), BAD_REQUEST);
    check(&with("Expect: a miracle"), EXPECTATION_FAILED);
    check("CONNECT box:22 HTTP/1.1\r\n\r\n", METHOD_NOT_ALLOWED);
    check("TRACE / HTTP/1.1\r\n\r\n", METHOD_NOT_ALLOWED);
    check("get / HTTP/1.1\r\n\r\n", METHOD_NOT_ALLOWED);
    check("OPTIONS * HTTP/1.1\r\n\r\n", BAD_REQUEST);
    check("GET c HTTP/1.1\r\n\r\n", BAD_REQUEST);
    check("GET /é HTTP/1.1\r\n\r\n", BAD_REQUEST);
    check("GET / /cb HTTP/1.1\r\n\r\n", VERSION_NOT_SUPPORTED);
    check("GET /\r\n\r\n", BAD_REQUEST);
    check("GET / HTTP/2.0\r\n\r\n", VERSION_NOT_SUPPORTED);
    check("PRI * HTTP/2.0\r\n\r\n", VERSION_NOT_SUPPORTED);
    check("\x16\x03\x01\x02\r\n\r\n", BAD_REQUEST);
}

#[test]
fn a_length_beyond_all_numbers_is_only_too_large() {
    let head = parse("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n").unwrap();
    assert_eq!(head.body_bytes, usize::MAX);
}

#[test]
fn whole_urls_are_taken_by_their_path() {
    let check = |target: &str, path: &str| {
        let head = parse(&format!("GET {target} HTTP/1.1\r\nHost: box\r\n\r\n")).unwrap();
        assert_eq!(head.target, path, "{target}");
    };
    check("http://box:8080/healthz?a=b", "/healthz?a=b");
    check("HTTP://other", "/");
    check("/http://box/c", "/http://box/c");
    check("//c", "//c");
}

#[test]
fn a_field_in_another_script_is_left_out() {
    let head = parse("GET / HTTP/1.1\r\nReferer: http://café/\r\nHost: box\r\n\r\n").unwrap();
    assert!(!forwarded(&head).contains("Referer") && forwarded(&head).contains("Host: box"));
}

#[test]
fn old_and_closing_peers_get_one_answer() {
    let check = |text: &str, is_last: bool| {
        assert_eq!(parse(text).unwrap().is_last, is_last, "{text:?}");
    };
    check("GET / HTTP/1.1\r\n\r\n", false);
    check("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", true);
    check("GET / HTTP/1.1\r\nConnection: te, close\r\n\r\n", true);
    check("GET / HTTP/1.1\r\nConnection: closely\r\n\r\n", false);
    check("GET / HTTP/1.0\r\n\r\n", true);
}

#[test]
fn too_many_fields_and_too_long_a_head_are_refused() {
    let fields: String = (0..HEADERS + 1).map(|it| format!("X-{it}: a\r\n")).collect();
    assert_eq!(parse(&format!("GET / HTTP/1.1\r\n{fields}\r\n")).unwrap_err(), HEAD_TOO_LARGE);
    assert_eq!(end_of_head(&vec![b'a'; HEAD_BYTES], 0), Ok(None));
    assert_eq!(end_of_head(&vec![b'a'; HEAD_BYTES + 1], 0), Err(HEAD_TOO_LARGE));
}

#[test]
fn the_end_is_found_however_the_bytes_come() {
    let bytes = b"GET / HTTP/1.1\r\n\r\nGET";
    for split in 0..18 {
        assert_eq!(end_of_head(&bytes[..split], 0), Ok(None));
        assert_eq!(end_of_head(bytes, split), Ok(Some(18)), "after {split} bytes");
    }
}

/// Whatever is accepted is forwarded as one request that says its length once, and no other way.
#[test]
fn a_mangled_head_is_refused_or_forwarded_plainly() {
    const SEED: &[u8] = b"POST /cb/abc/stk HTTP/1.1\r\nHost: box\r\nContent-Length: 12\r\n\
        Connection: close\r\nX-Real-IP: 10.0.0.1\r\nTransfer-Encodin: chunked\r\n\r\n";
    const ODD: &[u8] = b"\r\n \t:;,\0\x7f\xffg0G/%?";
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut accepted = 0;
    for _ in 0..50_000 {
        let mut bytes = SEED.to_vec();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = ODD[random(ODD.len())],
                1 => bytes.insert(at, ODD[random(ODD.len())]),
                _ => drop(bytes.remove(at)),
            }
        }
        let Ok(head) = Head::parse(&bytes, "192.0.2.1".parse().unwrap()) else { continue };
        accepted += 1;
        let mut fields = [EMPTY_HEADER; HEADERS + 2];
        let mut again = httparse::Request::new(&mut fields);
        let shown = String::from_utf8_lossy(&bytes);
        let whole = Status::Complete(head.forwarded.len());
        assert_eq!(again.parse(&head.forwarded), Ok(whole), "{shown:?}");
        assert_eq!(
            (again.method, again.path),
            (Some(head.method), Some(&*head.target)),
            "{shown:?}"
        );
        let values = |name: &str| {
            let named = again.headers.iter().filter(|it| it.name.eq_ignore_ascii_case(name));
            named.map(|it| String::from_utf8(it.value.to_vec()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(values("content-length"), [head.body_bytes.to_string()], "{shown:?}");
        assert_eq!(values("x-real-ip"), ["192.0.2.1"], "{shown:?}");
        assert!(values("transfer-encoding").is_empty(), "{shown:?}");
        assert!(head.forwarded.is_ascii(), "{shown:?}");
    }
    assert!(1000 < accepted, "only {accepted} of the mangled heads were accepted");
}
