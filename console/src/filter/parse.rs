//! Tokens to an expression, with every value checked against its key while the person still types.

use super::lex::{Span, Token, lex};
use super::units::{self, Moment};
use super::{FilterError, Kind, LabelKeys, Schema};
use std::fmt;

/// A filter as a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Everything passes (the empty filter).
    All,
    /// A word to be found in the row.
    Word(Word),
    /// A test of one key.
    Test(Test),
    /// The opposite.
    Not(Box<Expr>),
    /// All of them.
    And(Vec<Expr>),
    /// Any of them.
    Or(Vec<Expr>),
}

/// A word without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Part of some text of the row, in any case.
    Contains(String),
    /// Its letters occur in order in some text of the row.
    Fuzzy(String),
    /// Some text of the row is exactly this.
    Exact(String),
}

/// How a key is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `!=`
    Differs,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `<`
    Less,
    /// `=`
    Equals,
    /// `:` any of
    Has,
    /// `~` regular expression
    Matches,
}

impl Op {
    /// Every operator; longer ones first, as they are read.
    pub const ALL: &'static [Self] = &[
        Self::Differs,
        Self::AtLeast,
        Self::AtMost,
        Self::More,
        Self::Less,
        Self::Equals,
        Self::Has,
        Self::Matches,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Differs => "!=",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::Less => "<",
            Self::Equals => "=",
            Self::Has => ":",
            Self::Matches => "~",
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A test of one key, ready to be asked.
#[derive(Debug, Clone)]
pub struct Test {
    /// The key.
    pub key: String,
    /// The operator.
    pub op: Op,
    /// The value as it was written.
    pub value: String,
    /// The value as it is compared.
    pub check: Check,
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, self.op, &self.value) == (&other.key, other.op, &other.value)
    }
}

/// A value ready to be compared.
#[derive(Debug, Clone)]
pub enum Check {
    /// Any of these patterns, `*` stands for anything.
    Patterns(Vec<String>),
    /// The same for a label instead of a key.
    Label(Vec<String>),
    /// A regular expression.
    Regex(regex::Regex),
    /// A regular expression for a label.
    LabelRegex(regex::Regex),
    /// A number; for ages in milliseconds.
    Number(f64),
    /// A version's numbers.
    Version(Vec<u64>),
    /// Any of these networks.
    Nets(Vec<ipnet::IpNet>),
    /// Not before.
    Since(Moment),
    /// Before.
    Until(Moment),
}

/// Parentheses and `!` nest at most this deep, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 32;

pub(super) fn parse(text: &str, schema: &Schema) -> Result<Expr, FilterError> {
    let tokens = lex(text)?;
    if tokens.is_empty() {
        return Ok(Expr::All);
    }
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), schema };
    let expr = parser.any(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some((_, span)) => Err(error(*span, "this ) closes nothing")),
    }
}

struct Parser<'a> {
    tokens: &'a [(Token, Span)],
    at: usize,
    end: usize,
    schema: &'a Schema,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut parts = vec![self.all(depth)?];
        while self.take(&Token::Or) {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Expr::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut parts = vec![self.one(depth)?];
        while !matches!(self.peek(), None | Some(Token::Or | Token::Close)) {
            self.take(&Token::And);
            parts.push(self.one(depth)?);
        }
        Ok(one_or(parts, Expr::And))
    }

    fn one(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let Some((token, span)) = self.tokens.get(self.at).cloned() else {
            return Err(error(Span { from: self.end, to: self.end }, "something is missing here"));
        };
        if depth > MAX_DEPTH {
            return Err(error(span, "nested too deep"));
        }
        self.at += 1;
        match token {
            Token::Not => Ok(Expr::Not(Box::new(self.one(depth + 1)?))),
            Token::Open => {
                let inner = self.any(depth + 1)?;
                if self.take(&Token::Close) {
                    Ok(inner)
                } else {
                    Err(error(span, "the closing ) is missing"))
                }
            }
            Token::Contains(word) => Ok(Expr::Word(Word::Contains(word))),
            Token::Fuzzy(word) => Ok(Expr::Word(Word::Fuzzy(word))),
            Token::Exact(word) => Ok(Expr::Word(Word::Exact(word))),
            Token::Test { key, op, value } => test(key, op, value, span, self.schema),
            Token::Close | Token::And | Token::Or => {
                Err(error(span, "a word or test belongs here"))
            }
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

fn test(
    key: String,
    op: Op,
    value: String,
    span: Span,
    schema: &Schema,
) -> Result<Expr, FilterError> {
    let found = schema.keys.iter().find(|k| k.name == key);
    let check = match (found, &schema.labels) {
        (Some(found), _) => check(&key, found.kind, op, &value),
        (None, LabelKeys::Any) => label(&key, op, &value),
        (None, LabelKeys::Known(known)) if known.contains(&key) => label(&key, op, &value),
        (None, _) => Err(unknown(&key, schema)),
    };
    let check = check.map_err(|message| FilterError { span, message })?;
    Ok(Expr::Test(Test { key, op, value, check }))
}

fn unknown(key: &str, schema: &Schema) -> String {
    let mut names: Vec<&str> = schema.keys.iter().map(|k| k.name).collect();
    if let LabelKeys::Known(known) = &schema.labels {
        names.extend(known.iter().map(String::as_str));
    }
    let nearest = names
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b)));
    match nearest {
        Some(near) if strsim::jaro_winkler(key, near) > 0.8 => {
            format!("no key {key} — {near}? keys: {}", names.join(" "))
        }
        _ => format!("no key {key} — keys: {}", names.join(" ")),
    }
}

