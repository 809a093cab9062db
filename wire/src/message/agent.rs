//! The control connection between an agent and the server.

use crate::error::Refusal;
use crate::ids::{Generation, LaneId, NodeId, TunnelId};
use crate::message::hello::Hello;
use crate::message::trust::{TrustBundle, TrustOffer};
use crate::message::view::Inventory;
use crate::name::Name;
use crate::reason::{CloseReason, DisconnectReason};
use crate::text::SafeText;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Agent → server.
#[allow(clippy::large_enum_variant, reason = "short-lived; a box per message buys nothing")]
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum ToServer {
    /// First message.
    #[n(0)]
    Hello {
        /// Versions and features.
        #[n(0)]
        hello: Hello,
        /// What the machine is.
        #[n(1)]
        inventory: Inventory,
        /// The allowlist in force, for display.
        #[n(2)]
        allow: Vec<SafeText>,
        /// How the last connection ended and how this one came about.
        #[n(3)]
        #[cbor(decode_with = "crate::codec::known")]
        returned: Option<Returned>,
        /// Drawn once per run of the agent: tells a node that comes back from a second holder of its
        /// identity.
        #[n(4)]
        instance: Option<u64>,
        /// The way it came.
        #[n(5)]
        path: Option<PathReport>,
        /// Listeners that operators may open here; `None` = this agent opens none.
        #[n(6)]
        reverse: Option<Vec<SafeText>>,
    },
    /// Sign of life, at least every heartbeat interval.
    #[n(1)]
    Heartbeat {
        /// Sender's wall clock, Unix milliseconds.
        #[n(0)]
        clock_ms: u64,
        /// Echo of the newest `ToAgent::Heartbeat::nonce`, for the round trip.
        #[n(1)]
        echo: Option<u64>,
        /// Bytes waiting in the spool.
        #[n(2)]
        spool_bytes: Option<u64>,
        /// To be confirmed at once by [`ToAgent::Heard`].
        #[n(3)]
        nonce: Option<u64>,
    },
    /// Asks for a new certificate for the enrolled key.
    #[n(2)]
    Renew {
        /// PKCS#10 request, DER, by the enrolled key.
        #[n(0)]
        csr: ByteVec,
    },
    /// The agent's own record of a tunnel that ended.
    #[n(3)]
    TunnelEnded {
        /// Which.
        #[n(0)]
        tunnel: TunnelId,
        /// Bytes towards the target.
        #[n(1)]
        up_bytes: u64,
        /// Bytes from the target.
        #[n(2)]
        down_bytes: u64,
        /// Why, as the agent saw it.
        #[n(3)]
        reason: CloseReason,
    },
    /// Configuration changed while running.
    #[n(4)]
    Allow {
        /// The allowlist now in force.
        #[n(0)]
        allow: Vec<SafeText>,
        /// Listeners that operators may open now; `None` = as they were.
        #[n(1)]
        reverse: Option<Vec<SafeText>>,
    },
    /// The agent ends the connection in order.
    #[n(5)]
    Bye {
        /// Why.
        #[n(0)]
        reason: DisconnectReason,
    },
    /// All tunnels named in [`ToAgent::Cut`] have ended here too.
    #[n(6)]
    CutDone,
    /// Where this node listens for nodes behind it, after the welcome and after every change; without a
    /// word it is no gateway.
    #[n(190)]
    Gateway {
        /// `ADDRESS:PORT`; at most [`MAX_GATEWAY_LISTEN`](crate::limits::MAX_GATEWAY_LISTEN) are read.
        #[n(0)]
        listen: Vec<SafeText>,
    },
    /// The certificate of [`ToAgent::Renewed`] is kept and in use: older ones are not used again.
    #[n(80)]
    Kept {
        /// Its number.
        #[n(0)]
        renewal: u64,
    },
    /// Asks for a certificate for another key, which takes the enrolled one's place once it is kept.
    #[n(81)]
    Rotate {
        /// PKCS#10 request, DER, by the new key.
        #[n(0)]
        csr: ByteVec,
    },
    /// The node gives its identity up for good; the server closes the connection once that is durable.
    #[n(82)]
    Leave,
    /// The roots of [`ToAgent::Trust`] are kept and in use.
    #[n(100)]
    TrustTaken {
        /// The number of the bundle.
        #[n(0)]
        number: u32,
    },
}

/// How an agent came back.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Returned {
    /// How the last connection ended, as the agent saw it.
    #[n(0)]
    pub reason: DisconnectReason,
    /// How long it was away, in milliseconds of the agent's monotonic clock.
    #[n(1)]
    pub down_ms: u64,
    /// Dial attempts including the one that worked.
    #[n(2)]
    pub tries: u32,
}

