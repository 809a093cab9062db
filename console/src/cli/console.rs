//! `console`, and `tunnelctl` alone on a terminal: the terminal console. It starts without a server,
//! without a context and with a broken one, and says so on its screen.

use super::Run;
use super::runtime::many;
use crate::ctx::paths;
use crate::ctx::{access, follow};
use crate::exit::{Exit, Failure, Result};
use crate::tui::app::{Caution, Manner, Permit, Screen};
use crate::tui::glyph::Glyphs;
use crate::tui::theme::Theme;
use crate::tui::{self, Companion, Ended, Options};
use clap::Args;
use std::io::IsTerminal;
use std::path::PathBuf;

/// What to open it on.
#[derive(Debug, Default, Args)]
pub struct ConsoleArgs {
    /// Open this screen: fleet, tunnels or access
    #[arg(long, value_name = "S", value_parser = screen)]
    screen: Option<Screen>,
    /// Start with this filter
    #[arg(long, value_name = "E")]
    filter: Option<String>,
    /// The look: terminal, mono, dark, light, contrast or colorblind
    #[arg(long, value_name = "T", value_parser = theme)]
    theme: Option<Theme>,
    /// Write everything that reaches the console to this file, for bug reports
    #[arg(long, value_name = "F")]
    record: Option<PathBuf>,
    /// Play a recording instead of connecting
    #[arg(long, value_name = "F", conflicts_with = "record")]
    replay: Option<PathBuf>,
    /// Play it this many times as fast
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "replay", value_parser = speed)]
    speed: f64,
    /// Neither read nor keep the last screen
    #[arg(long)]
    no_state: bool,
}

fn screen(text: &str) -> std::result::Result<Screen, String> {
    Screen::named(text).ok_or_else(|| "fleet, tunnels or access".to_owned())
}

fn theme(text: &str) -> std::result::Result<Theme, String> {
    let names = || Theme::ALL.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
    Theme::named(text).ok_or_else(names)
}

fn speed(text: &str) -> std::result::Result<f64, String> {
    let wrong = || "a number above 0, at most 1000".to_owned();
    text.parse().ok().filter(|n| *n > 0.0 && *n <= 1000.0).ok_or_else(wrong)
}

/// Whether there is a terminal to draw on and to type at.
pub fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// `console`.
///
/// # Errors
/// There is no terminal, or it went away.
pub fn run(args: ConsoleArgs, run: &Run) -> Result {
    if !has_terminal() {
        return Err(Failure::usage("the console needs a terminal on standard input and output")
            .hint("tunnelctl nodes list     prints the fleet without one"));
    }
    let settings = &run.settings;
    let endpoint = access::endpoint(settings, "console");
    let name = endpoint.as_ref().map_or_else(
        |_| settings.context.value.clone().unwrap_or_else(|| "none".to_owned()),
        |endpoint| endpoint.name.clone(),
    );
    let protected = settings.protected || endpoint.as_ref().is_ok_and(|e| e.protected);
    let companion = endpoint.as_ref().ok().cloned().map(|endpoint| {
        Companion(Box::new(move |live, shutdown| follow::console(&endpoint, shutdown, live)))
    });
    let access = endpoint.map(|endpoint| endpoint.access).map_err(|failure| {
        failure.hint.map_or(failure.message.clone(), |hint| format!("{} · {hint}", failure.message))
    });
    let mut options = as_asked(Options::new(access, name), run);
    options.theme = args.theme.or(options.theme);
    options.caution = if protected { Caution::Protected } else { Caution::Usual };
    options.screen = args.screen;
    options.companion = companion;
    options.filter = args.filter;
    options.record = args.record;
    options.replay = args.replay.map(|file| (file, args.speed));
    options.state_dir = if args.no_state { None } else { Some(paths::state_dir()?) };
    open(options)
}

/// A console with the look and the permission that flags, environment and configuration ask for.
pub(super) fn as_asked(mut options: Options, run: &Run) -> Options {
    let settings = &run.settings;
    options.theme = (!settings.colored(true)).then_some(Theme::Mono);
    options.glyphs = settings.ascii.value.then_some(Glyphs::Ascii);
    options.manner = if settings.accessible.value { Manner::Plain } else { Manner::Full };
    options.permit = if settings.read_only.value { Permit::ReadOnly } else { Permit::All };
    options
}

/// Opens the console and stays in it.
///
/// # Errors
/// The terminal went away, or a recording can't be read or written.
pub(super) fn open(options: Options) -> Result {
    let ended = many(async {
        let result = tui::run(options).await;
        result.map_err(|error| Failure::new(Exit::Failed, format!("{error:#}")))
    })?;
    Ok(exit(ended))
}

/// The exit code of a console that ended this way.
pub(super) const fn exit(ended: Ended) -> Exit {
    match ended {
        Ended::Left => Exit::Ok,
        Ended::Signal(number) => Exit::Signal(number),
    }
}
