//! RADIUS packets: RFC 2865, 2869 (Message-Authenticator) and 5176 (Disconnect and CoA).

use super::crypt::{hide, hmac_md5, md5};
use super::words::{Code, Kind, MIKROTIK};
use crate::domain::secret::Secret;
use subtle::ConstantTimeEq as _;

/// The longest packet there can be (RFC 2865, section 3).
pub const MAX_PACKET: usize = 4096;

const HEADER: usize = 20;
const VENDOR_SPECIFIC: u8 = 26;
const MESSAGE_AUTHENTICATOR: u8 = 80;

/// What makes a packet unlike any other.
#[derive(Clone, Copy, Debug)]
pub struct Nonce {
    pub id: u8,
    /// Must be fresh and random.
    pub authenticator: [u8; 16],
}

/// A packet to be sent, and what it takes to know its answer.
#[derive(Clone, Debug)]
pub struct Request {
    code: Code,
    nonce: Nonce,
    secret: Secret,
    attributes: Vec<u8>,
}

impl Request {
    pub fn new(code: Code, nonce: Nonce, secret: Secret) -> Request {
        let mut request = Request { code, nonce, secret, attributes: Vec::new() };
        if code.has_random_authenticator() {
            request.push(MESSAGE_AUTHENTICATOR, &[0; 16]); // First, filled in by `to_bytes`.
        }
        request
    }

    /// Adds an attribute. Values of more than 253 bytes, or 247 of MikroTik's, are cut: RADIUS
    /// has no room for them.
    pub fn with(mut self, kind: Kind, value: &[u8]) -> Request {
        match kind {
            Kind::Standard(number) => self.push(number, value),
            Kind::Mikrotik(number) => {
                let value = &value[..value.len().min(247)];
                let length = u8::try_from(value.len() + 2).expect("it was cut to 247");
                let inner = [&MIKROTIK.to_be_bytes(), [number, length].as_slice(), value].concat();
                self.push(VENDOR_SPECIFIC, &inner);
            }
        }
        self
    }

    /// The password as `http-pap` and HTTPS logins send it; at most 128 bytes can be.
    pub fn with_pap(mut self, password: &Secret) -> Request {
        let (secret, authenticator) = (self.secret.expose().as_bytes(), &self.nonce.authenticator);
        let hidden = hide(password.expose().as_bytes(), secret, authenticator);
        self.push(2, &hidden);
        self
    }

    /// The password as `http-chap` logins prove it, with the authenticator as the challenge.
    pub fn with_chap(mut self, password: &Secret) -> Request {
        let id = self.nonce.id;
        let password = password.expose().as_bytes();
        let proof = md5(&[&[id], password, &self.nonce.authenticator]);
        self.push(3, &[&[id], proof.as_slice()].concat());
        self
    }

    fn push(&mut self, number: u8, value: &[u8]) {
        let value = &value[..value.len().min(253)];
        let length = u8::try_from(value.len() + 2).expect("it was cut to 253");
        self.attributes.extend([number, length]);
        self.attributes.extend(value);
    }

