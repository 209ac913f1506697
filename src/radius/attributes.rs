//! What FreeRADIUS is told of one customer. One bad row makes all of a customer's logins fail, so
//! every row comes from here: known names, checked values.

use crate::domain::Invalid;
use crate::domain::package::Rate;
use crate::domain::secret::Secret;
use crate::domain::text_enum;
use crate::domain::time::Timestamp;

/// How often a router is asked to report a session.
pub const INTERIM_SECONDS: u32 = 300;

/// A session that its router has not reported for so long is over.
pub const SILENT_SECONDS: u32 = 3 * INTERIM_SECONDS;

/// How long a device may be silent before the router ends its session.
pub const IDLE_SECONDS: u32 = 900;

/// RADIUS numbers have 32 bits; bytes beyond are counted in units of this many.
const GIGAWORD: i64 = 1 << 32;

text_enum! {
    /// The attributes we write, as FreeRADIUS's dictionaries call them.
    pub enum Attribute {
        CleartextPassword = "Cleartext-Password",
        /// Seconds since 1970; FreeRADIUS makes a Session-Timeout of what is left.
        Expiration = "Expiration",
        SimultaneousUse = "Simultaneous-Use",
        SessionTimeout = "Session-Timeout",
        IdleTimeout = "Idle-Timeout",
        AcctInterimInterval = "Acct-Interim-Interval",
        PortLimit = "Port-Limit",
        MikrotikRateLimit = "Mikrotik-Rate-Limit",
        /// The low 32 bits; RouterOS adds the gigawords.
        MikrotikTotalLimit = "Mikrotik-Total-Limit",
        MikrotikTotalLimitGigawords = "Mikrotik-Total-Limit-Gigawords",
    }
}

/// A row of `radcheck` or `radreply`; whose it is, the table's owner knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    pub attribute: Attribute,
    /// Always `:=`. With `==` FreeRADIUS would compare the password with what it has not got yet.
    pub op: &'static str,
    pub value: String,
}

/// The rows of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    pub check: Vec<Row>,
    pub reply: Vec<Row>,
}

/// Who refuses one device too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceCheck {
    /// Each router, of its own sessions.
    Router,
    /// FreeRADIUS too, by the sessions of all routers.
    Everywhere,
}

/// What a customer may have from now on.
#[derive(Clone, Debug)]
pub struct Entitlement {
    pub password: Secret,
    /// The end, while the clock is trusted.
    pub expiration: Option<Timestamp>,
    /// What one login may last. It begins anew at each login, so it is for customers whose end is
    /// not known yet, and for a clock that is not trusted. With an end, the sooner counts.
    pub session_seconds: Option<i64>,
    pub rate: Option<Rate>,
    /// What is left of the volume, both directions together. `None` is without limit.
    pub bytes_left: Option<i64>,
    pub devices: u32,
    pub device_check: DeviceCheck,
    pub idle_seconds: Option<u32>,
    pub interim_seconds: u32,
}

impl Entitlement {
    /// One device, no limits, and the times that suit a hotspot.
    pub fn new(password: Secret) -> Entitlement {
        Entitlement {
            password,
            expiration: None,
            session_seconds: None,
            rate: None,
            bytes_left: None,
            devices: 1,
            device_check: DeviceCheck::Router,
            idle_seconds: Some(IDLE_SECONDS),
            interim_seconds: INTERIM_SECONDS,
        }
    }

    /// The rows that say so; `None` if nothing is left, and the customer must have no rows. Zero
    /// would be no limit to a router, and less than zero a limit of many years.
    pub fn rows(&self) -> Result<Option<Rows>, Invalid> {
        let end = self.expiration.map(Timestamp::unix_seconds);
        let amounts = [end, self.session_seconds, self.bytes_left];
        if amounts.iter().flatten().any(|&it| it <= 0) {
            return Ok(None);
        }
        Ok(Some(Rows { check: self.check_rows(end)?, reply: self.reply_rows()? }))
    }

    fn check_rows(&self, end: Option<i64>) -> Result<Vec<Row>, Invalid> {
        let mut rows = vec![row(Attribute::CleartextPassword, password(&self.password)?)];
        rows.extend(end.map(|it| row(Attribute::Expiration, capped(it))));
        if self.device_check == DeviceCheck::Everywhere {
            rows.push(row(Attribute::SimultaneousUse, self.devices.max(1)));
        }
        Ok(rows)
    }

    fn reply_rows(&self) -> Result<Vec<Row>, Invalid> {
        let mut rows = Vec::new();
        rows.extend(self.session_seconds.map(|it| row(Attribute::SessionTimeout, capped(it))));
        let idle = self.idle_seconds.filter(|&it| 0 < it);
        rows.extend(idle.map(|it| row(Attribute::IdleTimeout, it)));
        // RFC 2869, section 5.16: not less than a minute.
        rows.push(row(Attribute::AcctInterimInterval, self.interim_seconds.max(60)));
        rows.push(row(Attribute::PortLimit, self.devices.max(1)));
        rows.extend(self.rate.map(|it| row(Attribute::MikrotikRateLimit, it)));
        if let Some(bytes) = self.bytes_left {
            let high = bytes / GIGAWORD;
            u32::try_from(high).map_err(|_| Invalid(format!("{bytes} bytes is too much")))?;
            rows.push(row(Attribute::MikrotikTotalLimit, bytes % GIGAWORD));
            rows.push(row(Attribute::MikrotikTotalLimitGigawords, high));
        }
        Ok(rows)
    }
}

