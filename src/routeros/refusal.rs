//! What a router's own words for "no" amount to. RouterOS prints them where an answer belongs.

use crate::domain::text_enum;

text_enum! {
    /// Families of refusals.
    pub enum Class {
        /// Our mistake, or a version without this command.
        Syntax = "syntax",
        MissingArgument = "missing-argument",
        /// A profile, server or pool of that name is not there.
        InvalidReference = "invalid-reference",
        AmbiguousReference = "ambiguous-reference",
        InvalidValue = "invalid-value",
        NotFound = "not-found",
        /// A row of that name is there.
        Conflict = "conflict",
        Permission = "permission",
        DeviceMode = "device-mode",
        /// A limit of a hotspot user or of the licence.
        Quota = "quota",
        /// A hotspot user's own login.
        Auth = "auth",
        /// Anything that says of itself that it failed.
        Failure = "failure",
        /// Words nobody has met yet.
        Unknown = "unknown",
    }
}

/// How a text of each class begins, in lower case. The first that fits decides.
const BEGINNINGS: &[(Class, &[&str])] = &[
    (
        Class::Syntax,
        &[
            "expected end of command",
            "syntax error",
            "bad command name",
            "bad parameter",
            "no such command",
            "no such directory",
        ],
    ),
    (Class::MissingArgument, &["missing value(s) of argument"]),
    (Class::InvalidReference, &["input does not match any value of"]),
    (Class::AmbiguousReference, &["ambiguous value of"]),
    (Class::InvalidValue, &["invalid value ", "invalid time value"]),
    (Class::NotFound, &["no such item", "expected item id"]),
    (Class::Conflict, &["failure: already have ", "already have ", "item with such name already"]),
    (Class::Permission, &["not enough permissions", "failure: not enough permissions"]),
    (Class::DeviceMode, &["failure: not allowed by device-mode", "not allowed by device-mode"]),
    (
        Class::Quota,
        &["your uptime limit is reached", "no more sessions are allowed", "session limit reached"],
    ),
    (Class::Auth, &["invalid username or password", "radius server is not responding"]),
    (
        Class::Failure,
        &[
            "failure:",
            "error - contact mikrotik",
            "action failed",
            "action timed out",
            "action cancelled",
            "interrupted",
        ],
    ),
];

/// How a text ends that begins with a word and a name of the user's own.
const NAMED: &[(Class, &str, &str)] = &[
    (Class::InvalidValue, "value of ", " contains invalid trailing characters"),
    (Class::InvalidValue, "value of ", " out of range"),
    (Class::Quota, "user ", " has reached uptime limit"),
    (Class::Quota, "user ", " has reached traffic limit"),
    (Class::Auth, "user ", " is not allowed to log in from this mac address"),
];

/// Classes a router's text, and strips what newer versions wrap around it. Of several lines the
/// first that is known counts; what came before it is data.
pub(super) fn classify(text: &str) -> (Class, &str) {
    let lines = text.lines().map(bare).filter(|it| !it.is_empty());
    lines
        .map(|line| (class_of(line), line))
        .find(|(class, _)| *class != Class::Unknown)
        .unwrap_or((Class::Unknown, bare(text.trim())))
}

/// Whether `text` says that the hotspot menu is unknown; the name in it may be cut short.
pub(super) fn is_hotspot_menu_missing(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let Some(name) = text.strip_prefix("bad command name ") else { return false };
    let name = name.split(' ').next().unwrap_or_default();
    !name.is_empty() && "hotspot".starts_with(name)
}

fn class_of(line: &str) -> Class {
    let line = line.to_ascii_lowercase();
    let begins = BEGINNINGS.iter().find(|(_, all)| all.iter().any(|it| line.starts_with(it)));
    let named =
        || NAMED.iter().find(|(_, begin, end)| line.starts_with(begin) && line.contains(end));
    begins.map(|it| it.0).or_else(|| named().map(|it| it.0)).unwrap_or(Class::Unknown)
}

/// Strips `Script Error: ` in front and, since 7.20, ` (/path; line N)` behind.
fn bare(line: &str) -> &str {
    let line = line.trim();
    const PREFIX: &str = "script error:";
    let begins = line.get(..PREFIX.len()).is_some_and(|it| it.eq_ignore_ascii_case(PREFIX));
    let line = if begins { line[PREFIX.len()..].trim_start() } else { line };
    let Some((message, place)) = line.rsplit_once(" (") else { return line };
    let is_place = place
        .strip_suffix(')')
        .and_then(|it| it.rsplit_once("; line "))
        .is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    if is_place { message } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let check = |text: &str, class: Class, message: &str| {
            assert_eq!(classify(text), (class, message), "{text:?}");
        };
        let same = |text: &str, class: Class| check(text, class, text);
        same("expected end of command (line 1 column 50)", Class::Syntax);
        same("bad command name hots (line 1 column 5)", Class::Syntax);
        same("missing value(s) of argument(s) name", Class::MissingArgument);
        same("Ambiguous value of profile, more than one possible", Class::AmbiguousReference);
        same("value of priority out of range (1..8)", Class::InvalidValue);
        same("invalid value of mac, mac address required", Class::InvalidValue);
        same("invalid time value for argument limit-uptime", Class::InvalidValue);
        same("no such item (4)", Class::NotFound);
        same("user k7 has reached traffic limit", Class::Quota);
        same("user k7 is not allowed to log in from this MAC address", Class::Auth);
        same("failure: something new", Class::Failure);
        same("a word nobody knows", Class::Unknown);
        check(
            "failure: already have user with this name for this server \
             (/ip/hotspot/user/add; line 1)\r\n",
            Class::Conflict,
            "failure: already have user with this name for this server",
        );
        check("*3F\r\nno such item (4)\r\n", Class::NotFound, "no such item (4)");
        check("Script Error: interrupted", Class::Failure, "interrupted");
        check("script error:no such item (/ip/x; line 2)", Class::NotFound, "no such item");
    }

    #[test]
    fn a_missing_hotspot_is_recognised() {
        assert!(is_hotspot_menu_missing("bad command name hotspot (line 1 column 5)"));
        assert!(is_hotspot_menu_missing("bad command name hots (line 1 column 5)"));
        assert!(!is_hotspot_menu_missing("bad command name wireless (line 1 column 5)"));
    }

    #[test]
    fn known_messages_have_their_class() {
        let Some(dir) = std::env::var_os("MLANGO_CASES") else { return };
        let path = std::path::Path::new(&dir).join("routeros/error-strings.tsv");
        let mut count = 0;
        for row in std::fs::read_to_string(path).unwrap().lines().skip(1) {
            let mut columns = row.split('\t');
            let (class, patterns) = (columns.next().unwrap(), columns.next().unwrap());
            for text in patterns.split(" | ") {
                assert_eq!(classify(text).0.as_str(), class, "{text:?}");
                count += 1;
            }
        }
        assert!(0 < count);
    }
}
