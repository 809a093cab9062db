//! The terminal console. Messages change the app, the app is drawn, effects go out: README.md has
//! the loop in one page. This file holds the loop and what it owns; it decides nothing.

pub mod app;
pub mod clip;
pub mod clock;
pub mod data;
pub mod effect;
pub mod glyph;
pub mod key;
pub mod keymap;
pub mod msg;
pub mod net;
pub mod overlays;
mod poll;
pub mod record;
mod run;
pub mod runner;
pub mod screens;
pub mod state;
pub mod term;
pub mod theme;
pub mod widgets;

use link::operator::Access;
use std::path::PathBuf;

/// How a console is started.
#[derive(Debug)]
pub struct Options {
    /// The server and identity, or in words why there are none: the console starts without them too.
    pub access: Result<Access, String>,
    /// The name of the context, in every frame and dialog.
    pub context: String,
    /// The look; `None` = from `NO_COLOR`, else the terminal's own colours.
    pub theme: Option<theme::Theme>,
    /// Only ASCII signs; `None` = as the terminal and locale suggest.
    pub glyphs: Option<glyph::Glyphs>,
    /// The screen to open.
    pub screen: Option<app::Screen>,
    /// The filter to start with.
    pub filter: Option<String>,
    /// What may be done.
    pub permit: app::Permit,
    /// How careful changes are asked for.
    pub caution: app::Caution,
    /// How much is drawn besides words.
    pub manner: app::Manner,
    /// Write down everything that reaches the console.
    pub record: Option<PathBuf>,
    /// Play a recording instead of connecting, this many times as fast.
    pub replay: Option<(PathBuf, f64)>,
    /// Where state and crash reports go; `None` = nothing is kept.
    pub state_dir: Option<PathBuf>,
    /// What goes along with the link.
    pub companion: Option<Companion>,
}

/// Begins what goes along with a link: it is given its connections and the console's end.
pub type Begin = dyn FnOnce(net::Live, &link::Shutdown) + Send;

/// Something that goes along with the link of a console and sees each of its connections, until the
/// console ends.
pub struct Companion(pub Box<Begin>);

impl std::fmt::Debug for Companion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Companion")
    }
}

impl Options {
    /// A console with nothing special.
    pub const fn new(access: Result<Access, String>, context: String) -> Self {
        Self {
            access,
            context,
            theme: None,
            glyphs: None,
            screen: None,
            filter: None,
            permit: app::Permit::All,
            caution: app::Caution::Usual,
            manner: app::Manner::Full,
            record: None,
            replay: None,
            state_dir: None,
            companion: None,
        }
    }
}

/// How a console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody left.
    Left,
    /// A signal of this number ended it.
    Signal(u8),
}

/// Runs the console until somebody leaves. The terminal is given back in every ending.
///
/// # Errors
/// There is no terminal, it went away, or a recording can't be read or written.
pub async fn run(options: Options) -> anyhow::Result<Ended> {
    run::run(options).await
}

/// The short form of an id.
pub use app::short;
