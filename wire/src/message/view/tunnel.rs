//! Tunnels: live and just ended.

use crate::ids::{NodeId, RuleId, TunnelId};
use crate::message::tunnel::{Compress, TunnelType};
use crate::message::view::{NodeRef, TraceEntry};
use crate::name::{Name, Target};
use crate::reason::CloseReason;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// The state of a tunnel.
    TunnelState {
        /// Being dialled.
        Opening = 0 "opening",
        /// Payload moved in the last 5 s.
        Flowing = 1 "flowing",
        /// Open, nothing moved for 5 s.
        Idle = 2 "idle",
        /// Open, bytes wait and nothing moved for 5 s.
        Stalled = 3 "stalled",
        /// Half-closed and draining.
        Closing = 4 "closing",
        /// Ended.
        Closed = 5 "closed",
    }
}

/// Who a tunnel is for.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Who {
    /// The operator's name.
    #[n(0)]
    pub operator: Option<Name>,
    /// The session that admitted it.
    #[n(1)]
    pub session: Option<SafeText>,
    /// The role it was allowed by.
    #[n(2)]
    pub role: Option<SafeText>,
    /// Where it came from.
    #[n(3)]
    pub source_ip: Option<SafeText>,
    /// The guest that admitted it.
    #[n(4)]
    pub guest: Option<Name>,
    /// The node whose link it is.
    #[n(5)]
    pub node: Option<Name>,
}

impl Who {
    /// What people call the asker: an operator's name, or `node:NAME`; none for a visitor.
    pub fn name(&self) -> Option<String> {
        let operator = self.operator.as_ref().map(ToString::to_string);
        operator.or_else(|| self.node.as_ref().map(|node| format!("node:{node}")))
    }
}

/// How a tunnel ended.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    #[n(0)]
    pub at: UnixMs,
    /// Why.
    #[n(1)]
    pub reason: CloseReason,
    /// The operator who closed it, or `client`, `target`, `node`, `server`.
    #[n(2)]
    pub by: SafeText,
}

/// What packing saves: payload and what of it went over the wire, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Compression {
    /// How.
    #[n(0)]
    pub method: Compress,
    /// Sent towards the target.
    #[n(1)]
    pub up_wire_bytes: u64,
    /// Sent from the target.
    #[n(2)]
    pub down_wire_bytes: u64,
    /// Payload bytes per byte sent, both ways together; none before the first.
    #[n(3)]
    pub ratio: Option<f64>,
}

impl Compression {
    /// Of so many bytes of payload and on the wire, each up and down.
    #[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn of(method: Compress, payload: (u64, u64), wire: (u64, u64)) -> Self {
        let sum = |(up, down): (u64, u64)| up.saturating_add(down) as f64;
        let ratio = (sum(wire) > 0.0).then(|| (sum(payload) / sum(wire) * 100.0).round() / 100.0);
        Self { method, up_wire_bytes: wire.0, down_wire_bytes: wire.1, ratio }
    }
}

/// A tunnel.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct TunnelView {
    /// Its id.
    #[n(0)]
    pub id: TunnelId,
    /// Where it goes through; none for a share, which is at the server itself.
    #[n(1)]
    #[cbor(encode_with = "through", decode_with = "passes", is_nil = "is_left_out")]
    pub node: Option<NodeRef>,
    /// Where it ends.
    #[n(2)]
    pub target: Target,
    /// Who it is for.
    #[n(3)]
    pub who: Who,
    /// What opened it.
    #[n(4)]
    #[serde(rename = "type")]
    pub kind: TunnelType,
    /// The rule that allowed it.
    #[n(5)]
    pub rule: Option<RuleId>,
    /// The published port, for tunnels of one.
    #[n(6)]
    pub port: Option<Name>,
    /// Its state.
    #[n(7)]
    pub state: TunnelState,
    /// When it was asked for.
    #[n(8)]
    pub opened_at: UnixMs,
    /// How long the dial took.
    #[n(9)]
    pub connect_ms: Option<u64>,
    /// From asked for to the first byte of the target.
    #[n(10)]
    pub first_byte_ms: Option<u64>,
    /// Bytes towards the target.
    #[n(11)]
    pub up_bytes: u64,
    /// Bytes from the target.
    #[n(12)]
    pub down_bytes: u64,
    /// Rate towards the target.
    #[n(13)]
    pub up_bytes_per_s: u64,
    /// Rate from the target.
    #[n(14)]
    pub down_bytes_per_s: u64,
    /// Since payload last moved.
    #[n(15)]
    pub idle_ms: u64,
    /// The operator's note.
    #[n(16)]
    pub note: Option<SafeText>,
    /// How it ended.
    #[n(17)]
    #[cbor(decode_with = "crate::codec::known")]
    pub closed: Option<Closed>,
    /// The tunnel of the listener it came from, for connections of a `reverse`, a link or a `share`; the
    /// listener itself has none.
    #[n(18)]
    pub listener: Option<TunnelId>,
    /// What packing saves, if both ends pack.
    #[n(19)]
    pub compression: Option<Compression>,
    /// The link, for tunnels of one.
    #[n(20)]
    pub link: Option<Name>,
    /// What happened to it, step by step; only where that was asked for.
    #[n(21)]
    #[cbor(decode_with = "crate::codec::known")]
    pub trace: Option<Vec<TraceEntry>>,
}

impl TunnelView {
    /// The node's name, or the server's word for itself.
    pub fn through(&self) -> &str {
        self.node.as_ref().map_or(SERVER, |node| node.name.as_str())
    }
}

/// The node that a tunnel without one has on the wire, where older programs expect one.
const NO_NODE: NodeId = NodeId::from_random(0);
/// The server's word for itself, where a node is named.
const SERVER: &str = "server";

fn through<C, W: encode::Write>(
    node: &Option<NodeRef>,
    e: &mut Encoder<W>,
    ctx: &mut C,
) -> Result<(), encode::Error<W::Error>> {
    match node {
        Some(node) => node.encode(e, ctx),
        None => e.array(2)?.encode_with(NO_NODE, ctx)?.str(SERVER)?.ok(),
    }
}

fn passes<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Option<NodeRef>, decode::Error> {
    let node = NodeRef::decode(d, ctx)?;
    Ok(Some(node).filter(|node| node.id != NO_NODE))
}

/// It never is.
const fn is_left_out(_: &Option<NodeRef>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    // A wrong literal in a test is a bug in the test.
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Encode, Decode)]
    struct New(
        #[n(0)]
        #[cbor(encode_with = "through", decode_with = "passes", is_nil = "is_left_out")]
        Option<NodeRef>,
    );

    /// As programs read it that know of no tunnels without a node.
    #[derive(Decode)]
    struct Old(#[n(0)] NodeRef);

    #[test]
    fn a_tunnel_without_a_node_has_one_for_older_programs() {
        let node = NodeRef { id: NodeId::from_random(3), name: "web1".parse().unwrap() };
        for node in [None, Some(node)] {
            let bytes = minicbor::to_vec(New(node.clone())).unwrap();
            let Old(old) = minicbor::decode(&bytes).unwrap();
            assert_eq!(old.name.as_str(), node.as_ref().map_or("server", |n| n.name.as_str()));
            assert_eq!(minicbor::decode::<New>(&bytes).unwrap().0, node);
        }
    }
}
