//! What a parsed line is made of.

use super::value::Value;
use crate::ros::schema::{Menu, Verb};

pub(super) type Block = Vec<Statement>;

#[derive(Debug)]
pub(super) struct Statement {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Declare {
        name: String,
        value: Option<Expr>,
        is_global: bool,
    },
    Set {
        name: String,
        value: Expr,
    },
    If {
        condition: Expr,
        then: Block,
        otherwise: Block,
    },
    Foreach {
        key: Option<String>,
        value: String,
        list: Expr,
        body: Block,
    },
    For {
        name: String,
        from: Expr,
        to: Expr,
        step: Option<Expr>,
        body: Block,
    },
    While {
        condition: Expr,
        body: Block,
    },
    Do {
        body: Block,
        on_error: Option<Block>,
    },
    OnError {
        name: String,
        body: Block,
        handler: Block,
    },
    Builtin {
        name: &'static str,
        arguments: Vec<(&'static str, Expr)>,
    },
    Menu(Box<MenuCommand>),
    Block(Block),
    /// `$f`: runs what a variable holds.
    Call {
        name: String,
    },
}

#[derive(Debug)]
pub(super) struct MenuCommand {
    pub menu: &'static Menu,
    pub verb: Verb,
    /// The rows a command is about: an id, a `[find]`, a name.
    pub rows: Option<Expr>,
    /// `None` unsets the property: `!port`.
    pub settings: Vec<(&'static str, Option<Expr>)>,
    /// Of `get`: the one property asked for. Of `print`: what `proplist=` says.
    pub property: Option<Expr>,
    /// Words of `print`, such as `as-value`.
    pub words: Vec<&'static str>,
    pub condition: Option<Expr>,
}

#[derive(Debug)]
pub(super) enum Expr {
    Literal(Value),
    Text(Vec<Piece>),
    Var(String),
    /// A bare word in a `where`: a property of the row that is looked at.
    Property(&'static str),
    Command(Block),
    Array(Vec<(Option<Expr>, Expr)>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
}

#[derive(Debug)]
pub(super) enum Piece {
    Text(Vec<u8>),
    Value(Expr),
}
