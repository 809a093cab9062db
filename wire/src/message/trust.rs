//! Whom to trust: the server's roots, as it tells them to those who know one of them already.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// The roots of a server. A root that is new to the reader counts only if one it trusts certified it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TrustBundle {
    /// Counts up with every change; what the reader says it took.
    #[n(0)]
    pub number: u32,
    /// Roots to trust, DER, the preferred one first.
    #[n(1)]
    pub roots: Vec<ByteVec>,
    /// Roots of this bundle certified by others of it, DER.
    #[n(2)]
    pub cross: Vec<ByteVec>,
    /// Roots that were trusted before, DER, for those who know only them.
    #[n(3)]
    pub past: Vec<ByteVec>,
}

/// A bundle, and whether the reader's certificate is to be replaced with it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TrustOffer {
    /// The roots.
    #[n(0)]
    pub bundle: TrustBundle,
    /// Ask for a new certificate within this time, in milliseconds; `None` = when it is due.
    #[n(1)]
    pub renew_within_ms: Option<u64>,
}
