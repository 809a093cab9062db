//! From arguments to a command, or to one clear sentence about what is wrong with them.

use crate::cli::{Cli, command, out};
use crate::exit::{Exit, Failure, Result};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, FromArgMatches};
use std::ffi::OsString;

/// What came of the arguments.
pub enum Parsed {
    /// A command to run.
    Run(Box<Cli>),
    /// Help or version was printed; this is how the run ends.
    Shown(Exit),
}

/// Reads the arguments.
///
/// # Errors
/// Exit 2 with the nearest match and where the help is.
pub fn parse(args: &[OsString]) -> Result<Parsed> {
    let definition = command();
    repeated(&definition, args)?;
    let matches = match definition.clone().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return wrong(&definition, &error, args),
    };
    let cli = Cli::from_arg_matches(&matches)
        .map_err(|error| Failure::usage(first_paragraph(&error.to_string())))?;
    Ok(Parsed::Run(Box::new(cli)))
}

fn wrong(definition: &clap::Command, error: &clap::Error, args: &[OsString]) -> Result<Parsed> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render();
            let plain = !out::stdout_is_colored();
            out::print_raw(&if plain { text.to_string() } else { text.ansi().to_string() })?;
            Ok(Parsed::Shown(Exit::Ok))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            out::warn(&error.render().to_string());
            Ok(Parsed::Shown(Exit::Usage))
        }
        _ => Err(explain(definition, error, args)),
    }
}

fn explain(definition: &clap::Command, error: &clap::Error, args: &[OsString]) -> Failure {
    let (here, path) = deepest(definition, args);
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(all)) => all.first().cloned(),
        _ => None,
    };
    let near = match error.kind() {
        ErrorKind::InvalidSubcommand => text(ContextKind::InvalidSubcommand)
            .and_then(|word| nearest(&word, subcommands(here)).map(str::to_owned))
            .or_else(|| text(ContextKind::SuggestedSubcommand)),
        ErrorKind::UnknownArgument => text(ContextKind::SuggestedArg).or_else(|| {
            let word = text(ContextKind::InvalidArg)?;
            let bare = word.trim_start_matches('-').to_owned();
            word.starts_with("--")
                .then(|| nearest(&bare, here.get_arguments().filter_map(clap::Arg::get_long)))
                .flatten()
                .map(|flag| format!("--{flag}"))
        }),
        ErrorKind::InvalidValue => text(ContextKind::SuggestedValue),
        _ => None,
    };
    let pointer = format!("{path} --help");
    let hint = near.map_or_else(|| pointer.clone(), |n| format!("did you mean {n}?\n{pointer}"));
    Failure::usage(first_paragraph(&error.render().to_string())).hint(hint)
}

fn subcommands(command: &clap::Command) -> impl Iterator<Item = &str> {
    command.get_subcommands().filter(|c| !c.is_hide_set()).map(clap::Command::get_name)
}

/// The last command that the arguments name, and how it is called.
fn deepest<'a>(definition: &'a clap::Command, args: &[OsString]) -> (&'a clap::Command, String) {
    let (mut here, mut path) = (definition, definition.get_name().to_owned());
    for word in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        if let Some(next) = here.find_subcommand(word) {
            here = next;
            path = format!("{path} {}", next.get_name());
        }
    }
    (here, path)
}

fn first_paragraph(text: &str) -> String {
    let body = text.strip_prefix("error: ").unwrap_or(text);
    let lines: Vec<&str> =
        body.lines().take_while(|l| !l.trim().is_empty()).map(str::trim).collect();
    lines.join(" ")
}

/// A single-value flag may stand anywhere, but only once: the parser sees each level on its own.
fn repeated(definition: &clap::Command, args: &[OsString]) -> Result<()> {
    let words: Vec<&str> = args
        .iter()
        .skip(1)
        .map_while(|arg| arg.to_str().filter(|word| *word != "--"))
        .filter(|word| word.len() > 1 && word.starts_with('-'))
        .collect();
    let single = |arg: &&clap::Arg| {
        arg.is_global_set() && matches!(arg.get_action(), ArgAction::Set | ArgAction::SetTrue)
    };
    for arg in definition.get_arguments().filter(single) {
        let Some(long) = arg.get_long() else { continue };
        let is_it = |word: &str| match word.strip_prefix("--") {
            Some(word) => word.split('=').next() == Some(long),
            None => arg.get_short().is_some_and(|short| cluster(definition, word).contains(&short)),
        };
        if words.iter().filter(|word| is_it(word)).count() > 1 {
            return Err(Failure::usage(format!("--{long} is given more than once")));
        }
    }
    Ok(())
}

/// The global short flags of one word: `-qo json` is `-q -o json`, and behind `-o` comes its value.
fn cluster(definition: &clap::Command, word: &str) -> Vec<char> {
    let known = |short: char| definition.get_arguments().find(|a| a.get_short() == Some(short));
    let mut flags = Vec::new();
    for short in word.chars().skip(1) {
        let Some(arg) = known(short) else { break };
        flags.push(short);
        if matches!(arg.get_action(), ArgAction::Set) {
            break;
        }
    }
    flags
}

/// The candidate most like `word`, if one is like it at all.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_nearest_word_is_found_or_none() {
        assert_eq!(nearest("ndoes", ["nodes", "tunnels"].into_iter()), Some("nodes"));
        assert_eq!(nearest("xyz", ["nodes", "tunnels"].into_iter()), None);
    }
}
