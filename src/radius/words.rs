//! The numbers that RADIUS has for things: RFC 2865, 2866, 2869, 5176, and MikroTik's own.

/// MikroTik's number as a vendor.
pub(super) const MIKROTIK: u32 = 14988;

/// What a packet is for, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    AccessRequest = 1,
    AccessAccept = 2,
    AccessReject = 3,
    AccountingRequest = 4,
    AccountingResponse = 5,
    AccessChallenge = 11,
    StatusServer = 12,
    DisconnectRequest = 40,
    DisconnectAck = 41,
    DisconnectNak = 42,
    CoaRequest = 43,
    CoaAck = 44,
    CoaNak = 45,
}

impl Code {
    const ALL: [Code; 13] = [
        Code::AccessRequest,
        Code::AccessAccept,
        Code::AccessReject,
        Code::AccountingRequest,
        Code::AccountingResponse,
        Code::AccessChallenge,
        Code::StatusServer,
        Code::DisconnectRequest,
        Code::DisconnectAck,
        Code::DisconnectNak,
        Code::CoaRequest,
        Code::CoaAck,
        Code::CoaNak,
    ];

    /// The code whose number this is.
    pub fn from_number(number: u8) -> Option<Code> {
        Code::ALL.into_iter().find(|&it| it as u8 == number)
    }

    /// Logins carry a random authenticator; orders and accounts one made from the packet.
    pub(super) fn has_random_authenticator(self) -> bool {
        matches!(self, Code::AccessRequest | Code::StatusServer)
    }

    /// Whether `reply` can answer this.
    pub(super) fn is_answered_by(self, reply: Code) -> bool {
        match self {
            Code::AccessRequest => {
                matches!(reply, Code::AccessAccept | Code::AccessReject | Code::AccessChallenge)
            }
            // RFC 5997: on the accounting port the answer is another one.
            Code::StatusServer => matches!(reply, Code::AccessAccept | Code::AccountingResponse),
            Code::AccountingRequest => reply == Code::AccountingResponse,
            Code::DisconnectRequest => matches!(reply, Code::DisconnectAck | Code::DisconnectNak),
            Code::CoaRequest => matches!(reply, Code::CoaAck | Code::CoaNak),
            _ => false,
        }
    }
}

/// The type of an attribute: a number of the standard, or of MikroTik's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Standard(u8),
    Mikrotik(u8),
}

pub const USER_NAME: Kind = Kind::Standard(1);
pub const NAS_IP_ADDRESS: Kind = Kind::Standard(4);
pub const FRAMED_IP_ADDRESS: Kind = Kind::Standard(8);
pub const REPLY_MESSAGE: Kind = Kind::Standard(18);
pub const SESSION_TIMEOUT: Kind = Kind::Standard(27);
pub const IDLE_TIMEOUT: Kind = Kind::Standard(28);
pub const CALLING_STATION_ID: Kind = Kind::Standard(31);
pub const NAS_IDENTIFIER: Kind = Kind::Standard(32);
pub const ACCT_SESSION_ID: Kind = Kind::Standard(44);
pub const NAS_PORT_TYPE: Kind = Kind::Standard(61);
pub const PORT_LIMIT: Kind = Kind::Standard(62);
pub const ACCT_INTERIM_INTERVAL: Kind = Kind::Standard(85);
pub const ERROR_CAUSE: Kind = Kind::Standard(101);
pub const MIKROTIK_RATE_LIMIT: Kind = Kind::Mikrotik(8);
pub const MIKROTIK_TOTAL_LIMIT: Kind = Kind::Mikrotik(17);
pub const MIKROTIK_TOTAL_LIMIT_GIGAWORDS: Kind = Kind::Mikrotik(18);
