//! `completions`: static scripts per shell, and the names that the bash, zsh and fish scripts fetch
//! from the cache. Never touches the network.

use crate::cli::{command, out};
use crate::ctx::settings::default_name;
use crate::ctx::{contexts, paths};
use crate::exit::{Exit, Result};
use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};
use std::fmt::Write;
use std::path::PathBuf;
use wire::message::view::NodeState;

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
    /// The kind of name
    #[arg(value_enum)]
    kind: Names,
    /// What was typed so far
    #[arg(default_value = "")]
    prefix: String,
}

/// Names a script may ask for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Names {
    Nodes,
    Contexts,
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
            _ => {}
        }
    }
    script
}

/// Wraps the generated function: where a node or a context can stand, their names are added.
const BASH: &str = r#"
_tunnelctl_live() {
    _tunnelctl "$@"
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" kind=""
    case "$prev" in
        -c|--context) kind=contexts; COMPREPLY=() ;;
        --node) kind=nodes; COMPREPLY=() ;;
    esac
    if [[ -z "$kind" && "$cur" != -* ]]; then
        case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
            "forward "*|"connect "*|"socks "*) [[ $COMP_CWORD -eq 2 ]] && kind=nodes ;;
            "nodes list"|"nodes ls") ;;
            "nodes "*|"revoke node"|"pending approve"|"pending deny") [[ $COMP_CWORD -ge 3 ]] && kind=nodes ;;
            "context "*) [[ $COMP_CWORD -eq 3 ]] && kind=contexts ;;
        esac
    fi
    if [[ -n "$kind" ]]; then
        local name
        while IFS=$'\t' read -r name _; do
            COMPREPLY+=("$name")
        done < <(tunnelctl __complete "$kind" "$cur" 2>/dev/null)
    fi
}
complete -F _tunnelctl_live -o nosort -o bashdefault -o default tunnelctl 2>/dev/null ||
    complete -F _tunnelctl_live -o bashdefault -o default tunnelctl
"#;

const FISH: &str = r#"
complete -c tunnelctl -n '__fish_seen_subcommand_from nodes pending forward connect socks' -f -a '(tunnelctl __complete nodes (commandline -ct) 2>/dev/null)'
complete -c tunnelctl -n '__fish_seen_subcommand_from context' -f -a '(tunnelctl __complete contexts (commandline -ct) 2>/dev/null)'
complete -c tunnelctl -s c -l context -x -a '(tunnelctl __complete contexts 2>/dev/null)'
"#;

/// Prints names with their states, from files only; nothing goes wrong aloud.
///
/// # Errors
/// The reader has gone.
pub fn complete(args: &CompleteArgs) -> Result {
    let lines = match args.kind {
        Names::Contexts => contexts::names().unwrap_or_default(),
        Names::Nodes => nodes(),
    };
    let mut text = String::new();
    for line in lines.iter().filter(|line| line.starts_with(&args.prefix)).take(MOST) {
        let _ = writeln!(text, "{line}");
    }
    out::print_raw(&text)?;
    Ok(Exit::Ok)
}

fn nodes() -> Vec<String> {
    let named = std::env::var("TUNNELCTL_CONTEXT").ok().filter(|name| !name.is_empty());
    let context = default_name(named.as_deref()).ok().flatten();
    let file = context.and_then(|context| cache_file(&context).ok());
    let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn cache_file(context: &str) -> Result<PathBuf> {
    Ok(paths::cache_dir()?.join(context).join("nodes"))
}

/// Keeps the names of a full list for completion. A cache that cannot be written is nobody's problem.
pub fn remember_nodes(context: &str, nodes: &[(String, NodeState)]) {
    // Without a context its address stands in, which is no name of a directory.
    if context.contains(['/', ':']) {
        return;
    }
    let mut text = String::new();
    for (name, state) in nodes.iter().take(MOST) {
        let _ = writeln!(text, "{name}\t{state}");
    }
    let written = cache_file(context).and_then(|file| {
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir)?;
        }
        paths::write_atomic(&file, &text)
    });
    if let Err(error) = written {
        tracing::debug!(%error, "the names were not kept for completion");
    }
}
