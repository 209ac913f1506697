//! Text to tokens. What ends a word depends on the innermost bracket: inside parentheses the
//! arithmetic signs are operators, elsewhere they belong to words (`192.168.1.1/24`, `*1C`).

use super::{Place, Refusal};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tok {
    Word(Vec<u8>),
    Str(Vec<Part>),
    Var(String),
    /// One of `[ ] ( ) { } ;`; a line end is a `;`.
    Mark(u8),
    Op(&'static str),
}

/// A piece of a quoted string.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(Vec<u8>),
    Var(String),
    /// `$[...]` or `$(...)`, with its brackets.
    Code(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub tok: Tok,
    pub place: Place,
    /// Nothing, not even a space, stands between the token before and this one.
    pub is_glued: bool,
}

/// Longest first: the first that fits is taken.
const EVERYWHERE: [&str; 10] = ["!=", "<=", ">=", "&&", "||", "=", "!", "<", ">", "~"];
const IN_PARENTHESES: [&str; 7] = ["->", "+", "-", "*", "/", ".", ","];

pub(super) fn tokens(text: &[u8]) -> Result<Vec<Token>, Refusal> {
    let mut lexer = Lexer { text, at: 0, line: 1, line_start: 0, brackets: Vec::new() };
    let mut found = Vec::new();
    while lexer.next_into(&mut found)? {}
    match lexer.brackets.is_empty() {
        true => Ok(found),
        false => Err(Refusal::syntax(lexer.place())),
    }
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    line: usize,
    line_start: usize,
    pub(super) brackets: Vec<u8>,
}

impl Lexer<'_> {
    pub(super) fn place(&self) -> Place {
        Place { line: self.line, column: self.at - self.line_start + 1 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn newline(&mut self) {
        self.at += 1;
        self.line += 1;
        self.line_start = self.at;
    }

    /// Skips blanks, comments and joined lines; tells whether there were any.
    fn skip_blanks(&mut self, at_statement_start: bool) -> bool {
        let start = self.at;
        loop {
            let rest = &self.text[self.at..];
            match rest {
                [b' ' | b'\t' | b'\r', ..] => self.at += 1,
                [b'\\', b'\n', ..] => {
                    self.at += 1;
                    self.newline();
                }
                [b'\\', b'\r', b'\n', ..] => {
                    self.at += 2;
                    self.newline();
                }
                [b'#', ..] if at_statement_start => {
                    self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                }
                _ => return self.at > start,
            }
        }
    }

    pub(super) fn next_into(&mut self, found: &mut Vec<Token>) -> Result<bool, Refusal> {
        let at_start = match found.last() {
            None => true,
            Some(token) => matches!(token.tok, Tok::Mark(b';' | b'{' | b'[')),
        };
        let is_glued = !self.skip_blanks(at_start) && !found.is_empty();
        let place = self.place();
        let Some(byte) = self.peek() else { return Ok(false) };
        let tok = match byte {
            b'\n' => {
                self.newline();
                Tok::Mark(b';')
            }
            b';' => self.mark(byte),
            b'[' | b'(' | b'{' => {
                self.brackets.push(byte);
                self.mark(byte)
            }
            b']' | b')' | b'}' => {
                if self.brackets.pop().map(closing) != Some(byte) {
                    return Err(Refusal::syntax(place));
                }
                self.mark(byte)
            }
            b'"' => Tok::Str(self.string()?),
            b'$' => self.variable()?,
            _ => match self.operator() {
                Some(op) => Tok::Op(op),
                None => self.word()?,
            },
        };
        found.push(Token { tok, place, is_glued });
        Ok(true)
    }

    fn mark(&mut self, byte: u8) -> Tok {
        self.at += 1;
        Tok::Mark(byte)
    }

    fn in_parentheses(&self) -> bool {
        self.brackets.last() == Some(&b'(')
    }

    fn operator(&mut self) -> Option<&'static str> {
        let rest = &self.text[self.at..];
        let fits = |op: &&&str| rest.starts_with(op.as_bytes());
        let op = match self.in_parentheses() {
            true => IN_PARENTHESES.iter().chain(&EVERYWHERE).find(fits),
            false => EVERYWHERE.iter().find(fits),
        }?;
        self.at += op.len();
        Some(op)
    }

    fn word(&mut self) -> Result<Tok, Refusal> {
        let start = self.at;
        let length = match self.in_parentheses() {
            true => self.operand_length(),
            false => {
                let rest = &self.text[self.at..];
                rest.iter().position(|&b| ends_word(b)).unwrap_or(rest.len())
            }
        };
        if length == 0 {
            return Err(Refusal::syntax(self.place()));
        }
        self.at += length;
        Ok(Tok::Word(self.text[start..self.at].to_vec()))
    }

    /// Inside parentheses: a name (`limit-uptime`), a number, a time or an address.
    fn operand_length(&self) -> usize {
        let rest = &self.text[self.at..];
        let starts_with_digit = rest.first().is_some_and(u8::is_ascii_digit);
        let mut length = 0;
        while let Some(&byte) = rest.get(length) {
            let next = rest.get(length + 1);
            let next_is_digit = next.is_some_and(u8::is_ascii_digit);
            let next_is_letter = next.is_some_and(u8::is_ascii_alphabetic);
            let belongs = byte.is_ascii_alphanumeric()
                || (length == 0 && byte == b':')
                || (starts_with_digit && byte == b':')
                || (starts_with_digit && byte == b'.' && next_is_digit)
                || (!starts_with_digit && length > 0 && byte == b'-' && next_is_letter);
            if !belongs {
                break;
            }
            length += 1;
        }
        length
    }

    fn variable(&mut self) -> Result<Tok, Refusal> {
        self.at += 1;
        if self.peek() == Some(b'"') {
            let place = self.place();
            return match self.string()?.as_slice() {
                [Part::Text(name)] => Ok(Tok::Var(String::from_utf8_lossy(name).into_owned())),
                _ => Err(Refusal::syntax(place)),
            };
        }
        match self.name() {
            Some(name) => Ok(Tok::Var(name)),
            None => Err(Refusal::syntax(self.place())),
        }
    }

    /// A variable's name: a letter, then letters and digits.
    pub(super) fn name(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        if !rest.first()?.is_ascii_alphabetic() {
            return None;
        }
        let length = rest.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
        self.at += length;
        Some(String::from_utf8_lossy(&rest[..length]).into_owned())
    }
}

fn closing(open: u8) -> u8 {
    match open {
        b'[' => b']',
        b'(' => b')',
        _ => b'}',
    }
}

fn ends_word(byte: u8) -> bool {
    byte <= b' ' || b";[](){}\"$=!<>~&|\\'".contains(&byte)
}