    /// The bytes to send. Sent again, they are the same.
    pub fn to_bytes(&self) -> Vec<u8> {
        let secret = self.secret.expose().as_bytes();
        let is_random = self.code.has_random_authenticator();
        let authenticator = if is_random { self.nonce.authenticator } else { [0; 16] };
        let length = u16::try_from(HEADER + self.attributes.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![self.code as u8, self.nonce.id];
        bytes.extend(length.to_be_bytes());
        bytes.extend(authenticator);
        bytes.extend(&self.attributes);
        if is_random {
            let mac = hmac_md5(secret, &bytes);
            bytes[HEADER + 2..HEADER + 18].copy_from_slice(&mac);
        } else {
            let authenticator = md5(&[&bytes, secret]); // RFC 2866, section 3
            bytes[4..HEADER].copy_from_slice(&authenticator);
        }
        bytes
    }

    /// Reads what came back; `None` if it is no answer to this request by somebody who knows the
    /// secret. An answer to a login must be signed (CVE-2024-3596).
    pub fn read_reply(&self, bytes: &[u8]) -> Option<Reply> {
        let reply = Reply::parse(bytes)?;
        let mut unsigned = bytes.get(..reply.length)?.to_vec();
        let claimed = unsigned.get(4..HEADER)?.to_vec();
        let sent = self.to_bytes();
        unsigned[4..HEADER].copy_from_slice(&sent[4..HEADER]);
        let secret = self.secret.expose().as_bytes();
        let is_ours = bool::from(md5(&[&unsigned, secret]).ct_eq(&claimed));
        let is_signed = match reply.mac_at {
            Some(at) => {
                let mac = unsigned.get(at..at + 16)?.to_vec();
                unsigned[at..at + 16].fill(0);
                hmac_md5(secret, &unsigned).ct_eq(&mac).into()
            }
            None => !self.code.has_random_authenticator(),
        };
        let is_answer = bytes[1] == self.nonce.id && self.code.is_answered_by(reply.code);
        (is_ours && is_signed && is_answer).then_some(reply)
    }
}

/// A packet that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: Code,
    attributes: Vec<(Kind, Vec<u8>)>,
    length: usize,
    /// Where the Message-Authenticator's value is.
    mac_at: Option<usize>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<Reply> {
        let code = Code::from_number(*bytes.first()?)?;
        let length = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        if !(HEADER..=MAX_PACKET).contains(&length) {
            return None;
        }
        let mut reply = Reply { code, attributes: Vec::new(), length, mac_at: None };
        let mut rest = bytes.get(HEADER..length)?;
        while let [number, size, ..] = *rest {
            let value = rest.get(2..usize::from(size))?;
            if number == MESSAGE_AUTHENTICATOR {
                if value.len() != 16 || reply.mac_at.is_some() {
                    return None;
                }
                reply.mac_at = Some(length - rest.len() + 2);
            }
            reply.read_attribute(number, value)?;
            rest = &rest[usize::from(size)..];
        }
        rest.is_empty().then_some(reply)
    }

    fn read_attribute(&mut self, number: u8, value: &[u8]) -> Option<()> {
        let Some(inner) =
            value.strip_prefix(&MIKROTIK.to_be_bytes()).filter(|_| number == VENDOR_SPECIFIC)
        else {
            self.attributes.push((Kind::Standard(number), value.to_vec()));
            return Some(());
        };
        let mut rest = inner;
        while let [number, size, ..] = *rest {
            let value = rest.get(2..usize::from(size))?;
            self.attributes.push((Kind::Mikrotik(number), value.to_vec()));
            rest = &rest[usize::from(size)..];
        }
        rest.is_empty().then_some(())
    }

    /// All attributes, in the order they came in.
    pub fn attributes(&self) -> &[(Kind, Vec<u8>)] {
        &self.attributes
    }

    /// Whether the answer's first attribute is its signature, so that nothing can be put before.
    pub fn is_signed_first(&self) -> bool {
        self.mac_at == Some(HEADER + 2)
    }

    pub fn bytes(&self, kind: Kind) -> Option<&[u8]> {
        self.attributes.iter().find(|(it, _)| *it == kind).map(|(_, value)| value.as_slice())
    }

    pub fn number(&self, kind: Kind) -> Option<u32> {
        self.bytes(kind)?.try_into().ok().map(u32::from_be_bytes)
    }

