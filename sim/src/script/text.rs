//! Quoted strings: escapes, and what is substituted inside them.

use super::Refusal;
use super::token::{Lexer, Part};

impl Lexer<'_> {
    pub(super) fn string(&mut self) -> Result<Vec<Part>, Refusal> {
        self.at += 1;
        let mut parts = Vec::new();
        let mut text = Vec::new();
        loop {
            match self.peek() {
                None => return Err(Refusal::syntax(self.place())),
                Some(b'"') => {
                    self.at += 1;
                    parts.push(Part::Text(text));
                    return Ok(parts);
                }
                Some(b'\\') => text.extend(self.escape()?),
                Some(b'$') => {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(self.substitution()?);
                }
                Some(b'\n') => {
                    text.push(b'\n');
                    self.newline();
                }
                Some(byte) => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn substitution(&mut self) -> Result<Part, Refusal> {
        self.at += 1;
        if !matches!(self.peek(), Some(b'[' | b'(')) {
            return match self.name() {
                Some(name) => Ok(Part::Var(name)),
                None => Err(Refusal::syntax(self.place())),
            };
        }
        let outer = std::mem::take(&mut self.brackets);
        let mut code = Vec::new();
        while self.next_into(&mut code)? && !self.brackets.is_empty() {}
        if !self.brackets.is_empty() {
            return Err(Refusal::syntax(self.place()));
        }
        self.brackets = outer;
        Ok(Part::Code(code))
    }

    fn escape(&mut self) -> Result<Option<u8>, Refusal> {
        let place = self.place();
        let rest = &self.text[self.at + 1..];
        let (byte, length) = match rest {
            [b'\n', ..] => {
                self.at += 1;
                self.newline();
                return Ok(None);
            }
            [high, low, ..] if is_upper_hex(*high) && is_upper_hex(*low) => {
                (hex_digit(*high) << 4 | hex_digit(*low), 2)
            }
            [letter, ..] => (simple_escape(*letter).ok_or(Refusal::syntax(place))?, 1),
            [] => return Err(Refusal::syntax(place)),
        };
        self.at += 1 + length;
        Ok(Some(byte))
    }
}

fn is_upper_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)
}

fn hex_digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte - b'A' + 10,
    }
}

/// The documented escapes, and `\?`, which 7.20 was seen to take.
fn simple_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'$' | b'?' => letter,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'_' => b' ',
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'v' => 0x0B,
        _ => return None,
    })
}
