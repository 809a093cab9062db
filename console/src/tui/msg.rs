//! Everything that can happen to the console, as values. Time comes with each of them.

use super::data::batch::Batch;
use super::data::forwards::Local;
use super::data::link::LinkNews;
use super::key::Key;
use link::forward::{Event, Place};
use std::time::Duration;
use wire::message::operator::Reply;
use wire::{Refusal, UnixMs};

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the console started; for deadlines.
    pub mono: Duration,
    /// Wall time; for people.
    pub wall: UnixMs,
}

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// A mouse button at a cell.
    Click {
        /// Column.
        x: u16,
        /// Row.
        y: u16,
    },
    /// The wheel, in rows; down is positive.
    Scroll(i8),
    /// Text from the terminal's clipboard.
    Paste(String),
    /// The terminal's size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Whether the terminal has the focus.
    Focus(Focus),
    /// The time asked for with `next_due` has come.
    Due,
    /// News of the link.
    Link(LinkNews),
    /// News of nodes, tunnels and the server.
    Data(Box<Batch>),
    /// An effect's result.
    Done {
        /// Which.
        job: Job,
        /// Its result.
        answer: Answer,
    },
    /// News of a forward of this console.
    Forward {
        /// Which.
        forward: Local,
        /// What happened.
        event: Event,
    },
    /// A forward of this console has ended.
    Stopped(Local),
    /// Something failed in the background, for people.
    Trouble(String),
    /// The process is asked to end.
    Quit,
}

/// Whether anybody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The terminal is in front.
    Gained,
    /// Another window is.
    Lost,
}

/// The number of an effect that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job(pub u64);

/// An effect's result.
#[derive(Debug)]
pub enum Answer {
    /// The server replied.
    Reply(Box<Reply>),
    /// It did not, or said no.
    Failed(Failure),
    /// The address can be bound.
    PortFree,
    /// It can't, and why.
    PortTaken(String),
    /// A forward listens here.
    Listening(Place),
    /// Text is in the clipboard, and by which way.
    Copied(&'static str),
}

/// Why there was no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A polite no.
    Refused(Refusal),
    /// The link went away first: nobody knows whether it was done.
    Unknown(String),
    /// It was not done.
    Other(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => match &refusal.hint {
                Some(hint) => write!(f, "{refusal} · {hint}"),
                None => refusal.fmt(f),
            },
            Self::Unknown(why) => write!(f, "unknown — check the audit log ({why})"),
            Self::Other(why) => f.write_str(why),
        }
    }
}