    pub fn text(&self, kind: Kind) -> Option<String> {
        self.bytes(kind).map(|it| String::from_utf8_lossy(it).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{REPLY_MESSAGE, USER_NAME};
    use super::*;

    fn request(code: Code) -> Request {
        let nonce = Nonce { id: 7, authenticator: [9; 16] };
        Request::new(code, nonce, Secret::new("xyzzy5461")).with(USER_NAME, b"nemo")
    }

    /// A reply to `request` whose attributes are `attributes`, with its authenticator right.
    fn reply(request: &Request, code: Code, attributes: &[u8]) -> Vec<u8> {
        let length = u16::try_from(HEADER + attributes.len()).unwrap().to_be_bytes();
        let mut bytes = vec![code as u8, 7, length[0], length[1]];
        bytes.extend(&request.to_bytes()[4..HEADER]);
        bytes.extend(attributes);
        let authenticator = md5(&[&bytes, b"xyzzy5461"]);
        bytes[4..HEADER].copy_from_slice(&authenticator);
        bytes
    }

    /// The same with a Message-Authenticator before the attributes.
    fn signed(request: &Request, code: Code, attributes: &[u8]) -> Vec<u8> {
        let mut whole = [[80, 18].as_slice(), &[0; 16], attributes].concat();
        let mut bytes = reply(request, code, &whole);
        bytes[4..HEADER].copy_from_slice(&request.to_bytes()[4..HEADER]);
        whole[2..18].copy_from_slice(&hmac_md5(b"xyzzy5461", &bytes));
        reply(request, code, &whole)
    }

    #[test]
    fn a_login_is_signed_in_its_first_attribute() {
        let bytes = request(Code::AccessRequest).with_pap(&Secret::new("arctangent")).to_bytes();
        assert_eq!(bytes[..2], [1, 7]);
        assert_eq!(bytes[4..HEADER], [9; 16]);
        assert_eq!(bytes[HEADER..HEADER + 2], [80, 18]);
        let mut blank = bytes.clone();
        blank[HEADER + 2..HEADER + 18].fill(0);
        assert_eq!(bytes[HEADER + 2..HEADER + 18], hmac_md5(b"xyzzy5461", &blank));
        assert_eq!(usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), bytes.len());
    }

    #[test]
    fn an_order_is_authentic_by_the_whole_packet() {
        let bytes = request(Code::DisconnectRequest).to_bytes();
        let mut blank = bytes.clone();
        blank[4..HEADER].fill(0);
        assert_eq!(bytes[4..HEADER], md5(&[&blank, b"xyzzy5461"]));
    }

    #[test]
    fn answers_are_read() {
        let login = request(Code::AccessRequest);
        let attributes =
            [18, 4, b'h', b'i', 26, 18, 0, 0, 0x3a, 0x8c, 17, 6, 64, 0, 0, 0, 18, 6, 0, 0, 0, 1];
        let accept = login.read_reply(&signed(&login, Code::AccessAccept, &attributes)).unwrap();
        assert!(accept.is_signed_first());
        assert_eq!(accept.text(REPLY_MESSAGE).as_deref(), Some("hi"));
        assert_eq!(accept.number(Kind::Mikrotik(17)), Some(1 << 30));
        assert_eq!(accept.number(Kind::Mikrotik(18)), Some(1));

        let order = request(Code::DisconnectRequest);
        let nak = order.read_reply(&reply(&order, Code::DisconnectNak, &[101, 6, 0, 0, 1, 247]));
        assert_eq!(nak.unwrap().number(Kind::Standard(101)), Some(503));
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        let login = request(Code::AccessRequest);
        let good = signed(&login, Code::AccessAccept, &[27, 6, 0, 0, 0, 60]);
        assert!(login.read_reply(&good).is_some());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(login.read_reply(&bad).is_none(), "byte {at} was changed");
            assert!(login.read_reply(&good[..at]).is_none(), "cut at byte {at}");
        }
        let unsigned = reply(&login, Code::AccessAccept, &[27, 6, 0, 0, 0, 60]);
        assert!(login.read_reply(&unsigned).is_none());
        let wrong_kind = signed(&login, Code::CoaAck, &[]);
        assert!(login.read_reply(&wrong_kind).is_none());
        for attributes in [&[27, 0][..], &[27, 1], &[27], &[27, 9, 0], &[80, 3, 0]] {
            assert!(login.read_reply(&reply(&login, Code::AccessAccept, attributes)).is_none());
        }
        let twice = [[80, 18].as_slice(), &[0; 16]].concat();
        assert!(login.read_reply(&signed(&login, Code::AccessAccept, &twice)).is_none());
    }
}
