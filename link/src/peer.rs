//! The one place where a verified certificate becomes an id of the protocol.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::net::SocketAddr;
use wire::{NodeId, OperatorId};

/// Who is at the other end, proven by the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub id: PeerId,
    /// SHA-256 of the subject public key info.
    pub spki: [u8; 32],
    pub serial: Vec<u8>,
    pub not_after_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerId {
    Node(NodeId),
    Operator(OperatorId),
}
