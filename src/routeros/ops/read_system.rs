//! Reads what a router is and how it feels.

use crate::routeros::value::Version;
use crate::routeros::{Console, Operation, Read, RouterError, Row};
use std::time::Duration;

/// Reads `/system resource`.
#[derive(Clone, Copy, Debug)]
pub struct ReadResource;

/// Reads the router's own name.
#[derive(Clone, Copy, Debug)]
pub struct ReadIdentity;

/// `None` in a field is what the router did not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// As the router writes it: `7.12.2 (stable)`.
    pub version_text: String,
    pub version: Option<Version>,
    pub board: Option<String>,
    pub uptime: Option<Duration>,
    pub cpu_load_percent: Option<i64>,
    pub free_memory_bytes: Option<i64>,
    pub total_memory_bytes: Option<i64>,
    pub free_storage_bytes: Option<i64>,
}

impl Operation for ReadResource {
    type Answer = Resource;

    fn run(&self, console: &Console<'_>) -> Result<Resource, RouterError> {
        Resource::read(&one(console, &Read::single("/system resource"))?)
    }
}

impl Resource {
    pub(super) fn read(row: &Row) -> Result<Resource, RouterError> {
        let version_text = row.text("version").unwrap_or_default();
        if version_text.is_empty() {
            return Err(RouterError::Garbled("it does not tell its version".to_owned()));
        }
        let percent = row.text("cpu-load");
        Ok(Resource {
            version: Version::parse(&version_text),
            version_text,
            board: row.text("board-name"),
            uptime: row.span("uptime"),
            cpu_load_percent: percent.and_then(|it| it.trim_end_matches('%').parse().ok()),
            free_memory_bytes: row.number("free-memory"),
            total_memory_bytes: row.number("total-memory"),
            free_storage_bytes: row.number("free-hdd-space"),
        })
    }
}

impl Operation for ReadIdentity {
    type Answer = String;

    fn run(&self, console: &Console<'_>) -> Result<String, RouterError> {
        let row = one(console, &Read::single("/system identity"))?;
        row.text("name").ok_or_else(|| RouterError::Garbled("it does not tell its name".to_owned()))
    }
}

fn one(console: &Console<'_>, read: &Read) -> Result<Row, RouterError> {
    let first = console.rows(read)?.into_iter().next();
    first.ok_or_else(|| RouterError::Garbled("there is no row where one must be".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    fn resource(answer: Answer) -> Result<Resource, RouterError> {
        Played::new(vec![("[/system resource get]", answer)]).perform(&ReadResource)
    }

    #[test]
    fn old_and_new_spellings_are_read() {
        const NEW: Fields = &[
            ("cpu-load", "3"),
            ("free-memory", "71303168"),
            ("total-memory", "134217728"),
            ("uptime", "4d01:00:12"),
            ("version", "7.21.4 (stable)"),
        ];
        const OLD: Fields =
            &[("cpu-load", "7%"), ("uptime", "3w1d7h20m8s"), ("version", "6.49.18 (long-term)")];
        let new = resource(Answer::Rows(vec![NEW])).unwrap();
        assert_eq!(new.version, Some(Version::release(7, 21, 4)));
        assert_eq!((new.cpu_load_percent, new.free_memory_bytes), (Some(3), Some(71_303_168)));
        assert_eq!(new.uptime, Some(Duration::from_secs(349_212)));
        let old = resource(Answer::Rows(vec![OLD])).unwrap();
        assert_eq!((old.cpu_load_percent, old.free_memory_bytes), (Some(7), None));
        assert_eq!(old.uptime, Some(Duration::from_secs(1_927_208)));
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        const NAMELESS: Fields = &[("cpu-load", "3")];
        for answer in [Answer::Rows(vec![]), Answer::Rows(vec![NAMELESS])] {
            assert!(matches!(resource(answer), Err(RouterError::Garbled(_))));
        }
        let beside = resource(Answer::Stderr("not enough permissions (9)\n"));
        assert!(matches!(beside, Err(RouterError::PermissionMissing(_))));
        assert!(matches!(resource(Answer::Text("")), Err(RouterError::Incomplete(_))));
        assert!(resource(Answer::Exit(1)).is_err());
    }
}
