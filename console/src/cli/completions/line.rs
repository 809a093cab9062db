//! What may stand at the end of a command line that is being typed: found in the one definition of the
//! commands, so that no shell has to know them.

use super::Names;
use clap::{Arg, ArgAction, Command};

/// A line as far as it was typed.
pub(super) struct Line {
    /// What stands at its end.
    pub(super) kind: Option<Names>,
    /// Where the word that is typed begins to be a name: behind `port/`, where that can stand.
    pub(super) lead: &'static str,
    /// The context that the line names.
    pub(super) context: Option<String>,
}

impl Line {
    /// One that asks for this kind of name.
    pub(super) const fn of(kind: Names) -> Self {
        Self { kind: Some(kind), lead: "", context: None }
    }
}

/// Reads the words behind `tunnelctl`; the last one is being typed.
pub(super) fn read(root: &mut Command, words: &[String]) -> Line {
    root.build();
    let mut line = Line { kind: None, lead: "", context: None };
    let Some((typed, before)) = words.split_last() else { return line };
    let mut at = Place { command: root, path: Vec::new(), nth: 0, only_names: false, option: None };
    // A shell that takes `--option=value` apart says the sign by itself.
    for word in before.iter().filter(|word| *word != "=") {
        if at.option.is_some_and(|option| option.get_id() == "context") {
            line.context = Some(word.clone());
        }
        at = at.after(word);
    }
    let arg = match (at.option, typed.starts_with('-') && !at.only_names) {
        (Some(option), _) => Some(option),
        (None, true) => None,
        (None, false) => at.positional(),
    };
    line.kind = arg.and_then(|arg| kind(&at.path, arg));
    if typed.starts_with(PORT) && matches!(at.path[..], ["forward" | "connect"]) {
        line.kind = line.kind.map(|_| Names::Ports);
        line.lead = PORT;
    }
    line
}

const PORT: &str = "port/";

/// A place in the tree of commands.
struct Place<'a> {
    command: &'a Command,
    path: Vec<&'a str>,
    /// Positional arguments so far.
    nth: usize,
    /// Behind `--`.
    only_names: bool,
    /// The option whose value comes next.
    option: Option<&'a Arg>,
}

impl<'a> Place<'a> {
    fn after(mut self, word: &str) -> Self {
        if self.option.take().is_some() {
            return self;
        }
        if self.only_names || !word.starts_with('-') || word == "-" {
            return self.after_name(word);
        }
        if word == "--" {
            self.only_names = true;
            return self;
        }
        let is_it = |arg: &&Arg| match word.strip_prefix("--") {
            Some(long) => arg.get_long_and_visible_aliases().is_some_and(|all| all.contains(&long)),
            None => word.len() == 2 && arg.get_short() == word.chars().nth(1),
        };
        let takes = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        self.option = self.command.get_arguments().filter(is_it).find(takes);
        self
    }

    fn after_name(mut self, word: &str) -> Self {
        let below = (self.nth == 0 && !self.only_names).then(|| self.command.find_subcommand(word));
        match below.flatten() {
            Some(below) => {
                self.path.push(below.get_name());
                self.command = below;
            }
            None => self.nth += 1,
        }
        self
    }

    /// The argument that a name at this place is for.
    fn positional(&self) -> Option<&'a Arg> {
        let all: Vec<&Arg> = self.command.get_positionals().collect();
        let takes_many = |arg: &&&Arg| matches!(arg.get_action(), ArgAction::Append);
        let here = all.get(self.nth).copied();
        here.or_else(|| all.last().filter(takes_many).copied())
    }
}

/// What an argument names.
fn kind(path: &[&str], arg: &Arg) -> Option<Names> {
    // What is made gets a name of its own; a number is no name.
    let makes = matches!(path.last(), Some(&("create" | "admit" | "invite" | "enroll")));
    if makes && arg.is_positional() || (path == ["ports", "create"] && arg.get_id() == "port") {
        return None;
    }
    let id = arg.get_id().as_str();
    match id {
        "before" => return Some(Names::Rules),
        "who" if path.first() == Some(&"tunnels") => return Some(Names::Operators),
        "names" | "name" if !arg.is_positional() => return None,
        "names" | "name" => {}
        _ => return of_word(id),
    }
    // Of a verb for several kinds the verb says which, else the noun.
    path.last()
        .and_then(|verb| of_word(verb))
        .or_else(|| path.first().and_then(|noun| of_word(noun)))
}

fn of_word(word: &str) -> Option<Names> {
    Some(match word {
        "node" | "nodes" | "pending" => Names::Nodes,
        "context" => Names::Contexts,
        "operator" | "operators" => Names::Operators,
        "role" | "roles" => Names::Roles,
        "rule" | "rules" => Names::Rules,
        "session" | "sessions" => Names::Sessions,
        "guest" | "guests" => Names::Guests,
        "lock" | "locks" => Names::Locks,
        "port" | "ports" => Names::Ports,
        "link" | "links" => Names::Links,
        "token" | "tokens" => Names::Tokens,
        "tunnel" | "tunnels" => Names::Tunnels,
        _ => return None,
    })
}
