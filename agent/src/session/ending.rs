//! How a session or a dial ended, and what follows from it. Pure.

use link::backoff::Ending;
use link::control::ControlError;
use link::dial::DialError;
use pki::HandshakeFault;
use std::io::ErrorKind;
use std::time::Duration;
use wire::{CloseReason, DisconnectReason, Refusal, RefusalCode, Violation};

/// The pause after an answer that trying again at once will not change.
const SLOW: Duration = Duration::from_secs(30);

/// The end of a session, or of the attempt at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) reason: DisconnectReason,
    pub(crate) words: String,
    pub(crate) next: Next,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Again(Ending),
    /// The server says that the certificate ended: another one first.
    Recover,
    /// The server said, over the authenticated channel, that this identity is revoked.
    Revoked,
    Stopped,
}

impl Ended {
    fn again(reason: DisconnectReason, words: impl Into<String>, ending: Ending) -> Self {
        Self { reason, words: words.into(), next: Next::Again(ending) }
    }

    /// This agent was told to stop.
    pub(crate) fn stopped() -> Self {
        let (reason, next) = (DisconnectReason::AgentStopped, Next::Stopped);
        Self { reason, words: "stopped".to_owned(), next }
    }

    /// A task of this agent panicked.
    pub(crate) fn fault() -> Self {
        Self::again(
            DisconnectReason::Internal,
            "a fault of this agent; its log says where",
            Ending::Lost,
        )
    }

    /// The server gave its reason.
    pub(crate) fn bye(reason: DisconnectReason, retry_after: Option<Duration>) -> Self {
        use DisconnectReason as Reason;
        let words = format!("the server ended the connection: {reason}");
        match reason {
            Reason::Revoked => Self { reason, words, next: Next::Revoked },
            Reason::Superseded => {
                tracing::warn!("another agent uses this identity; keeping out of its way");
                let words = "another agent connected with this identity";
                Self::again(reason, words, Ending::After(SLOW))
            }
            Reason::CertExpired => Self { reason, words, next: Next::Recover },
            Reason::Locked => Self::again(reason, words, Ending::After(SLOW)),
            _ => Self::again(reason, words, retry_after.map_or(Ending::Lost, Ending::After)),
        }
    }

