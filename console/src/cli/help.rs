//! `help`: commands and topics; and how every help text begins: with two examples.

mod examples;

use crate::cli::{command, nearest, out};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
pub use examples::{EXAMPLES, GRANTS, IDENTITY};

/// What to explain.
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A command, or one of: environment exit-codes output filters contexts ssh files troubleshooting
    words: Vec<String>,
}

/// Something that is not a command.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

macro_rules! topic {
    ($name:literal) => {
        Topic { name: $name, text: include_str!(concat!("help/", $name, ".txt")) }
    };
}

/// The topics, in the order of the list.
pub const TOPICS: &[Topic] = &[
    topic!("environment"),
    topic!("exit-codes"),
    topic!("output"),
    topic!("filters"),
    topic!("contexts"),
    topic!("ssh"),
    topic!("files"),
    topic!("troubleshooting"),
];

const TEMPLATE: &str = "{before-help}{about-with-newline}
{usage-heading} {usage}

{all-args}{after-help}";

/// Puts the examples before every help text.
pub fn decorate(root: clap::Command) -> clap::Command {
    let topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    let after =
        format!("Global flags: tunnelctl --help. Topics: tunnelctl help {}.", topics.join("|"));
    lead(root, "tunnelctl").after_help(after)
}

fn lead(command: clap::Command, path: &str) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let mut command = command.help_template(TEMPLATE);
    if let Some(text) = examples(path) {
        command = command.before_help(text.clone()).before_long_help(text);
    }
    // What takes a name of its own does something without a verb, too.
    let is_noun = command.get_positionals().next().is_none();
    if !names.is_empty() && is_noun && path != "tunnelctl" {
        command = command.subcommand_required(true).arg_required_else_help(true);
    }
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |sub| lead(sub, &path));
    }
    command
}

/// Every command path with its examples.
pub fn all_examples() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    EXAMPLES.iter().chain(GRANTS).chain(IDENTITY)
}

fn examples(path: &str) -> Option<String> {
    let (_, lines) = all_examples().find(|(of, _)| *of == path)?;
    let shown: Vec<String> = lines.iter().map(|line| format!("  $ {line}")).collect();
    Some(format!("Examples:\n{}", shown.join("\n")))
}

/// Runs `help`.
///
/// # Errors
/// Neither a command nor a topic.
pub fn run(args: &HelpArgs) -> Result {
    if let [word] = args.words.as_slice()
        && let Some(topic) = TOPICS.iter().find(|topic| topic.name == word)
    {
        out::print_raw(topic.text)?;
        return Ok(Exit::Ok);
    }
    let mut here = command();
    here.build();
    for word in &args.words {
        let Some(next) = here.find_subcommand(word) else {
            return Err(unknown(&here, word));
        };
        here = next.clone();
    }
    out::print_raw(&here.render_long_help().to_string())?;
    Ok(Exit::Ok)
}

fn unknown(here: &clap::Command, word: &str) -> Failure {
    let names = here
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .map(clap::Command::get_name)
        .chain(TOPICS.iter().map(|topic| topic.name));
    let failure = Failure::usage(format!("{word:?} is neither a command nor a topic"));
    match nearest(word, names) {
        Some(near) => failure.hint(format!("did you mean {near}?  tunnelctl help {near}")),
        None => failure.hint("tunnelctl --help"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn paths(command: &clap::Command, path: &str, all: &mut Vec<String>) {
        all.push(path.to_owned());
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            paths(sub, &format!("{path} {}", sub.get_name()), all);
        }
    }

    #[test]
    fn every_command_has_two_examples_that_parse() {
        let definition = command();
        let mut all = Vec::new();
        paths(&definition, "tunnelctl", &mut all);
        for path in &all {
            let found = all_examples().find(|(of, _)| of == path);
            assert!(found.is_some(), "no examples for {path}");
        }
        for (path, lines) in all_examples() {
            assert!(all.iter().any(|p| p == path), "examples for {path}, which is no command");
            for line in *lines {
                check(&definition, line);
            }
        }
    }

    fn check(definition: &clap::Command, line: &str) {
        let from = line.find("tunnelctl").unwrap_or_default();
        let stop = |word: &&str| !matches!(*word, "|" | "<" | ">" | "&" | "&&" | ";");
        if line.contains('"') {
            return;
        }
        let words = unquoted(&line[from..]);
        let words: Vec<&str> = words.iter().map(String::as_str).take_while(stop).collect();
        let parsed = definition.clone().try_get_matches_from(&words);
        let fine = parsed.as_ref().err().is_none_or(|error| {
            matches!(
                error.kind(),
                clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
            )
        });
        assert!(fine, "{line}: {:?}", parsed.err().map(|e| e.to_string()));
    }

    /// Words as a shell takes them, single quotes only.
    fn unquoted(line: &str) -> Vec<String> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().into_iter().for_each(|word| word.push(c)),
            }
        }
        words
    }

    #[test]
    fn the_exit_code_topic_lists_every_code() {
        let text = TOPICS.iter().find(|t| t.name == "exit-codes").map_or("", |t| t.text);
        for (exit, when) in Exit::ALL {
            let line = text.lines().find(|l| l.trim_start().starts_with(&exit.code().to_string()));
            assert!(line.is_some_and(|l| l.contains(when)), "{} {when}", exit.code());
        }
    }
}
