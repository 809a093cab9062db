//! Enrolment: one request, one reply, on a connection without a client certificate.
//!
//! The client checks the CA pin before it sends the token; the token is sent once per connection.

use crate::error::Refusal;
use crate::ids::{NodeId, OperatorId};
use crate::message::hello::Hello;
use crate::message::view::Inventory;
use crate::name::{Labels, Name};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// What a new machine sends.
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
        /// The root certificate, DER.
        #[n(4)]
        root: ByteVec,
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
        /// The root certificate, DER.
        #[n(3)]
        root: ByteVec,
    },
    /// Nothing, and why. Unknown, used, expired and revoked tokens have one identical text.
    #[n(2)]
    Refused(#[n(0)] Refusal),
}
