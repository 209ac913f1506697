//! The sections of the file. Each default stands once, beside the key that it is for.

use super::section::{Reading, Section, Value};
use crate::domain::customer::Username;
use crate::domain::phone::Phone;
use crate::domain::queue::{Queue, QueueSettings};
use crate::domain::text_enum;
use crate::domain::time::ClockTrust;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

text_enum! {
    pub enum RadiusMode { Freeradius = "freeradius", Off = "off" }
}

/// For strangers: the forwarder and customers.
#[derive(Debug)]
pub struct Http {
    pub listen: SocketAddr,
    pub workers: usize,
    /// The largest request body, in bytes.
    pub body_limit: usize,
}

pub(super) const HTTP_KEYS: &[&str] = &["listen", "workers", "body_limit"];

impl Http {
    pub(super) fn read(top: &Section<'_>) -> Reading<Http> {
        let section = top.open("http", HTTP_KEYS)?;
        Ok(Http {
            listen: section.read("listen", loopback(8080), address)?,
            workers: section.read("workers", 16, |it| it.number(1..=256))?,
            body_limit: section.read("body_limit", 256 << 10, |it| {
                // A callback is under 2 KiB, and every worker may hold a body in memory.
                it.size(1 << 10..=16 << 20).map(|it| usize::try_from(it).unwrap_or(usize::MAX))
            })?,
        })
    }
}

/// For the operator: the status page, the API, events and metrics.
#[derive(Debug)]
pub struct Admin {
    pub listen: SocketAddr,
    pub token_file: PathBuf,
    pub password_file: PathBuf,
}

pub(super) const ADMIN_KEYS: &[&str] = &["listen", "token_file", "password_file"];

impl Admin {
    pub(super) fn read(top: &Section<'_>) -> Reading<Admin> {
        let section = top.open("admin", ADMIN_KEYS)?;
        Ok(Admin {
            listen: section.read("listen", loopback(8081), address)?,
            token_file: section.read("token_file", "admin.token".into(), file)?,
            password_file: section.read("password_file", "admin.password".into(), file)?,
        })
    }
}

/// For the captive portal, which may announce payments and read how they stand.
#[derive(Debug)]
pub struct Portal {
    pub token_file: PathBuf,
}

pub(super) const PORTAL_KEYS: &[&str] = &["token_file"];

impl Portal {
    pub(super) fn read(top: &Section<'_>) -> Reading<Portal> {
        let section = top.open("portal", PORTAL_KEYS)?;
        Ok(Portal { token_file: section.read("token_file", "portal.token".into(), file)? })
    }
}

#[derive(Debug)]
pub struct Radius {
    pub mode: RadiusMode,
    pub coa_port: u16,
}

pub(super) const RADIUS_KEYS: &[&str] = &["mode", "coa_port"];

impl Radius {
    pub(super) fn read(top: &Section<'_>) -> Reading<Radius> {
        let section = top.open("radius", RADIUS_KEYS)?;
        Ok(Radius {
            mode: section.read("mode", RadiusMode::Freeradius, Value::parse)?,
            coa_port: section.read("coa_port", 3799, |it| it.number(1..=u16::MAX))?,
        })
    }
}

#[derive(Debug)]
pub struct Credentials {
    /// For [`Username::from_template`]; it names the phone and always makes a valid username.
    pub username: String,
    pub password_length: usize,
}

pub(super) const CREDENTIALS_KEYS: &[&str] = &["username", "password_length"];

impl Credentials {
    pub(super) fn read(top: &Section<'_>) -> Reading<Credentials> {
        let section = top.open("credentials", CREDENTIALS_KEYS)?;
        Ok(Credentials {
            username: section.read("username", "hs_{local9}".to_owned(), username_template)?,
            password_length: section.read("password_length", 8, |it| it.number(6..=32))?,
        })
    }
}

/// Without a phone part two customers would share one name. All phones are made of the same
/// number of digits, so what is valid for one is valid for all.
fn username_template(value: Value<'_>) -> Reading<String> {
    let text = value.text()?;
    if !text.contains("{local9}") && !text.contains("{msisdn}") {
        return Err(value.refused("expected {local9} or {msisdn} in it, as in hs_{local9}"));
    }
    let phone: Phone = "254712345678".parse().expect("a number of the right form");
    Username::from_template(text, &phone).map_err(|error| value.refused(error))?;
    value.owned_text()
}

/// When and where the owner is told that something is wrong.
#[derive(Debug)]
pub struct Alerts {
    pub phone: Option<Phone>,
    /// How long a trouble must last.
    pub after: Duration,
}

pub(super) const ALERTS_KEYS: &[&str] = &["phone", "after"];

