//! What an operator is told without asking again.

use crate::audit::AuditEvent;
use crate::ids::{NodeId, Revision, TunnelId};
use crate::message::trust::TrustOffer;
use crate::message::tunnel::OpenTo;
use crate::message::view::{EndsView, NodeView, PortView, ServerView, SessionView, TunnelView};
use crate::reason::CloseReason;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};

/// What to push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Subscription {
    /// Node changes, at most five times a second, and signs of life, once a second; starts with all
    /// nodes.
    #[n(0)]
    pub nodes: bool,
    /// Tunnel opens, closes and rates, once a second; starts with all tunnels.
    #[n(1)]
    pub tunnels: bool,
    /// Port changes; starts with all ports.
    #[n(2)]
    pub ports: bool,
    /// The server's state, once a second.
    #[n(3)]
    pub server: bool,
    /// Audit records as they are made; the number is the sequence to start behind.
    #[n(4)]
    pub audit_after: Option<u64>,
}

/// Something subscribed to. A reader that cannot keep up gets [`Push::Resync`] instead of a gap.
#[allow(clippy::large_enum_variant, reason = "short-lived; a box per message buys nothing")]
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Push {
    /// Nodes that are new or changed, and those that are gone.
    #[n(0)]
    Nodes {
        /// The server's state this brings the reader to.
        #[n(0)]
        revision: Revision,
        /// When.
        #[n(1)]
        at: UnixMs,
        /// New or changed.
        #[n(2)]
        changed: Vec<NodeView>,
        /// Gone.
        #[n(3)]
        gone: Vec<NodeId>,
        /// The first full set is complete with this message.
        #[n(4)]
        complete: bool,
    },
    /// Tunnels that are new, changed or just closed.
    #[n(1)]
    Tunnels {
        /// The server's clock for the counters.
        #[n(0)]
        at: UnixMs,
        /// New or changed.
        #[n(1)]
        changed: Vec<TunnelView>,
        /// Forgotten (closed 30 s ago).
        #[n(2)]
        gone: Vec<TunnelId>,
        /// The first full set is complete with this message.
        #[n(3)]
        complete: bool,
    },
    /// All published ports, or a part of them.
    #[n(2)]
    Ports {
        /// When.
        #[n(0)]
        at: UnixMs,
        /// The ports, by name.
        #[n(1)]
        ports: Vec<PortView>,
        /// The next message goes on with further ones.
        #[n(2)]
        more: Option<bool>,
    },
    /// The server's state.
    #[n(3)]
    Server(#[n(0)] ServerView),
    /// New audit records.
    #[n(4)]
    Audit(#[n(0)] Vec<AuditEvent>),
    /// Something was skipped: what follows starts over with full sets.
    #[n(5)]
    Resync,
    /// End these tunnels at once and answer [`super::FromConsole::CutDone`] within 50 ms.
    #[n(6)]
    Cut {
        /// To be echoed.
        #[n(0)]
        cut: u64,
        /// Which.
        #[n(1)]
        tunnels: Vec<TunnelId>,
        /// Why.
        #[n(2)]
        reason: CloseReason,
    },
    /// The server goes away; come back after this long plus jitter.
    #[n(7)]
    Draining {
        /// Milliseconds.
        #[n(0)]
        retry_after_ms: u64,
    },
    /// Connected nodes that were heard and are otherwise as they were, once a second.
    #[n(8)]
    Seen {
        /// When.
        #[n(0)]
        at: UnixMs,
        /// Who was heard when.
        #[n(1)]
        nodes: Vec<Seen>,
    },
    /// Something about a session of this operator, who is [`super::FromConsole::Present`].
    #[n(60)]
    Session {
        /// What.
        #[n(0)]
        news: SessionNews,
        /// The session as it is now.
        #[n(1)]
        session: Box<SessionView>,
    },
    /// Whom to trust from now on; answered by [`super::FromConsole::TrustTaken`].
    #[n(100)]
    Trust(#[n(0)] TrustOffer),
    /// How soon something that is followed ends: once it is followed, when a warning is due, and when
    /// its end has moved.
    #[n(200)]
    Ends {
        /// What is followed, as it was asked for.
        #[n(0)]
        of: Followed,
        /// `None`: not soon.
        #[n(1)]
        ends: Option<EndsView>,
    },
}

/// Something whose end an operator wants to be warned of.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Followed {
    /// The right to open tunnels to one place.
    #[n(0)]
    To(#[n(0)] OpenTo),
    /// The right to what this connection's tunnels lead to at one node.
    #[n(1)]
    Tunnels {
        /// Name, id or unique id prefix of the node.
        #[n(0)]
        node: SafeText,
    },
    /// The operator's certificate and the sessions he started.
    #[n(2)]
    Own,
}

/// What happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SessionNews {
    /// It was started or extended.
    #[n(0)]
    Running,
    /// It is over soon.
    #[n(1)]
    Ending,
    /// It admits other addresses.
    #[n(2)]
    Moved,
    /// It is over.
    #[n(3)]
    Over,
}

/// A node's newest sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Seen {
    /// The node.
    #[n(0)]
    pub node: NodeId,
    /// When it was last heard.
    #[n(1)]
    pub at: UnixMs,
}