/// The way an agent came.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct PathReport {
    /// The rung of the path ladder: `tls`, `proxy`, `wss`.
    #[n(0)]
    pub rung: SafeText,
    /// `HOST:PORT` of the proxy on it.
    #[n(1)]
    pub proxy: Option<SafeText>,
    /// `HOST:PORT` of the server, as the agent knows it.
    #[n(2)]
    pub address: SafeText,
    /// What it tried in vain before, in the same attempt; at most
    /// [`MAX_PATH_ATTEMPTS`](crate::limits::MAX_PATH_ATTEMPTS) are read.
    #[n(3)]
    pub attempts: Vec<PathAttempt>,
}

/// A way that did not lead to the server.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct PathAttempt {
    /// The rung.
    #[n(0)]
    pub rung: SafeText,
    /// `HOST:PORT` of the proxy on it.
    #[n(1)]
    pub proxy: Option<SafeText>,
    /// The servers that were asked.
    #[n(2)]
    pub address: SafeText,
    /// Why it failed.
    #[n(3)]
    pub error: SafeText,
    /// How long before this message, by the agent's clock.
    #[n(4)]
    pub age_ms: u64,
}

/// Server → agent.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum ToAgent {
    /// Answer to [`ToServer::Hello`].
    #[n(0)]
    Welcome {
        /// Who the server takes the agent for.
        #[n(0)]
        node: NodeId,
        /// Its current name.
        #[n(1)]
        name: Name,
        /// The number of this connection; the newest wins.
        #[n(2)]
        generation: Generation,
        /// Versions and features of the server.
        #[n(3)]
        hello: Hello,
        /// Lanes to keep warm.
        #[n(4)]
        warm_lanes: u32,
        /// Heartbeat interval in milliseconds.
        #[n(5)]
        heartbeat_ms: u64,
        /// Silence limit in milliseconds.
        #[n(6)]
        dead_after_ms: u64,
    },
    /// The connection is not taken; the server closes it after this.
    #[n(1)]
    Refused(#[n(0)] Refusal),
    /// Sign of life.
    #[n(2)]
    Heartbeat {
        /// To be echoed.
        #[n(0)]
        nonce: u64,
        /// Sender's wall clock, Unix milliseconds.
        #[n(1)]
        clock_ms: u64,
        /// The round trip the server measured last, in microseconds.
        #[n(2)]
        rtt_us: Option<u64>,
    },
    /// Confirms a [`ToServer::Heartbeat`]: what the agent says arrives.
    #[n(140)]
    Heard {
        /// The heartbeat's.
        #[n(0)]
        nonce: u64,
    },
    /// Dial this lane now.
    #[n(3)]
    OpenLane {
        /// Its number.
        #[n(0)]
        lane: LaneId,
    },
    /// Answer to [`ToServer::Renew`] and [`ToServer::Rotate`].
    #[n(4)]
    Renewed {
        /// Leaf and issuing certificate, DER.
        #[n(0)]
        chain: Vec<ByteVec>,
        /// Whom to trust from now on, if that changed.
        #[n(1)]
        trust: Option<TrustBundle>,
    },
    /// The server goes away; come back after this long plus jitter.
    #[n(5)]
    Draining {
        /// Milliseconds.
        #[n(0)]
        retry_after_ms: u64,
    },
    /// This connection ends; why. The agent decides by the reason whether to come back.
    #[n(6)]
    Bye {
        /// Why.
        #[n(0)]
        reason: DisconnectReason,
    },
    /// End these tunnels now (all of them if empty) and answer [`ToServer::CutDone`].
    #[n(7)]
    Cut {
        /// Which.
        #[n(0)]
        tunnels: Vec<TunnelId>,
        /// Why.
        #[n(1)]
        reason: CloseReason,
    },
    /// An allowlist of the server that narrows the agent's own; `None` lifts it.
    #[n(8)]
    Narrow {
        /// Targets as `HOST|CIDR:PORTS`.
        #[n(0)]
        allow: Option<Vec<SafeText>>,
    },
    /// The grants under these tunnels end at other times now; the agent cuts by itself (F4.6).
    #[n(60)]
    Limit {
        /// Which, and when each ends.
        #[n(0)]
        tunnels: Vec<TunnelEnd>,
    },
    /// Whom to trust from now on; answered by [`ToServer::TrustTaken`].
    #[n(100)]
    Trust(#[n(0)] TrustOffer),
}

/// When the grant under a tunnel ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct TunnelEnd {
    /// The tunnel.
    #[n(0)]
    pub tunnel: TunnelId,
    /// Milliseconds from now; `None` = it no longer ends by itself.
    #[n(1)]
    pub left_ms: Option<u64>,
}