impl Alerts {
    pub(super) fn read(top: &Section<'_>) -> Reading<Alerts> {
        let section = top.open("alerts", ALERTS_KEYS)?;
        Ok(Alerts {
            phone: section.read("phone", None, |it| match it.text()? {
                "" => Ok(None),
                _ => it.parse().map(Some),
            })?,
            after: section.read("after", 300 * SECOND, |it| it.span(Duration::ZERO..=DAY))?,
        })
    }
}

pub(super) const CLOCK_KEYS: &[&str] = &["trust"];

pub(super) fn clock_trust(top: &Section<'_>) -> Reading<ClockTrust> {
    let section = top.open("clock", CLOCK_KEYS)?;
    section.read("trust", ClockTrust::Auto, Value::parse)
}

pub(super) const QUEUE_KEYS: &[&str] =
    &["workers", "tries", "timeout", "backoff", "max_exceptions", "priority"];

const QUEUE_NAMES: [&str; Queue::ALL.len()] = {
    let mut names = [""; Queue::ALL.len()];
    let mut nth = 0;
    while nth < names.len() {
        names[nth] = Queue::ALL[nth].as_str();
        nth += 1;
    }
    names
};

/// All ten queues, as the file changes them.
pub(super) fn queues(top: &Section<'_>) -> Reading<BTreeMap<Queue, QueueSettings>> {
    let section = top.open("queue", &QUEUE_NAMES)?;
    Queue::ALL.iter().map(|&queue| Ok((queue, settings(&section, queue)?))).collect()
}

fn settings(queues: &Section<'_>, queue: Queue) -> Reading<QueueSettings> {
    let section = queues.open(queue.as_str(), QUEUE_KEYS)?;
    let default = queue.defaults();
    let tries = section.read("tries", default.tries, |it| it.number(1..=100))?;
    Ok(QueueSettings {
        workers: section.read("workers", default.workers, |it| it.number(0..=64))?,
        priority: section.read("priority", default.priority, |it| it.number(1..=1000))?,
        tries,
        timeout: section.read("timeout", default.timeout, |it| it.span(SECOND..=6 * HOUR))?,
        backoff: section.read("backoff", default.backoff, |it| {
            it.list(|pause| pause.span(Duration::ZERO..=DAY))
        })?,
        // More tries without more exceptions would not be more tries.
        max_exceptions: section.read("max_exceptions", tries, |it| it.number(1..=100))?,
    })
}

#[derive(Debug)]
pub struct Log {
    pub level: log::LevelFilter,
    /// In bytes; a file that would grow past it is rotated.
    pub file_size: u64,
    /// How many rotated files of each log are kept.
    pub files: usize,
}

pub(super) const LOG_KEYS: &[&str] = &["level", "file_size", "files"];

impl Log {
    pub(super) fn read(top: &Section<'_>) -> Reading<Log> {
        let section = top.open("log", LOG_KEYS)?;
        Ok(Log {
            level: section.read("level", log::LevelFilter::Info, |it| {
                let expected = "one of \"error\", \"warn\", \"info\", \"debug\", \"trace\"";
                let level = it.text()?.parse().ok();
                level.filter(|it| *it != log::LevelFilter::Off).ok_or_else(|| it.wrong(expected))
            })?,
            file_size: section
                .read("file_size", 10_000_000, |it| it.size(1_000..=1_000_000_000))?,
            files: section.read("files", 7, |it| it.number(1..=100))?,
        })
    }
}

#[derive(Debug)]
pub struct Backup {
    pub every: Duration,
    pub keep: usize,
    /// Directories, off the flash if they are to help.
    pub copy_to: Vec<PathBuf>,
}

pub(super) const BACKUP_KEYS: &[&str] = &["every", "keep", "copy_to"];

impl Backup {
    pub(super) fn read(top: &Section<'_>) -> Reading<Backup> {
        let section = top.open("backup", BACKUP_KEYS)?;
        Ok(Backup {
            every: section.read("every", DAY, |it| it.span(SECOND..=31 * DAY))?,
            keep: section.read("keep", 7, |it| it.number(1..=365))?,
            copy_to: section.read("copy_to", Vec::new(), |it| it.list(absolute))?,
        })
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn address(value: Value<'_>) -> Reading<SocketAddr> {
    let text = value.text()?;
    text.parse().map_err(|_| {
        value.refused(format!("expected an address like \"127.0.0.1:8080\", found {text:?}"))
    })
}

pub(super) fn some_text(value: Value<'_>) -> Reading<String> {
    match value.text()? {
        "" => Err(value.refused("expected some text between the quotes")),
        text => Ok(text.to_owned()),
    }
}

pub(super) fn file(value: Value<'_>) -> Reading<PathBuf> {
    some_text(value).map(PathBuf::from)
}

/// A copy next to wherever the program was started would be found by nobody.
fn absolute(value: Value<'_>) -> Reading<PathBuf> {
    let path = file(value.clone())?;
    if path.is_relative() {
        return Err(value.refused("expected a whole path, such as \"/mnt/usb\""));
    }
    Ok(path)
}
