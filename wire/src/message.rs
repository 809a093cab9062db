//! The messages, as closed enums named by direction.
//!
//! How they may change: fields and variants are only ever added, with new numbers; a missing field
//! reads as `None`; an unknown variant of a body reads as an envelope without a body, which is
//! answered with *unsupported* and never ends the connection (W3).

pub mod agent;
pub mod enrol;
pub mod hello;
pub mod operator;
pub mod trust;
pub mod tunnel;
pub mod view;

pub use agent::{ToAgent, ToServer};
pub use hello::{Hello, LaneHello, LaneWelcome, SHARES};
pub use operator::{FromConsole, Push, Reply, Request, ToConsole};
pub use trust::{TrustBundle, TrustOffer};

use minicbor::{Decode, Encode};

/// What every control frame is wrapped in.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Envelope<T> {
    /// Counts up per sender and connection, from 1.
    #[n(0)]
    pub id: u64,
    /// The id of the message this answers.
    #[n(1)]
    pub reply_to: Option<u64>,
    /// The message; `None` if this build does not know its kind.
    #[n(2)]
    #[cbor(decode_with = "crate::codec::known", decode_bound = "T: Decode<'bytes, Ctx>")]
    pub body: Option<T>,
    /// How long the sender will wait for an answer, in milliseconds.
    #[n(3)]
    pub deadline_ms: Option<u64>,
}
