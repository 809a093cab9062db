//! Keys as the console knows them: one value per press, a stable text form, no terminal library.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers. Shifted letters are their own characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Shift and tabulator.
    BackTab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// First.
    Home,
    /// Last.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Function key.
    F(u8),
}

const NAMES: &[(Code, &str)] = &[
    (Code::Char(' '), "space"),
    (Code::Enter, "enter"),
    (Code::Esc, "esc"),
    (Code::Tab, "tab"),
    (Code::BackTab, "backtab"),
    (Code::Backspace, "backspace"),
    (Code::Delete, "delete"),
    (Code::Up, "up"),
    (Code::Down, "down"),
    (Code::Left, "left"),
    (Code::Right, "right"),
    (Code::Home, "home"),
    (Code::End, "end"),
    (Code::PageUp, "pageup"),
    (Code::PageDown, "pagedown"),
];

/// What is held with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Held {
    /// Nothing, or only Shift.
    None,
    /// Control.
    Ctrl,
    /// Alt.
    Alt,
}

/// One press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The key.
    pub code: Code,
    /// What is held with it.
    pub held: Held,
}

impl Key {
    /// A key with nothing held.
    pub const fn plain(code: Code) -> Self {
        Self { code, held: Held::None }
    }

    /// A control key.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), held: Held::Ctrl }
    }

    /// The character this key types into a field.
    pub const fn typed(self) -> Option<char> {
        match self {
            Self { code: Code::Char(c), held: Held::None } => Some(c),
            _ => None,
        }
    }

    /// As help and hints show it: `^D`, `⏎`, `Space`.
    pub fn shown(self) -> String {
        let base = match self.code {
            Code::Enter => "⏎".to_owned(),
            Code::Up => "↑".to_owned(),
            Code::Down => "↓".to_owned(),
            Code::Left => "←".to_owned(),
            Code::Right => "→".to_owned(),
            Code::Char(' ') => "Space".to_owned(),
            Code::PageUp => "PgUp".to_owned(),
            Code::PageDown => "PgDn".to_owned(),
            Code::BackTab => "Shift-Tab".to_owned(),
            Code::Char(c) if self.held == Held::Ctrl => {
                return format!("^{}", c.to_ascii_uppercase());
            }
            Code::Char(c) => c.to_string(),
            Code::F(n) => format!("F{n}"),
            other => {
                let name = NAMES.iter().find(|(code, _)| *code == other).map_or("", |(_, n)| n);
                let mut chars = name.chars();
                chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
            }
        };
        match self.held {
            Held::None => base,
            Held::Ctrl => format!("Ctrl-{base}"),
            Held::Alt => format!("Alt-{base}"),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.held {
            Held::None => "",
            Held::Ctrl => "ctrl-",
            Held::Alt => "alt-",
        })?;
        match (NAMES.iter().find(|(code, _)| *code == self.code), self.code) {
            (Some((_, name)), _) => f.write_str(name),
            (None, Code::F(n)) => write!(f, "f{n}"),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, _) => Ok(()),
        }
    }
}

/// Not the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}: a key is a character, a name like enter or f2, with ctrl- or alt- before it")]
pub struct KeyError(String);

impl FromStr for Key {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (held, name) = match (text.strip_prefix("ctrl-"), text.strip_prefix("alt-")) {
            (Some(rest), _) => (Held::Ctrl, rest),
            (None, Some(rest)) => (Held::Alt, rest),
            (None, None) => (Held::None, text),
        };
        let mut chars = name.chars();
        let code = match (NAMES.iter().find(|(_, n)| *n == name), chars.next(), chars.as_str()) {
            (Some((code, _)), _, _) => *code,
            (None, Some(c), "") => Code::Char(c),
            (None, Some('f'), digits)
                if digits.parse::<u8>().is_ok_and(|n| (1..=12).contains(&n)) =>
            {
                Code::F(digits.parse().map_err(|_| KeyError(text.to_owned()))?)
            }
            _ => return Err(KeyError(text.to_owned())),
        };
        Ok(Self { code, held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back_as_it_is_written() {
        for text in [
            "j",
            "G",
            "ctrl-d",
            "alt-x",
            "enter",
            "f2",
            "f12",
            "space",
            "/",
            "?",
            "ctrl-enter",
            "-",
        ] {
            assert_eq!(text.parse::<Key>().map(|k| k.to_string()), Ok(text.to_owned()));
        }
        assert!("ctrl-".parse::<Key>().is_err());
        assert!("f99".parse::<Key>().is_err());
    }
}
