//! Enrolment, and recovery after a certificate ended: on a connection without a client certificate.
//!
//! Enrolment is one request and one reply. The client checks the CA pin before it sends the token;
//! the token is sent once per connection. Recovery has a challenge in between: the node's old
//! certificate says who it is, and its enrolled key signs what the server asks for.

use crate::error::Refusal;
use crate::ids::{NodeId, OperatorId};
use crate::message::hello::Hello;
use crate::message::trust::TrustBundle;
use crate::message::view::Inventory;
use crate::name::{Labels, Name};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// The client's frames.
#[allow(clippy::large_enum_variant, reason = "short-lived; a box per message buys nothing")]
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum ToEnrol {
    /// A new machine or person, with a token.
    #[n(0)]
    Enrol(#[n(0)] EnrolRequest),
    /// A node whose certificate ended; answered by [`EnrolReply::Challenge`].
    #[n(80)]
    Recover {
        /// Versions and features.
        #[n(0)]
        hello: Hello,
        /// Its last certificate and the issuing one, DER.
        #[n(1)]
        chain: Vec<ByteVec>,
    },
    /// The answer to the challenge.
    #[n(81)]
    Proof {
        /// PKCS#10 request, DER, by the enrolled key.
        #[n(0)]
        csr: ByteVec,
        /// The enrolled key's signature (see `pki::recovery`).
        #[n(1)]
        signature: ByteVec,
    },
}

/// What a new machine or person sends.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct EnrolRequest {
    /// Versions and features.
    #[n(0)]
    pub hello: Hello,
    /// The token's 32-byte secret.
    #[n(1)]
    pub secret: ByteVec,
    /// PKCS#10 request, DER. Only its public key and its proof of possession are used.
    #[n(2)]
    pub csr: ByteVec,
    /// The name wished for.
    #[n(3)]
    pub name: Option<Name>,
    /// Labels wished for; the token's own win.
    #[n(4)]
    pub labels: Option<Labels>,
    /// What the machine is.
    #[n(5)]
    pub inventory: Option<Inventory>,
}

/// What it gets.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum EnrolReply {
    /// A node's identity.
    #[n(0)]
    Node {
        /// Its id for life.
        #[n(0)]
        id: NodeId,
        /// Its name.
        #[n(1)]
        name: Name,
        /// Its labels.
        #[n(2)]
        labels: Labels,
        /// Leaf and issuing certificate, DER.
        #[n(3)]
        chain: Vec<ByteVec>,
        /// Whom to trust: the root of the token's pin leads to it.
        #[n(4)]
        trust: TrustBundle,
    },
    /// An operator's identity.
    #[n(1)]
    Operator {
        /// Its id for life.
        #[n(0)]
        id: OperatorId,
        /// Its name.
        #[n(1)]
        name: Name,
        /// Leaf and issuing certificate, DER.
        #[n(2)]
        chain: Vec<ByteVec>,
        /// Whom to trust: the root of the token's pin leads to it.
        #[n(3)]
        trust: TrustBundle,
    },
    /// Nothing, and why. Unknown, used, expired and revoked tokens have one identical text.
    #[n(2)]
    Refused(#[n(0)] Refusal),
    /// An operator has to decide first: ask again, with the same key, after this long.
    #[n(80)]
    Pending {
        /// The name under which it waits.
        #[n(0)]
        name: Name,
        /// Milliseconds.
        #[n(1)]
        retry_after_ms: u64,
    },
    /// Sign this, to recover: 32 random bytes.
    #[n(81)]
    Challenge(#[n(0)] ByteVec),
    /// A new certificate for the enrolled key.
    #[n(82)]
    Recovered {
        /// Leaf and issuing certificate, DER.
        #[n(0)]
        chain: Vec<ByteVec>,
        /// Whom to trust from now on.
        #[n(1)]
        trust: TrustBundle,
    },
    /// The node is revoked: there is no way back for this identity.
    #[n(83)]
    Revoked,
}
