//! The closed sets of reasons: why a tunnel ended, why a node's connection ended.

use core::fmt;
use core::str::FromStr;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
        #[cbor(index_only)]
        pub enum $name {
            $($(#[$vdoc])* #[n($code)] #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every reason, in code order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The contract's word for it (cli.md §6).
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Its number on the wire.
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The reason with this number, if this build knows it.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|r| r.as_str() == text).ok_or(())
            }
        }
    };
}

reasons! {
    /// Why a tunnel ended or never opened.
    CloseReason {
        /// The operator or visitor finished sending and reading.
        ClientClosed = 0 "client_closed",
        /// The target finished.
        TargetClosed = 1 "target_closed",
        /// The operator or visitor reset the connection.
        ClientReset = 2 "client_reset",
        /// The target reset the connection.
        TargetReset = 3 "target_reset",
        /// The target refused the connection.
        DialRefused = 4 "dial_refused",
        /// The target did not answer in time.
        DialTimeout = 5 "dial_timeout",
        /// No route to the target.
        DialUnreachable = 6 "dial_unreachable",
        /// The target's name has no address at the node.
        Unresolvable = 7 "unresolvable",
        /// The server's policy says no.
        Denied = 8 "denied",
        /// The node's own allowlist says no.
        TargetNotAllowed = 9 "target_not_allowed",
        /// A limit on tunnels was reached.
        Limit = 10 "limit",
        /// No payload moved for the idle limit.
        Idle = 11 "idle",
        /// The longest allowed duration passed.
        Max = 12 "max",
        /// The byte budget is spent.
        ByteBudget = 13 "byte_budget",
        /// The node's link died.
        NodeLost = 14 "node_lost",
        /// A newer connection of the same node took over.
        Superseded = 15 "superseded",
        /// The operator's link died.
        OperatorLost = 16 "operator_lost",
        /// The session that admitted it ended.
        SessionEnded = 17 "session_ended",
        /// A credential under it was revoked.
        Revoked = 18 "revoked",
        /// Something under it was locked.
        Locked = 19 "locked",
        /// A rule that admitted it changed.
        RuleChanged = 20 "rule_changed",
        /// The published port was changed, disabled or deleted.
        PortChanged = 21 "port_changed",
        /// An operator closed it.
        ClosedByOperator = 22 "closed_by_operator",
        /// The server is draining.
        Drain = 23 "drain",
        /// No progress for the stall limit.
        Stalled = 24 "stalled",
        /// A fault of ours.
        Internal = 25 "internal",
    }
}

reasons! {
    /// Why a node's control connection ended.
    DisconnectReason {
        /// Nothing was heard for 24 s.
        KeepaliveTimeout = 0 "keepalive_timeout",
        /// The peer closed in order.
        PeerClosed = 1 "peer_closed",
        /// The peer reset, or vanished without closing.
        PeerReset = 2 "peer_reset",
        /// A newer connection of the same node took over.
        Superseded = 3 "superseded",
        /// The node was revoked.
        Revoked = 4 "revoked",
        /// The node was locked.
        Locked = 5 "locked",
        /// The server is draining.
        Drain = 6 "drain",
        /// The server stopped without draining.
        ServerStopped = 7 "server_stopped",
        /// TLS failed.
        TlsError = 8 "tls_error",
        /// The peer broke the protocol.
        ProtocolError = 9 "protocol_error",
        /// The agent was stopped.
        AgentStopped = 10 "agent_stopped",
        /// The agent restarts as another version.
        AgentUpgrade = 11 "agent_upgrade",
        /// The node's certificate ended, and it had not renewed it.
        CertExpired = 220 "cert_expired",
        /// A fault of ours.
        Internal = 230 "internal",
    }
}

impl CloseReason {
    /// Whether somebody decided that it ends, or its time did: asking again would be in vain.
    pub const fn is_decided(self) -> bool {
        matches!(
            self,
            Self::Denied
                | Self::TargetNotAllowed
                | Self::RuleChanged
                | Self::SessionEnded
                | Self::Max
                | Self::Revoked
                | Self::Locked
                | Self::ClosedByOperator
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_one_to_one() {
        for reason in CloseReason::ALL {
            assert_eq!(CloseReason::from_code(reason.code()), Some(*reason));
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        assert_eq!(CloseReason::from_code(200), None);
    }
}
