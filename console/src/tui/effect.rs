//! What the console wants done outside itself. Values only; `runner` does them.

use super::data::access::Tab;
use super::data::forwards::Local;
use super::msg::Job;
use super::state::Saved;
use link::forward::Spec;
use std::net::SocketAddr;
use wire::message::operator::Request;

/// Something to be done.
#[derive(Debug)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Give the terminal back until continued.
    Suspend,
    /// Draw every cell again.
    Redraw,
    /// Let go of or take the mouse.
    Mouse(Capture),
    /// Try the server now.
    Retry,
    /// Keep asking the server for these, beginning now.
    Watch(&'static [Tab]),
    /// Ask the server; answered by `Msg::Done`.
    Ask {
        /// For the answer.
        job: Job,
        /// The question or change.
        request: Box<Request>,
    },
    /// Can this address be bound? Answered by `Msg::Done`.
    CheckListen {
        /// For the answer.
        job: Job,
        /// Where.
        listen: SocketAddr,
    },
    /// Start a forward; answered by `Msg::Done`, then told of by `Msg::Forward`.
    OpenForward {
        /// For the answer.
        job: Job,
        /// Its number in this console.
        forward: Local,
        /// What to start.
        spec: Box<Spec>,
    },
    /// Stop a forward.
    CloseForward(Local),
    /// Put text into the clipboard; answered by `Msg::Done`.
    Copy {
        /// For the answer.
        job: Job,
        /// The text.
        text: String,
    },
    /// Keep this for the next start.
    Save(Saved),
}

/// Whether the console gets mouse events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capture {
    /// It does.
    On,
    /// The terminal selects text instead.
    Off,
}
