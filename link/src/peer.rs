//! The one place where a verified certificate becomes an id of the protocol.

use pki::{Role, Verified};
use wire::{NodeId, OperatorId, alpn};

/// Who is at the other end, proven by the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The node or operator.
    pub id: PeerId,
    /// SHA-256 of the subject public key info.
    pub spki: [u8; 32],
    /// Which of a node's certificates it is, counted from its enrolment.
    pub renewal: u64,
    /// The certificate's number.
    pub serial: Vec<u8>,
    /// When the certificate ends, Unix ms. No right that rests on it outlives it.
    pub not_after_ms: u64,
}

/// A node or an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerId {
    /// An enrolled machine.
    Node(NodeId),
    /// A person or robot.
    Operator(OperatorId),
}

impl Peer {
    /// The peer a certificate names.
    ///
    /// # Errors
    /// Its id is not one of the protocol, or it is a server; the text says which.
    pub(crate) fn new(verified: Verified) -> Result<Self, String> {
        let id = &verified.identity.id;
        let id = match verified.identity.role {
            Role::Node => id.parse().map(PeerId::Node).ok(),
            Role::Operator => id.parse().map(PeerId::Operator).ok(),
            Role::Server => None,
        };
        let Some(id) = id else {
            return Err(format!("the certificate of {:?} names no peer", verified.identity.id));
        };
        Ok(Self {
            id,
            spki: verified.spki,
            renewal: verified.renewal,
            serial: verified.serial,
            not_after_ms: verified.not_after_ms,
        })
    }

    /// Whether a peer of this role belongs on `protocol`.
    pub(crate) fn may_speak(&self, protocol: &[u8]) -> bool {
        match self.id {
            PeerId::Node(_) => protocol == alpn::AGENT || protocol == alpn::AGENT_LANE,
            PeerId::Operator(_) => {
                [alpn::OPERATOR, alpn::OPERATOR_LANE, alpn::HTTP].contains(&protocol)
            }
        }
    }
}
