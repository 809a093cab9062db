//! `completions`: static scripts per shell, and the names that the bash, zsh and fish scripts fetch
//! from the cache. Never touches the network.

mod line;

use crate::cli::{command, out};
use crate::ctx::settings::default_name;
use crate::ctx::{contexts, paths};
use crate::exit::{Exit, Result};
use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};
use std::fmt::Write;
use std::path::PathBuf;
use wire::SafeText;

const MOST: usize = 10_000;

/// Which shell.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    /// Without live names
    #[arg(long = "static")]
    fixed: bool,
}

/// What a script asks for.
#[derive(Debug, Args)]
pub struct CompleteArgs {
    /// The kind of name, or `line` for what stands at the end of the words
    #[arg(value_enum)]
    kind: Asked,
    /// What was typed so far
    #[arg(allow_hyphen_values = true, num_args = 0..)]
    words: Vec<String>,
}

/// What a script may ask for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Asked {
    Line,
    Nodes,
    Contexts,
}

/// Names that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Nodes,
    Contexts,
    Operators,
    Roles,
    Rules,
    Sessions,
    Guests,
    Locks,
    Ports,
    Links,
    Tokens,
    Tunnels,
}

impl Names {
    /// The names of lists of this kind.
    fn of_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "Node" => Self::Nodes,
            "Operator" => Self::Operators,
            "Role" => Self::Roles,
            "Rule" => Self::Rules,
            "Session" => Self::Sessions,
            "Guest" => Self::Guests,
            "Lock" => Self::Locks,
            "Port" => Self::Ports,
            "Link" => Self::Links,
            "Token" => Self::Tokens,
            "Tunnel" => Self::Tunnels,
            _ => return None,
        })
    }

    /// The file in the context's cache.
    const fn file(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Contexts => "contexts",
            Self::Operators => "operators",
            Self::Roles => "roles",
            Self::Rules => "rules",
            Self::Sessions => "sessions",
            Self::Guests => "guests",
            Self::Locks => "locks",
            Self::Ports => "ports",
            Self::Links => "links",
            Self::Tokens => "tokens",
            Self::Tunnels => "tunnels",
        }
    }
}

/// Prints a script.
///
/// # Errors
/// The reader has gone.
pub fn print(args: &CompletionsArgs) -> Result {
    out::print_raw(&script(args.shell, args.fixed))?;
    Ok(Exit::Ok)
}

/// The script for a shell, with live names unless `fixed`.
pub fn script(shell: Shell, fixed: bool) -> String {
    let mut bytes = Vec::new();
    generate(shell, &mut command(), "tunnelctl", &mut bytes);
    let mut script = String::from_utf8_lossy(&bytes).into_owned();
    if !fixed {
        match shell {
            Shell::Bash => script.push_str(BASH),
            Shell::Fish => script.push_str(FISH),
            Shell::Zsh => script.push_str(ZSH),
            _ => {}
        }
    }
    script
}

/// Wraps the generated function: the names that can stand where the cursor is are added, and behind an
/// option they are all there is.
const BASH: &str = r#"
_tunnelctl_live() {
    _tunnelctl "$@"
    local name names=()
    while IFS=$'\t' read -r name _; do
        names+=("$name")
    done < <(tunnelctl __complete line -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ ${#names[@]} -gt 0 ]]; then
        [[ "${COMP_WORDS[COMP_CWORD-1]}" == -* ]] && COMPREPLY=()
        COMPREPLY+=("${names[@]}")
    fi
}
complete -F _tunnelctl_live -o nosort -o bashdefault -o default tunnelctl 2>/dev/null ||
    complete -F _tunnelctl_live -o bashdefault -o default tunnelctl
"#;

const FISH: &str = r#"
function __tunnelctl_live
    set -g __tunnelctl_names (tunnelctl __complete line -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    test (count $__tunnelctl_names) -gt 0
end
complete -c tunnelctl -n __tunnelctl_live -f -a '$__tunnelctl_names'
"#;

const ZSH: &str = r#"
_tunnelctl_live() {
    local -a names
    local name about
    while IFS=$'\t' read -r name about; do
        names+=("${name//:/\\:}:$about")
    done < <(tunnelctl __complete line -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( $#names )) && _describe -t names name names
    _tunnelctl "$@"
}
(( $+functions[compdef] )) && compdef _tunnelctl_live tunnelctl
"#;

/// Prints names with what they are, from files only; nothing goes wrong aloud.
///
/// # Errors
/// The reader has gone.
pub fn complete(args: &CompleteArgs) -> Result {
    let typed = args.words.last().map_or("", String::as_str);
    let line = match args.kind {
        Asked::Line => line::read(&mut command(), &args.words),
        Asked::Nodes => line::Line::of(Names::Nodes),
        Asked::Contexts => line::Line::of(Names::Contexts),
    };
    let known = match line.kind {
        None => Vec::new(),
        Some(Names::Contexts) => contexts::names().unwrap_or_default(),
        Some(kind) => kept(kind, line.context),
    };
    let typed = typed.strip_prefix(line.lead).unwrap_or(typed);
    let mut text = String::new();
    for known in known.iter().filter(|known| known.starts_with(typed)).take(MOST) {
        let _ = writeln!(text, "{}{known}", line.lead);
    }
    out::print_raw(&text)?;
    Ok(Exit::Ok)
}

fn kept(kind: Names, context: Option<String>) -> Vec<String> {
    let named = context.or_else(|| std::env::var("TUNNELCTL_CONTEXT").ok());
    let named = named.filter(|name| !name.is_empty());
    let context = default_name(named.as_deref()).ok().flatten();
    let file = context.and_then(|context| cache_file(&context, kind).ok());
    let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn cache_file(context: &str, kind: Names) -> Result<PathBuf> {
    Ok(paths::cache_dir()?.join(context).join(kind.file()))
}

/// Keeps the names of a full list for completion, each with a few words about it. A cache that cannot be
/// written is nobody's problem.
pub fn remember(context: &str, kind: &str, names: &[(String, String)]) {
    let Some(kind) = Names::of_kind(kind) else { return };
    // Without a context its address stands in, which is no name of a directory.
    if context.contains(['/', ':']) {
        return;
    }
    let mut text = String::new();
    for (name, about) in names.iter().take(MOST) {
        let (name, about) = (SafeText::clean(name), SafeText::clean(about));
        let _ = writeln!(text, "{name}\t{about}");
    }
    let written = cache_file(context, kind).and_then(|file| {
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        paths::write_atomic(&file, &text)
    });
    if let Err(error) = written {
        tracing::debug!(%error, "the names were not kept for completion");
    }
}