    /// The server did not take the connection.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let ending = match refusal.code {
            RefusalCode::Server | RefusalCode::Timeout => Ending::Shed,
            _ => Ending::After(SLOW),
        };
        Self::again(DisconnectReason::PeerClosed, format!("refused: {refusal}"), ending)
    }

    /// Somebody broke the protocol; a new connection is not likely to do better soon.
    pub(crate) fn violated(violation: &Violation) -> Self {
        let words = format!("protocol: {violation}");
        Self::again(DisconnectReason::ProtocolError, words, Ending::After(SLOW))
    }

    /// The connection broke while the session ran.
    pub(crate) fn lost(error: &ControlError, retry_after: Option<Duration>) -> Self {
        let words = error.to_string();
        let ending = retry_after.map_or(Ending::Lost, Ending::After);
        match error {
            ControlError::Violation(violation) => Self::violated(violation),
            ControlError::Lost(error) => Self::broken(error, ending),
            ControlError::Closed if retry_after.is_some() => {
                Self::again(DisconnectReason::Drain, words, ending)
            }
            ControlError::Closed => Self::again(DisconnectReason::PeerClosed, words, ending),
            ControlError::Stuck | ControlError::Timeout => {
                Self::again(DisconnectReason::KeepaliveTimeout, words, ending)
            }
        }
    }

    /// The connection broke before the welcome: a busy server sheds like this.
    pub(crate) fn unwelcomed(error: &ControlError) -> Self {
        let mut ended = Self::lost(error, None);
        if let Next::Again(ending @ Ending::Lost) = &mut ended.next {
            *ending = Ending::Shed;
        }
        ended
    }

    fn broken(error: &std::io::Error, ending: Ending) -> Self {
        // The server's verdict on our certificate comes in the first read (TLS 1.3), under keys
        // that only the server has.
        match link::dial::unwelcome(error) {
            Some(what) => {
                let words = format!("the server refused this certificate: {what}");
                let next = match pki::classify_io(error) {
                    HandshakeFault::Revoked => Next::Revoked,
                    // Ended, or signed by an authority that has: the server we know says so.
                    HandshakeFault::Expired | HandshakeFault::WrongCa => Next::Recover,
                    _ => Next::Again(Ending::After(SLOW)),
                };
                Self { reason: DisconnectReason::TlsError, words, next }
            }
            None => {
                let reason = match error.kind() {
                    ErrorKind::InvalidData => DisconnectReason::TlsError,
                    ErrorKind::TimedOut => DisconnectReason::KeepaliveTimeout,
                    _ => DisconnectReason::PeerReset,
                };
                Self::again(reason, format!("lost: {error}"), ending)
            }
        }
    }

    /// An operator has to decide; the server says when to ask again.
    pub(crate) fn waiting(after: Duration) -> Self {
        let words = "the certificate ended; an operator has to approve the recovery";
        Self::again(DisconnectReason::TlsError, words, Ending::After(after))
    }

    /// The server said so while the certificate could not be shown.
    pub(crate) fn revoked() -> Self {
        Self::bye(DisconnectReason::Revoked, None)
    }

    /// The attempt failed on this side, or on the way.
    pub(crate) fn failed(words: impl Into<String>) -> Self {
        Self::again(DisconnectReason::TlsError, words, Ending::Lost)
    }

    /// Nothing was heard, or nothing confirmed, for the silence limit.
    pub(crate) fn silent(for_: Duration) -> Self {
        let words = format!("no sign of life for {}s", for_.as_secs());
        Self::again(DisconnectReason::KeepaliveTimeout, words, Ending::Lost)
    }

    /// The writer gave the server up.
    pub(crate) fn given_up() -> Self {
        let words = "the server does not read";
        Self::again(DisconnectReason::KeepaliveTimeout, words, Ending::Lost)
    }

    /// No connection came about.
    pub(crate) fn not_reached(error: &DialError) -> Self {
        let (reason, ending) = match error {
            DialError::Refused { .. } | DialError::Closed { .. } => {
                (DisconnectReason::PeerClosed, Ending::Shed)
            }
            DialError::Unwelcome { .. } => (DisconnectReason::TlsError, Ending::After(SLOW)),
            DialError::WrongCa { .. } | DialError::WrongClock { .. } | DialError::Tls { .. } => {
                (DisconnectReason::TlsError, Ending::Shed)
            }
            DialError::Proxy { .. } | DialError::Web { .. } | DialError::Portal { .. } => {
                (DisconnectReason::PeerReset, Ending::Shed)
            }
            DialError::Resolve { .. } | DialError::Connect { .. } | DialError::Timeout { .. } => {
                (DisconnectReason::PeerReset, Ending::Lost)
            }
        };
        Self::again(reason, error.to_string(), ending)
    }

    /// What the tunnels under it are ended with.
    pub(crate) fn close_reason(&self) -> CloseReason {
        match self.reason {
            DisconnectReason::Superseded => CloseReason::Superseded,
            DisconnectReason::Revoked => CloseReason::Revoked,
            DisconnectReason::Locked => CloseReason::Locked,
            DisconnectReason::Drain => CloseReason::Drain,
            _ => CloseReason::NodeLost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_word_revokes() {
        for reason in DisconnectReason::ALL {
            let revoked = Ended::bye(*reason, None).next == Next::Revoked;
            assert_eq!(revoked, *reason == DisconnectReason::Revoked, "{reason}");
        }
        let address = ([127, 0, 0, 1], 443).into();
        let no = DialError::Unwelcome { address, what: "it is from another fleet".to_owned() };
        assert_eq!(Ended::not_reached(&no).next, Next::Again(Ending::After(SLOW)));
    }

    #[test]
    fn a_superseded_agent_keeps_out_of_the_way() {
        let ended = Ended::bye(DisconnectReason::Superseded, Some(Duration::ZERO));
        let Next::Again(ending) = ended.next else { panic!("{ended:?}") };
        assert!(link::backoff::Backoff::default().wait(ending, 0) >= Duration::from_secs(30));
        assert_eq!(ended.close_reason(), CloseReason::Superseded);
    }

    #[test]
    fn a_draining_server_says_when() {
        let after = Some(Duration::from_secs(7));
        let want = Next::Again(Ending::After(Duration::from_secs(7)));
        assert_eq!(Ended::bye(DisconnectReason::Drain, after).next, want);
        assert_eq!(Ended::lost(&ControlError::Closed, after).next, want);
        let reset = ControlError::Lost(ErrorKind::ConnectionReset.into());
        assert_eq!(Ended::lost(&reset, after).next, want);
    }

    #[test]
    fn refused_and_shed_dials_get_no_quick_tries() {
        let address = ([127, 0, 0, 1], 443).into();
        for error in [DialError::Refused { address }, DialError::Closed { address }] {
            assert_eq!(Ended::not_reached(&error).next, Next::Again(Ending::Shed));
        }
        assert_eq!(Ended::unwelcomed(&ControlError::Closed).next, Next::Again(Ending::Shed));
        assert_eq!(Ended::lost(&ControlError::Closed, None).next, Next::Again(Ending::Lost));
    }
}
