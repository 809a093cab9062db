//! What this process forwards, in words and in numbers, and where other processes of the same user ask
//! about it: `tunnelctl forward list`, `attach` and `close` see the forwards of commands and of consoles
//! alike.

mod board;
mod desk;
mod words;

pub use board::{Board, ForwardRow, News, Owner, OwnerKind, State};
pub use desk::{Ask, Desk, Told, directory, private};
use link::forward::{Kind, Spec};
use wire::message::tunnel::OpenTo;
use wire::{RuleId, SafeText, UnixMs};
pub use words::{Words, joined};

/// One listener and where it leads, for people.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// `fwd`, `socks`, `reverse` or `share`.
    pub kind: &'static str,
    /// The node's name, `port/NAME`, or a label.
    pub via: String,
    /// The target; empty for a proxy.
    pub target: String,
    /// The rule that allows it, where known.
    pub rule: Option<RuleId>,
    /// Why it has to wait, if it has.
    pub away: Option<String>,
    /// The name it was given, if it was.
    pub name: Option<String>,
    /// What people wrote about it.
    pub description: Option<SafeText>,
    /// Packing was asked for.
    pub packs: bool,
    /// Networks that a share lets in.
    pub admits: Vec<SafeText>,
    /// When a share ends.
    pub until: Option<UnixMs>,
}

impl Shown {
    /// What a listener says about itself.
    pub fn of(spec: &Spec) -> Self {
        let (kind, via, target) = match &spec.kind {
            Kind::Fixed(OpenTo::Node { node, target } | OpenTo::Through { node, target, .. }) => {
                ("fwd", node.to_string(), target.to_string())
            }
            Kind::Fixed(OpenTo::Port(name)) => ("fwd", format!("port/{name}"), String::new()),
            Kind::Fixed(OpenTo::Listen { node, at }) => ("fwd", node.to_string(), at.to_string()),
            Kind::Fixed(OpenTo::Arrival { listener, .. }) => {
                ("fwd", listener.to_string(), String::new())
            }
            Kind::Fixed(OpenTo::Share { .. }) => ("fwd", "server".to_owned(), String::new()),
            Kind::Share { to, .. } => ("share", "server".to_owned(), to.to_string()),
            Kind::Reverse { node, to } => ("reverse", node.to_string(), to.to_string()),
            Kind::Group(group, target) => ("fwd", group.to_string(), target.to_string()),
            Kind::Proxy { through, .. } => ("socks", through.to_string(), String::new()),
        };
        let admits = match &spec.kind {
            Kind::Share { from, .. } => from.clone(),
            _ => Vec::new(),
        };
        Self { kind, via, target, packs: spec.compress.is_some(), admits, ..Self::default() }
    }
}
