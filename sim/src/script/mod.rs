//! The console language of RouterOS: text to tokens, tokens to a tree, and the tree to effects.
//!
//! A line is tokenised and parsed as a whole before anything of it runs.

mod ast;
mod builtins;
mod control;
mod eval;
mod expression;
mod json;
mod menu_eval;
mod menu_parser;
mod ops;
mod parser;
mod pattern;
mod statement;
mod text;
pub(crate) mod time;
mod token;
mod value;

pub(crate) use eval::{Output, run};
pub(crate) use value::Value;

/// Where something stands in the text of a script; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

/// Why a script was refused before any of it ran, in the console's own words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub String);

impl Refusal {
    pub(crate) fn at(what: &str, place: Place) -> Self {
        Self(format!("{what} (line {} column {})", place.line, place.column))
    }

    pub(crate) fn syntax(place: Place) -> Self {
        Self::at("syntax error", place)
    }

    pub(crate) fn end_of_command(place: Place) -> Self {
        Self::at("expected end of command", place)
    }
}
