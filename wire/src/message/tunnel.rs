//! The header and the answer at the front of every tunnel stream, on both legs.
//!
//! The opener writes the header at once; the acceptor answers once; then both send chunks
//! ([`crate::chunk`]). The opener may send chunks before the answer: they wait in the bounded
//! window and reach the target first thing after the dial (no first-byte race, F2.13).

use crate::error::Refusal;
use crate::ids::{NodeId, RuleId, TunnelId};
use crate::message::view::TraceEntry;
use crate::name::{Name, Target};
use crate::reason::CloseReason;
use crate::text::SafeText;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What opened a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum TunnelType {
    /// A local listener at the operator.
    #[n(0)]
    Forward,
    /// A SOCKS or HTTP CONNECT proxy at the operator.
    #[n(1)]
    Socks,
    /// Standard input and output of `connect`.
    #[n(2)]
    Connect,
    /// A listener at the node.
    #[n(3)]
    Reverse,
    /// A published port.
    #[n(4)]
    Port,
    /// A temporary published port backed by an operator.
    #[n(5)]
    Share,
    /// A stored node → node route.
    #[n(6)]
    Link,
}

impl TunnelType {
    /// The contract's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Socks => "socks",
            Self::Connect => "connect",
            Self::Reverse => "reverse",
            Self::Port => "port",
            Self::Share => "share",
            Self::Link => "link",
        }
    }
}

/// Operator → server: open a tunnel.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct OperatorOpen {
    /// Where to.
    #[n(0)]
    pub to: OpenTo,
    /// What asked.
    #[n(1)]
    pub kind: TunnelType,
    /// For the audit record.
    #[n(2)]
    pub note: Option<SafeText>,
    /// Close after this long without payload, in milliseconds.
    #[n(3)]
    pub idle_ms: Option<u64>,
    /// Close after this long, in milliseconds.
    #[n(4)]
    pub max_ms: Option<u64>,
    /// Wait this long for a node that is away, in milliseconds.
    #[n(5)]
    pub wait_ms: Option<u64>,
    /// Pack what saves bytes by it, if the node agrees.
    #[n(6)]
    #[cbor(decode_with = "crate::codec::known")]
    pub compress: Option<Compress>,
    /// Tell with the answer how it came about.
    #[n(7)]
    pub trace: Option<bool>,
}

/// How chunks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum Compress {
    /// Each chunk that gets smaller by it is a frame of zstd (RFC 8878) of its own.
    #[n(0)]
    Zstd,
}

impl Compress {
    /// The contract's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
        }
    }
}

/// Where a tunnel goes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum OpenTo {
    /// A target at a node.
    #[n(0)]
    Node {
        /// Name, id or unique id prefix of the node.
        #[n(0)]
        node: SafeText,
        /// The target; resolved at the node.
        #[n(1)]
        target: Target,
    },
    /// The target of a published port, over mTLS instead of the public socket.
    #[n(1)]
    Port(#[n(0)] Name),
    /// A listener at a node. It lasts as long as this tunnel, whose payload are [`Arrival`]s.
    #[n(141)]
    Listen {
        /// Name, id or unique id prefix of the node.
        #[n(0)]
        node: SafeText,
        /// The address and port to listen on: no name, and not port 0.
        #[n(1)]
        at: Target,
    },
    /// A connection that arrived at a listener of this operator's connection.
    #[n(142)]
    Arrival {
        /// The tunnel of the listener.
        #[n(0)]
        listener: TunnelId,
        /// Its number there.
        #[n(1)]
        number: u64,
    },
    /// A target at a node, if that node is reached through these gateways.
    #[n(190)]
    Through {
        /// Name, id or unique id prefix of the node.
        #[n(0)]
        node: SafeText,
        /// The target; resolved at the node.
        #[n(1)]
        target: Target,
        /// The gateways, the one next to the server first; at most
        /// [`MAX_GATEWAYS`](crate::limits::MAX_GATEWAYS).
        #[n(2)]
        via: Vec<SafeText>,
    },
    /// A public port at the server that leads to this operator's side. It lasts as long as this
    /// tunnel, whose payload are [`Arrival`]s, and no longer than it says. Only for servers with the
    /// feature [`crate::message::SHARES`]: others do not understand it.
    #[n(143)]
    Share {
        /// Networks whose visitors are let in; all others learn nothing.
        #[n(0)]
        from: Vec<SafeText>,
        /// The whole world among them is meant.
        #[n(1)]
        anyone_really: bool,
        /// It ends by itself after this long, in milliseconds.
        #[n(2)]
        for_ms: u64,
        /// The number it had before its connection was lost: this one or none.
        #[n(3)]
        again: Option<u16>,
    },
}

