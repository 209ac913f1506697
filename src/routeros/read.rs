//! What of a router is to be read, and the console's words for it. [`super::frame`] says how the
//! answer is framed.

use super::Script;
use super::nonce::Nonce;

/// Which rows to read.
#[derive(Clone)]
pub struct Read {
    menu: &'static str,
    which: Which,
}

#[derive(Clone)]
enum Which {
    All,
    Matching(&'static str, String),
    MatchingAnd(&'static str, String, &'static str),
    Where(&'static str),
    Single,
}

impl Read {
    /// Reads all rows of a menu such as `"/ip hotspot user"`.
    pub fn all(menu: &'static str) -> Read {
        Read { menu, which: Which::All }
    }

    /// Reads the rows whose property `name` equals `value`.
    pub fn matching(menu: &'static str, name: &'static str, value: &str) -> Read {
        Read { menu, which: Which::Matching(name, value.to_owned()) }
    }

    /// Of the rows of [`Read::matching`], reads those for which our own words hold, too.
    pub fn and(self, condition: &'static str) -> Read {
        let which = match self.which {
            Which::Matching(name, value) => Which::MatchingAnd(name, value, condition),
            other => other,
        };
        Read { which, ..self }
    }

    /// Reads the rows for which a condition in our own words holds.
    pub fn filtered(menu: &'static str, condition: &'static str) -> Read {
        Read { menu, which: Which::Where(condition) }
    }

    /// Reads a menu that is one row, such as `"/system resource"`.
    pub fn single(menu: &'static str) -> Read {
        Read { menu, which: Which::Single }
    }

    /// The line that reads, behind `before`. Names of variables must not be those of properties,
    /// and those at the line's outermost level are another in each `turn`.
    pub(super) fn script(&self, before: Script, nonce: &Nonce, turn: usize) -> Script {
        if let Which::Single = self.which {
            let open = before.command(":put \"").mark('R', nonce).glue("\"");
            let fields = open.command(":foreach k,v in=[").glue(self.menu).glue(" get] do=");
            let closed = fields.glue(FIELD).command(":put \"").mark('E', nonce).glue("\"");
            return closed.command(":put \"").mark('Z', nonce).glue(" 1\"");
        }
        let count = COUNTS[turn % COUNTS.len()];
        let list = before.command(":local ").glue(count).glue(" 0");
        let list = list.command(":foreach r in=[").glue(self.menu).glue(" print detail as-value");
        let list = match &self.which {
            Which::Matching(name, value) => list.matching(&[(*name, value.into())]),
            Which::MatchingAnd(name, value, condition) => {
                list.matching(&[(*name, value.into())]).glue(" and ").glue(condition)
            }
            Which::Where(condition) => list.glue(" where ").glue(condition),
            Which::All | Which::Single => list,
        };
        let row = list.glue("] do={:put \"").mark('R', nonce).glue("\"; :foreach k,v in=$r do=");
        let row = row.glue(FIELD).glue("; :put \"").mark('E', nonce).glue("\"; :set ");
        let row = row.glue(count).glue(" ($").glue(count).glue("+1)}");
        row.command(":put (\"").mark('Z', nonce).glue(" \" . $").glue(count).glue(")")
    }
}

/// Names of the variables that count rows, one for each table of a line.
const COUNTS: [&str; 4] = ["n", "m", "p", "q"];

const FIELD: &str = r#"{:local s [:tostr $v]; :put ("K " . $k . " " . [:len $s] . " " . $s)}"#;
