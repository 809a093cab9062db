//! Splits a filter into words, tests and signs. Knows no keys.

use super::FilterError;
use super::parse::Op;

/// A part of the filter's text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first byte.
    pub from: usize,
    /// The byte behind its last.
    pub to: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Not,
    And,
    Or,
    Contains(String),
    Fuzzy(String),
    Exact(String),
    Test { key: String, op: Op, value: String },
}

/// No filter a person types is longer; keeps every later step small.
const MAX_TOKENS: usize = 256;

pub(super) fn lex(text: &str) -> Result<Vec<(Token, Span)>, FilterError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(next) = lexer.token()? {
        if tokens.len() == MAX_TOKENS {
            return Err(lexer.error(lexer.at, format!("a filter has at most {MAX_TOKENS} parts")));
        }
        tokens.push(next);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Option<(Token, Span)>, FilterError> {
        self.skip(char::is_whitespace);
        let from = self.at;
        let Some(c) = self.peek() else { return Ok(None) };
        let token = match c {
            '(' => self.sign(Token::Open),
            ')' => self.sign(Token::Close),
            '!' => self.sign(Token::Not),
            '"' => Token::Exact(self.quoted()?),
            '~' => {
                self.bump();
                Token::Fuzzy(self.run())
            }
            _ => self.word_or_test()?,
        };
        if matches!(&token, Token::Fuzzy(word) if word.is_empty()) {
            return Err(self.error(from, "~ wants letters behind it, as in ~gwb14".to_owned()));
        }
        Ok(Some((token, Span { from, to: self.at })))
    }

    fn word_or_test(&mut self) -> Result<Token, FilterError> {
        let from = self.at;
        if self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            self.skip(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
            let key = self.text[from..self.at].to_owned();
            if let Some(op) = self.op() {
                let value = if self.peek() == Some('"') { self.quoted()? } else { self.run() };
                if value.is_empty() {
                    return Err(self.error(from, format!("{key}{op} wants a value behind it")));
                }
                return Ok(Token::Test { key, op, value });
            }
        }
        self.at = from;
        Ok(match self.run().as_str() {
            "and" => Token::And,
            "or" => Token::Or,
            word => Token::Contains(word.to_owned()),
        })
    }

    fn op(&mut self) -> Option<Op> {
        let (op, length) = Op::ALL
            .iter()
            .find(|op| self.text[self.at..].starts_with(op.as_str()))
            .map(|op| (*op, op.as_str().len()))?;
        self.at += length;
        Some(op)
    }

    fn quoted(&mut self) -> Result<String, FilterError> {
        let from = self.at;
        self.bump();
        let mut out = String::new();
        while let Some(c) = self.bump() {
            match c {
                '"' => return Ok(out),
                '\\' => out.extend(self.bump()),
                other => out.push(other),
            }
        }
        Err(self.error(from, "the closing \" is missing".to_owned()))
    }

    /// Up to the next space or parenthesis.
    fn run(&mut self) -> String {
        let from = self.at;
        self.skip(|c| !c.is_whitespace() && !matches!(c, '(' | ')'));
        self.text[from..self.at].to_owned()
    }

    fn sign(&mut self, token: Token) -> Token {
        self.bump();
        token
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
    }

    fn error(&self, from: usize, message: String) -> FilterError {
        FilterError { span: Span { from, to: self.at.max(from) }, message }
    }
}