fn row(attribute: Attribute, value: impl ToString) -> Row {
    Row { attribute, op: ":=", value: value.to_string() }
}

/// Times have 32 bits as well.
fn capped(seconds: i64) -> i64 {
    seconds.min(i64::from(u32::MAX))
}

/// FreeRADIUS unquotes values, expands what is between backticks, and compares at most 128 bytes
/// of a PAP password.
fn password(secret: &Secret) -> Result<&str, Invalid> {
    let text = secret.expose();
    let is_safe = |it: u8| (b'!'..=b'~').contains(&it) && !b"\"'\\`%$".contains(&it);
    if !(1..=128).contains(&text.len()) || !text.bytes().all(is_safe) {
        return Err(Invalid::new(
            "not a password for RADIUS: 1 to 128 ASCII characters, no space, quote, backslash, \
             backtick, % or $",
        ));
    }
    Ok(text)
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_secret = self.attribute == Attribute::CleartextPassword;
        let value = if is_secret { "…" } else { &self.value };
        write!(f, "{} {} {value}", self.attribute, self.op)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &[Row]) -> Vec<String> {
        rows.iter().map(|it| format!("{} {} {}", it.attribute, it.op, it.value)).collect()
    }

    #[test]
    fn a_customer_with_everything() {
        let mut customer = Entitlement::new(Secret::new("k7mpq2xz"));
        customer.expiration = Some(Timestamp(1_800_000_000_999));
        customer.session_seconds = Some(3600);
        customer.rate = Some("2M/5M".parse().unwrap());
        customer.bytes_left = Some(5 << 30);
        customer.devices = 2;
        customer.device_check = DeviceCheck::Everywhere;
        let rows = customer.rows().unwrap().unwrap();
        let check =
            ["Cleartext-Password := k7mpq2xz", "Expiration := 1800000000", "Simultaneous-Use := 2"];
        assert_eq!(lines(&rows.check), check);
        let reply = [
            "Session-Timeout := 3600",
            "Idle-Timeout := 900",
            "Acct-Interim-Interval := 300",
            "Port-Limit := 2",
            "Mikrotik-Rate-Limit := 2M/5M",
            "Mikrotik-Total-Limit := 1073741824",
            "Mikrotik-Total-Limit-Gigawords := 1",
        ];
        assert_eq!(lines(&rows.reply), reply);
        assert!(!format!("{rows:?}").contains("k7mpq2xz"));
    }

    #[test]
    fn what_has_ended_has_no_rows() {
        let check = |change: fn(&mut Entitlement), is_served: bool| {
            let mut customer = Entitlement::new(Secret::new("k7mpq2xz"));
            change(&mut customer);
            assert_eq!(customer.rows().unwrap().is_some(), is_served, "{customer:?}");
        };
        check(|_| {}, true);
        check(|it| it.bytes_left = Some(1), true);
        check(|it| it.bytes_left = Some(0), false);
        check(|it| it.bytes_left = Some(-1), false);
        check(|it| it.session_seconds = Some(0), false);
        check(|it| it.session_seconds = Some(-5), false);
        check(|it| it.expiration = Some(Timestamp(999)), false);
        check(|it| it.expiration = Some(Timestamp(-1)), false);
    }

    #[test]
    fn volumes_are_split_at_32_bits() {
        let check = |bytes: i64, low: &str, high: &str| {
            let mut customer = Entitlement::new(Secret::new("k7mpq2xz"));
            customer.bytes_left = Some(bytes);
            let rows = customer.rows().unwrap().unwrap().reply;
            let value = |name| &rows.iter().find(|it| it.attribute == name).unwrap().value;
            assert_eq!(value(Attribute::MikrotikTotalLimit), low);
            assert_eq!(value(Attribute::MikrotikTotalLimitGigawords), high);
        };
        check(1, "1", "0");
        check((1 << 32) - 1, "4294967295", "0");
        check(1 << 32, "0", "1");
        check((1 << 32) + 1, "1", "1");
        check(1 << 40, "0", "256");
    }

    #[test]
    fn passwords_that_freeradius_would_change_are_refused() {
        let check = |text: &str, is_right: bool| {
            let customer = Entitlement::new(Secret::new(text));
            assert_eq!(customer.rows().is_ok(), is_right, "{text:?}");
        };
        check("k7mpq2xz", true);
        check(&"a".repeat(128), true);
        check(&"a".repeat(129), false);
        for text in ["", "a b", "a\"b", "a'b", "a\\b", "`id`", "%{md5:x}", "a$b", "é", "a\n"] {
            check(text, false);
        }
    }
}
