//! First words on any connection.

use crate::error::{Refusal, Violation};
use crate::ids::{Generation, LaneId, RequestId};
use crate::text::SafeText;
use minicbor::{Decode, Encode};

/// The protocol version this build speaks.
pub const PROTO: u32 = 1;
/// Feature of a server: operators open public ports that lead to their own side.
pub const SHARES: &str = "shares";

/// Versions and features. Behaviour is decided by feature names, not by versions.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// Oldest protocol version spoken.
    #[n(0)]
    pub proto_min: u32,
    /// Newest protocol version spoken.
    #[n(1)]
    pub proto_max: u32,
    /// Feature names.
    #[n(2)]
    pub features: Vec<String>,
    /// Program version, for people.
    #[n(3)]
    pub version: SafeText,
    /// The sender's wall clock, in Unix milliseconds.
    #[n(4)]
    pub clock_ms: Option<u64>,
    /// What the sender's people call this run, for logs and audit records.
    #[n(5)]
    pub request: Option<RequestId>,
}

impl Hello {
    /// This build's hello.
    pub fn ours(version: &str, clock_ms: u64) -> Self {
        Self {
            proto_min: PROTO,
            proto_max: PROTO,
            features: Vec::new(),
            version: version.into(),
            clock_ms: Some(clock_ms),
            request: None,
        }
    }

    /// Checks that both sides share a version.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self) -> Result<(), Violation> {
        if (self.proto_min..=self.proto_max).contains(&PROTO) {
            return Ok(());
        }
        Err(Violation::Version { peer_min: self.proto_min, peer_max: self.proto_max, ours: PROTO })
    }
}

/// First frame on a lane, before yamux: which connection it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LaneHello {
    /// Versions and features.
    #[n(0)]
    pub hello: Hello,
    /// The agent's generation; operators send their connection number from `Welcome`.
    #[n(1)]
    pub generation: Generation,
    /// Which lane of that connection.
    #[n(2)]
    pub lane: LaneId,
}

/// The answer to a [`LaneHello`]; yamux starts right after an `Ok`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum LaneWelcome {
    /// The lane is in use.
    #[n(0)]
    Ok,
    /// It is not, and why.
    #[n(1)]
    Refused(#[n(0)] Refusal),
}
