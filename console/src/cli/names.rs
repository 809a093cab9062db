//! NAME arguments: as given, or one per line from standard input for `-`.

use crate::exit::{Failure, Result};
use std::io::BufRead;
use wire::limits::MAX_TEXT;

const MAX_NAMES: usize = 10_000;

/// The one name meant.
///
/// # Errors
/// As [`expand`], and several names from standard input.
pub fn one(given: &str) -> Result<String> {
    let mut names = expand(&[given.to_owned()])?;
    match (names.pop(), names.len()) {
        (Some(name), 0) => Ok(name),
        _ => Err(Failure::usage("this command takes one name")),
    }
}

/// The names meant; never empty.
///
/// # Errors
/// None at all, too many, or one that cannot be a name or an id.
pub fn expand(given: &[String]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for name in given {
        if name == "-" {
            for line in std::io::stdin().lock().lines() {
                let line = line?;
                if !line.trim().is_empty() {
                    names.push(line.trim().to_owned());
                }
            }
        } else {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        return Err(Failure::usage("no name was given"));
    }
    if names.len() > MAX_NAMES {
        return Err(Failure::usage(format!("{} names, at most {MAX_NAMES} at once", names.len())));
    }
    for name in &names {
        if name.len() > MAX_TEXT || name.chars().any(char::is_control) {
            return Err(Failure::usage(format!("{name:?} is neither a name nor an id")));
        }
    }
    Ok(names)
}