fn label(key: &str, op: Op, value: &str) -> Result<Check, String> {
    match op {
        Op::Equals | Op::Differs | Op::Has => Ok(Check::Label(list(value))),
        Op::Matches => regex(value).map(Check::LabelRegex),
        _ => Err(format!("the label {key} takes = != : ~")),
    }
}

fn check(key: &str, kind: Kind, op: Op, value: &str) -> Result<Check, String> {
    let ordered = !matches!(op, Op::Matches);
    match kind {
        Kind::Text if is_textual(op) => text(op, value),
        Kind::Word(words) if is_textual(op) => {
            let check = text(op, value)?;
            if let Check::Patterns(list) = &check
                && let Some(bad) =
                    list.iter().find(|v| !v.contains('*') && !words.contains(&v.as_str()))
            {
                return Err(format!("{key} is never {bad} — {}", words.join(" ")));
            }
            Ok(check)
        }
        Kind::Net if matches!(op, Op::Has | Op::Equals | Op::Differs) => Ok(net(value)),
        Kind::Version if ordered => Ok(Check::Version(
            units::version(value).ok_or_else(|| format!("{key} wants a version like 1.9.0"))?,
        )),
        Kind::Since if op == Op::Has => units::moment(value).map(Check::Since),
        Kind::Until if op == Op::Has => units::moment(value).map(Check::Until),
        Kind::Millis | Kind::Age if ordered => units::millis(key, op, value).map(Check::Number),
        Kind::Rate if ordered => units::rate(key, op, value).map(Check::Number),
        Kind::Bytes if ordered => units::bytes(key, op, value).map(Check::Number),
        Kind::Percent if ordered => units::percent(key, op, value).map(Check::Number),
        Kind::Count if ordered => value
            .parse::<u64>()
            .map(|n| Check::Number(units::float(n)))
            .map_err(|_| format!("{key} wants a number")),
        _ => Err(format!("{key}{op} makes no sense")),
    }
}

const fn is_textual(op: Op) -> bool {
    matches!(op, Op::Has | Op::Equals | Op::Differs | Op::Matches)
}

fn text(op: Op, value: &str) -> Result<Check, String> {
    match op {
        Op::Matches => regex(value).map(Check::Regex),
        _ => Ok(Check::Patterns(list(value))),
    }
}

/// Networks where all parts are networks or addresses, else patterns on the text.
fn net(value: &str) -> Check {
    let nets: Option<Vec<_>> = value
        .split(',')
        .map(|part| {
            part.parse().ok().or_else(|| part.parse::<std::net::IpAddr>().ok().map(Into::into))
        })
        .collect();
    nets.map_or_else(|| Check::Patterns(list(value)), Check::Nets)
}

fn regex(value: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(value).size_limit(1 << 20).build().map_err(|e| {
        format!("not a regular expression: {}", e.to_string().lines().last().unwrap_or_default())
    })
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::to_ascii_lowercase).collect()
}

fn error(span: Span, message: &str) -> FilterError {
    FilterError { span, message: message.to_owned() }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Word(Word::Contains(word)) => f.write_str(word),
            Self::Word(Word::Fuzzy(word)) => write!(f, "~{word}"),
            Self::Word(Word::Exact(word)) => quote(word, f),
            Self::Test(test) => test.fmt(f),
            Self::Not(inner) => {
                f.write_str("!")?;
                nested(inner, f)
            }
            Self::And(parts) => joined(parts, " ", f),
            Self::Or(parts) => joined(parts, " or ", f),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.key, self.op)?;
        let plain = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '"');
        if self.value.chars().all(plain) { f.write_str(&self.value) } else { quote(&self.value, f) }
    }
}

fn joined(parts: &[Expr], by: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(by)?;
        }
        nested(part, f)?;
    }
    Ok(())
}

fn nested(expr: &Expr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match expr {
        Expr::And(_) | Expr::Or(_) => write!(f, "({expr})"),
        simple => fmt::Display::fmt(simple, f),
    }
}

fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
