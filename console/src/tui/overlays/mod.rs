//! What lies over a screen: it takes keys first and says what should follow. Pure: state, keys, cells.

pub mod actions;
pub mod confirm;
pub mod explain;
pub mod help;
pub mod info;
pub mod open_tunnel;
pub mod toasts;

use super::data::{Data, access, forwards::Local, nodes, tunnels};
use super::key::Key;
use super::keymap::Action;
use super::msg::Now;
use link::forward::Spec;
use wire::SafeText;
use wire::message::operator::AccessQuestion;

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help(help::Help),
    /// A change to be agreed to.
    Confirm(Box<confirm::Confirm>),
    /// A tunnel to be opened.
    OpenTunnel(Box<open_tunnel::OpenTunnel>),
    /// Who may use what, and why.
    Explain(Box<explain::Explain>),
    /// Something to choose from.
    Menu(actions::Menu),
    /// Something to read.
    Info(info::Info),
}

/// What should follow a key.
#[derive(Debug)]
pub enum After {
    /// Nothing.
    Stay,
    /// The overlay goes away.
    Close,
    /// It goes away and this runs.
    Run(Action),
    /// It goes away and Fleet has this order.
    OrderNodes(nodes::By),
    /// It goes away and Tunnels has this order.
    OrderTunnels(tunnels::By),
    /// It goes away and the tab of Access has this order.
    OrderAccess(access::By),
    /// It goes away and this forward stops.
    StopForward(Local),
    /// A confirmed change.
    Change {
        /// What.
        change: confirm::Change,
        /// Why, for the audit record.
        reason: Option<SafeText>,
    },
    /// A question about policy; the overlay stays.
    Explain(Box<AccessQuestion>),
    /// A forward to start.
    Start(Box<Spec>),
    /// Text to copy.
    Copy {
        /// What it is.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Leave.
    Quit,
}

impl Overlay {
    /// Gives it a key.
    pub fn key(&mut self, now: Now, key: Key, data: &Data) -> After {
        match self {
            Self::Help(help) => help.key(key),
            Self::Confirm(confirm) => confirm.key(now, key),
            Self::OpenTunnel(form) => form.key(now, key, data),
            Self::Explain(form) => form.key(key),
            Self::Menu(menu) => menu.key(key),
            Self::Info(info) => info.key(key),
        }
    }

    /// Gives it pasted text.
    pub fn paste(&mut self, now: Now, text: &str, data: &Data) {
        match self {
            Self::Help(help) => help.paste(text),
            Self::Confirm(confirm) => confirm.paste(now, text),
            Self::OpenTunnel(form) => form.paste(now, text, data),
            Self::Explain(form) => form.paste(text),
            Self::Menu(_) | Self::Info(_) => {}
        }
    }
}
