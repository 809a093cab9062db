//! What an operator's right ends with, and when: what he is warned of before.

use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

word_enum! {
    /// What is over then.
    EndCause {
        /// The operator's certificate.
        Certificate = 0 "certificate",
        /// A role that was given for a time.
        Role = 1 "role",
        /// A rule, by its end or its hours.
        Rule = 2 "rule",
        /// A session.
        Session = 3 "session",
        /// A share.
        Share = 141 "share",
    }
}

/// An end that is near.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct EndsView {
    /// When.
    #[n(0)]
    pub until: UnixMs,
    /// How long that is from now, by the server's clock.
    #[n(1)]
    pub left_ms: u64,
    /// What is over then.
    #[n(2)]
    pub cause: EndCause,
    /// Which of them: the role's name, the rule's or the session's id.
    #[n(3)]
    pub which: Option<SafeText>,
}
