//! A router for unit tests that follows a script of its own: for each line that is to come what
//! must be in it, and what is then said.

use super::{CommandLine, Reply, RouterError, RouterLink};
use crate::domain::ids::RouterId;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub(super) type Fields = &'static [(&'static str, &'static str)];

pub(super) enum Answer {
    /// Rows, framed and sealed.
    Rows(Vec<Fields>),
    /// Several times rows, each with its own seal.
    Tables(Vec<Vec<Fields>>),
    /// Text and the seal.
    Sealed(&'static str),
    /// Text without a seal.
    Text(&'static str),
    /// The seal, and text beside it.
    Stderr(&'static str),
    Exit(i32),
}

pub(super) struct Played(Mutex<VecDeque<(&'static str, Answer)>>);

impl Played {
    pub(super) fn new(scenes: Vec<(&'static str, Answer)>) -> Played {
        Played(Mutex::new(scenes.into()))
    }

    /// Performs `op` and checks that all that was to come has come.
    pub(super) fn perform<O: super::Operation>(self, op: &O) -> Result<O::Answer, RouterError> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let result = super::perform(&self, RouterId(1), op, deadline);
        assert_eq!(self.0.lock().unwrap().len(), 0, "scenes were left over");
        result
    }
}

impl RouterLink for Played {
    fn exec(&self, _: RouterId, line: &CommandLine, _: Instant) -> Result<Reply, RouterError> {
        let scene = self.0.lock().unwrap().pop_front();
        let (needle, answer) = scene.unwrap_or_else(|| panic!("unforeseen: {line:?}"));
        assert!(line.as_str().contains(needle), "{needle:?} is not in {:?}", line.as_str());
        let seal = line.as_str().rfind("\"Z").map(|at| &line.as_str()[at + 2..]).unwrap();
        let nonce: String = seal.chars().take_while(char::is_ascii_hexdigit).collect();
        let (mut stdout, mut stderr, mut exit_status) = (String::new(), Vec::new(), 0);
        match answer {
            Answer::Rows(rows) => frame(&mut stdout, &nonce, &rows),
            Answer::Tables(all) => all.iter().for_each(|it| frame(&mut stdout, &nonce, it)),
            Answer::Sealed(text) => write!(stdout, "{text}\r\nZ{nonce}\r\n").unwrap(),
            Answer::Text(text) => stdout.push_str(text),
            Answer::Stderr(text) => {
                write!(stdout, "Z{nonce} 0\r\n").unwrap();
                stderr.extend_from_slice(text.as_bytes());
            }
            Answer::Exit(status) => exit_status = status,
        }
        Ok(Reply { stdout: stdout.into_bytes(), stderr, exit_status })
    }
}

fn frame(out: &mut String, nonce: &str, rows: &[Fields]) {
    for row in rows {
        write!(out, "R{nonce}\r\n").unwrap();
        for (key, value) in *row {
            write!(out, "K {key} {} {value}\r\n", value.len()).unwrap();
        }
        write!(out, "E{nonce}\r\n").unwrap();
    }
    write!(out, "Z{nonce} {}\r\n", rows.len()).unwrap();
}