/// Payload of a listener's tunnel, as frames: a connection waits to be taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Arrival {
    /// Counts up per listener, from 1.
    #[n(0)]
    pub number: u64,
    /// Who connected, as the node or the server sees it.
    #[n(1)]
    pub from: SafeText,
}

/// What a tunnel does at the node in place of dialling its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum AtNode {
    /// It listens on its target, exactly, and tells of [`Arrival`]s.
    #[n(150)]
    Listen,
    /// It takes a connection that waits at a listener.
    #[n(151)]
    Take {
        /// The tunnel of the listener.
        #[n(0)]
        listener: TunnelId,
        /// The connection's number there.
        #[n(1)]
        number: u64,
    },
}

/// Server → agent: dial a target, or what [`AtNode`] says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AgentOpen {
    /// The tunnel.
    #[n(0)]
    pub tunnel: TunnelId,
    /// The target; the agent resolves it, checks every address and dials exactly the one it checked.
    #[n(1)]
    pub target: Target,
    /// What opened it.
    #[n(2)]
    pub kind: TunnelType,
    /// Give the dial up after this long, in milliseconds.
    #[n(3)]
    pub dial_ms: u64,
    /// When the grant ends at the latest, in milliseconds from now; the agent cuts by itself (F4.6).
    #[n(4)]
    pub max_ms: Option<u64>,
    /// What to do in place of dialling. Only for agents that tell their `reverse` listeners: others
    /// would dial.
    #[n(5)]
    pub at_node: Option<AtNode>,
    /// Packed chunks may come, and are welcome.
    #[n(6)]
    #[cbor(decode_with = "crate::codec::known")]
    pub compress: Option<Compress>,
}

/// The one answer to a header.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// The target is connected.
    #[n(0)]
    Opened(#[n(0)] Opened),
    /// It is not.
    #[n(1)]
    Refused {
        /// The reason for the tunnel's record.
        #[n(0)]
        reason: CloseReason,
        /// The sentence for people.
        #[n(1)]
        refusal: Refusal,
        /// How long the agent took to find that out, in microseconds; the server leaves it out.
        #[n(2)]
        after_us: Option<u64>,
        /// How it came about, if that was asked for; the agent leaves it out.
        #[n(3)]
        #[cbor(decode_with = "crate::codec::known")]
        trace: Option<Vec<TraceEntry>>,
    },
}

/// Facts of a tunnel that opened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Opened {
    /// The tunnel.
    #[n(0)]
    pub tunnel: TunnelId,
    /// The node; the agent leaves it out.
    #[n(1)]
    pub node: Option<NodeId>,
    /// The node's name; the agent leaves it out.
    #[n(2)]
    pub node_name: Option<Name>,
    /// The rule that allowed it; the agent leaves it out.
    #[n(3)]
    pub rule: Option<RuleId>,
    /// The address that was dialled, listened on, or that a taken connection came from.
    #[n(4)]
    pub address: Option<SafeText>,
    /// How long the dial took, in milliseconds.
    #[n(5)]
    pub connect_ms: u64,
    /// Both ends pack; without it neither does.
    #[n(6)]
    #[cbor(decode_with = "crate::codec::known")]
    pub compress: Option<Compress>,
    /// How long the agent took for the target's name, in microseconds; agents of old leave it out.
    #[n(7)]
    pub resolve_us: Option<u64>,
    /// How long it took for the rest, in microseconds; agents of old leave it out.
    #[n(8)]
    pub dial_us: Option<u64>,
    /// How it came about, if that was asked for; the agent leaves it out.
    #[n(9)]
    #[cbor(decode_with = "crate::codec::known")]
    pub trace: Option<Vec<TraceEntry>>,
    /// How long a share lasts at most, in milliseconds.
    #[n(10)]
    pub left_ms: Option<u64>,
}
