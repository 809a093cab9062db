//! The control connection between an operator's program (console or command line) and the server.

mod grants;
mod link;
mod policy;
mod push;
mod reply;
mod request;
mod spec;

pub use grants::{GuestSpec, InviteSpec, LockSpec, SessionSpec};
pub use link::{LinkReply, LinkRequest, LinkSpec};
pub use policy::{AccessQuestion, PolicyReply, PolicyRequest, RuleChange};
pub use push::{Followed, Push, Seen, SessionNews, Subscription};
pub use reply::{More, Outcome, Reply};
pub use request::Request;
pub use spec::{
    CaSigned, Intent, Packing, Page, PortChange, PortSpec, RuleSpec, TokenChange, TokenSpec,
};

use crate::error::Refusal;
use crate::ids::Generation;
use crate::message::hello::Hello;
use crate::message::trust::TrustOffer;
use crate::message::view::WhoamiView;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};

/// Operator → server.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum FromConsole {
    /// First message.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// A question or a change; answered by one [`ToConsole::Reply`] or [`ToConsole::Refused`].
    #[n(1)]
    Request(#[n(0)] Box<Request>),
    /// What to push from now on; replaces the previous subscription.
    #[n(2)]
    Subscribe(#[n(0)] Subscription),
    /// Sign of life.
    #[n(3)]
    Heartbeat {
        /// To be echoed.
        #[n(0)]
        nonce: u64,
    },
    /// All tunnels named in [`Push::Cut`] have ended here too.
    #[n(4)]
    CutDone {
        /// The number in the push.
        #[n(0)]
        cut: u64,
    },
    /// The operator is at this connection until it ends: his automatic sessions follow its address,
    /// and it is told about them ([`Push::Session`]).
    #[n(60)]
    Present,
    /// The roots that were offered are kept and in use.
    #[n(100)]
    TrustTaken {
        /// The number of the bundle.
        #[n(0)]
        number: u32,
    },
    /// Warn this connection before that ends ([`Push::Ends`]).
    #[n(200)]
    Follow(#[n(0)] Followed),
}

/// Server → operator.
#[allow(clippy::large_enum_variant, reason = "short-lived; a box per message buys nothing")]
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum ToConsole {
    /// Answer to the hello.
    #[n(0)]
    Welcome {
        /// Versions and features of the server.
        #[n(0)]
        hello: Hello,
        /// Number of this connection, for its lanes' [`crate::message::LaneHello`].
        #[n(1)]
        connection: Generation,
        /// Who the server takes the caller for.
        #[n(2)]
        whoami: WhoamiView,
        /// Whom to trust from now on, if this operator has not said that it took it.
        #[n(3)]
        trust: Option<TrustOffer>,
    },
    /// A request's result.
    #[n(1)]
    Reply(#[n(0)] Box<Reply>),
    /// A request's refusal, or the connection's, if it answers the hello.
    #[n(2)]
    Refused(#[n(0)] Refusal),
    /// Something subscribed to.
    #[n(3)]
    Push(#[n(0)] Box<Push>),
    /// Echo of a heartbeat.
    #[n(4)]
    Heartbeat {
        /// The nonce of the one echoed.
        #[n(0)]
        nonce: u64,
        /// The server's wall clock.
        #[n(1)]
        at: UnixMs,
    },
    /// The kind of the last message is unknown to this server.
    #[n(5)]
    Unsupported,
}
