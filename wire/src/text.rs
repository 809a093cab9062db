//! Text that came from a peer, made harmless once, where it enters.
//!
//! The raw form is never kept: what is stored, logged or shown went through [`SafeText::clean`].

use crate::limits::MAX_TEXT;
use core::fmt;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize};

/// A display string without C0, C1, DEL, bidi controls, zero-width marks or line separators, at
/// most [`MAX_TEXT`] characters long.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct SafeText(#[n(0)] String);

impl SafeText {
    /// Cleans `raw`; idempotent. What is cut at the bound ends in `…`.
    pub fn clean(raw: &str) -> Self {
        Self::bounded(raw, MAX_TEXT)
    }

    /// Cleans `raw` with a bound of its own, in characters.
    pub fn bounded(raw: &str, max: usize) -> Self {
        let mut out = String::with_capacity(raw.len().min(max));
        for (at, c) in raw.chars().enumerate() {
            if at + 1 == max && raw.chars().nth(max).is_some() {
                out.push('…');
                break;
            }
            out.push(visible(c));
        }
        Self(out)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands in for a character that would steer a terminal or hide in a line.
fn visible(c: char) -> char {
    match c {
        '\u{1b}' => '␛',
        '\n' => '␊',
        '\r' => '␍',
        '\t' => '␉',
        '\u{7f}' => '␡',
        '\0'..='\u{1f}' => '␀',
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        other => other,
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for SafeText {
    fn from(raw: &str) -> Self {
        Self::clean(raw)
    }
}

impl From<String> for SafeText {
    fn from(raw: String) -> Self {
        Self::clean(&raw)
    }
}

impl<'b, C> Decode<'b, C> for SafeText {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str().map(Self::clean)
    }
}

impl<'de> Deserialize<'de> for SafeText {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cleaned_text_is_harmless_bounded_and_stable(raw in any::<String>()) {
            let text = SafeText::clean(&raw);
            prop_assert!(text.as_str().chars().all(|c| !c.is_control() && visible(c) == c));
            prop_assert!(text.as_str().chars().count() <= MAX_TEXT);
            prop_assert_eq!(SafeText::clean(text.as_str()), text);
        }
    }

    #[test]
    fn long_text_says_that_it_was_cut() {
        let text = SafeText::clean(&"x".repeat(MAX_TEXT + 1));
        assert!(text.as_str().ends_with('…'));
        assert_eq!(text.as_str().chars().count(), MAX_TEXT);
        assert_eq!(SafeText::clean(&"x".repeat(MAX_TEXT)).as_str().len(), MAX_TEXT);
    }
}
