//! The parser's own state, blocks, and which kind of statement comes next.

use std::collections::HashSet;

use super::ast::{Block, Kind, Statement};
use super::token::{Tok, Token, tokens};
use super::{Place, Refusal, builtins};
use crate::dialect::Dialect;
use crate::ros::schema::Menu;

/// What a router's console knows.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    pub dialect: Dialect,
    /// Paths this device does not have, whatever lies below them included.
    pub missing: Vec<String>,
}

pub(super) fn parse(text: &[u8], grammar: &Grammar) -> Result<Block, Refusal> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        end: end_of(text),
        grammar,
        scopes: vec![HashSet::new()],
        path: String::new(),
        looked_at: None,
    };
    parser.block(None)
}

fn end_of(text: &[u8]) -> Place {
    let line_start = text.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let newlines = text.iter().filter(|&&b| b == b'\n').count();
    Place { line: newlines + 1, column: text.len() - line_start + 1 }
}

pub(super) struct Parser<'g> {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    end: Place,
    pub(super) grammar: &'g Grammar,
    /// The variables that may be named, block by block.
    scopes: Vec<HashSet<String>>,
    /// The menu that statements without a path are about.
    pub(super) path: String,
    /// The menu whose properties bare words name: inside `where`.
    pub(super) looked_at: Option<&'static Menu>,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&Tok> {
        self.tokens.get(self.at).map(|token| &token.tok)
    }

    pub(super) fn place(&self) -> Place {
        self.tokens.get(self.at).map_or(self.end, |token| token.place)
    }

    pub(super) fn is_glued(&self) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.is_glued)
    }

    pub(super) fn next(&mut self) -> Option<Tok> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token.tok.clone())
    }

    pub(super) fn take_mark(&mut self, mark: u8) -> bool {
        let found = self.peek() == Some(&Tok::Mark(mark));
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_op(&mut self, op: &str) -> bool {
        let found = matches!(self.peek(), Some(Tok::Op(next)) if *next == op);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_mark(&mut self, mark: u8) -> Result<(), Refusal> {
        match self.take_mark(mark) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    pub(super) fn unexpected(&self) -> Refusal {
        Refusal::syntax(self.place())
    }

    /// A plain word at this point, as text.
    pub(super) fn peek_word(&self) -> Option<String> {
        match self.peek() {
            Some(Tok::Word(word)) => Some(String::from_utf8_lossy(word).into_owned()),
            _ => None,
        }
    }

    pub(super) fn is_at_end_of_statement(&self) -> bool {
        matches!(self.peek(), None | Some(Tok::Mark(b';' | b']' | b'}' | b')')))
    }

    pub(super) fn declare(&mut self, name: &str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned());
        }
    }

    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(name))
    }

    /// Parses with the tokens of a `$[...]` in a string instead of one's own.
    pub(super) fn within<T>(
        &mut self,
        code: Vec<Token>,
        body: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let tokens = std::mem::replace(&mut self.tokens, code);
        let at = std::mem::replace(&mut self.at, 0);
        let result = body(self);
        self.tokens = tokens;
        self.at = at;
        result
    }

    /// Statements up to the closing bracket, which is taken, too.
    pub(super) fn block(&mut self, until: Option<u8>) -> Result<Block, Refusal> {
        self.scopes.push(HashSet::new());
        let looked_at = self.looked_at.take();
        let mut statements = Vec::new();
        loop {
            while self.take_mark(b';') {}
            match (self.peek(), until) {
                (None, None) => break,
                (None, Some(_)) => return Err(self.unexpected()),
                (Some(Tok::Mark(mark)), Some(end)) if *mark == end => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            statements.extend(self.statement()?);
            if !self.is_at_end_of_statement() {
                return Err(Refusal::end_of_command(self.place()));
            }
        }
        self.looked_at = looked_at;
        self.scopes.pop();
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Option<Statement>, Refusal> {
        let place = self.place();
        let kind = match self.peek() {
            Some(Tok::Mark(b'{')) => {
                self.at += 1;
                Some(Kind::Block(self.block(Some(b'}'))?))
            }
            Some(Tok::Var(name)) if self.is_declared(name) => {
                let name = name.clone();
                self.at += 1;
                Some(Kind::Call { name })
            }
            Some(Tok::Word(_)) => {
                let word = self.peek_word().unwrap_or_default();
                match word.strip_prefix(':') {
                    Some(name) => Some(self.global_command(name, place)?),
                    None if !word.starts_with('/') && self.is_global(&word) => {
                        Some(self.global_command(&word, place)?)
                    }
                    None => self.menu_statement()?,
                }
            }
            _ => return Err(self.unexpected()),
        };
        Ok(kind.map(|kind| Statement { line: place.line, kind }))
    }

    /// `put` without its colon is the same command, unless the menu in force has such a one.
    fn is_global(&self, word: &str) -> bool {
        let is_here = matches!(word, "set" | "find") && !self.path.is_empty();
        !is_here && (super::statement::is_control(word) || builtins::find(word).is_some())
    }

    fn global_command(&mut self, name: &str, place: Place) -> Result<Kind, Refusal> {
        self.at += 1;
        if super::statement::is_control(name) {
            return self.control(name, place);
        }
        let builtin = builtins::find(name).filter(|builtin| builtin.is_in(self.grammar.dialect));
        match builtin {
            Some(builtin) => self.builtin(builtin),
            None => Err(Refusal::at(&format!("bad command name {name}"), place)),
        }
    }
}
