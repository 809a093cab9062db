//! Objects as people and scripts see them: the shapes behind `-o json` (cli.md §5, §6) and on the
//! wire to consoles. Every key is always present; unknown values are `null`.

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
        #[cbor(index_only)]
        pub enum $name { $($(#[$vdoc])* #[n($code)] #[serde(rename = $text)] $variant,)+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The contract's word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { f.pad(self.as_str()) }
        }
        impl core::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or(())
            }
        }
    };
}

mod access;
mod admission;
mod ca;
mod ends;
mod link;
mod node;
mod policy;
mod port;
mod probe;
mod server;
mod trace;
mod tunnel;

pub use access::{
    Binding, Effect, Grants, NotCollected, PendingKind, PendingView, RuleState, RuleView,
    TokenKind, TokenState, TokenView, Uncollected, Uses,
};
pub use admission::{
    GuestState, GuestView, LockKind, LockMode, LockState, LockView, SessionKind, SessionPort,
    SessionState, SessionView,
};
pub use ca::{CaDue, CaKind, CaPhase, CaRootView, CaRotationView, CaSlotView, CaView, CaWaiting};
pub use ends::{EndCause, EndsView};
pub use link::{LinkAt, LinkState, LinkTo, LinkView};
pub use node::{
    Fact, Inventory, NodeRef, NodeState, NodeView, PathTried, PathView, Reconnect, StateReason,
};
pub use policy::{
    AccessDecision, AccessRequestView, AccessStep, Because, OperatorState, OperatorView,
    Permission, RequestState, RoleTerm, RoleView, RulesPlan, WouldAllow,
};
pub use port::{
    Admits, DropMode, OnDrop, Pick, PortOptions, PortState, PortView, ProxyProtocol, PublicAddress,
};
pub use probe::{NodeProbe, ProbeView, SessionFact};
pub use server::{CertificateView, Check, FleetCounts, Load, ReloadView, ServerView, WhoamiView};
pub use trace::{TraceBy, TraceEntry, TraceStep};
pub use tunnel::{Closed, Compression, TunnelState, TunnelView, Who};
