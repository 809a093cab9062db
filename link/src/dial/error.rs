//! Why a server was not reached, step by step.

use pki::HandshakeFault;
use rustls::AlertDescription;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

/// Why a server was not reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address.
    #[error("{host}: name does not resolve: {source}")]
    Resolve {
        /// `HOST:PORT` as given.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nobody listens there.
    #[error("{address}: connection refused")]
    Refused {
        /// Where.
        address: SocketAddr,
    },
    /// The connection could not be made, or broke in the handshake.
    #[error("{address}: {source}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The deadline passed.
    #[error("{address}: no answer within {}s", .within.as_secs_f32())]
    Timeout {
        /// Where.
        address: String,
        /// The deadline.
        within: Duration,
    },
    /// Closed before the handshake was done: shed by a busy server, barred, or not a server of ours.
    #[error(
        "{address}: closed during the handshake; it is busy, or bars this address for failures"
    )]
    Closed {
        /// Where.
        address: SocketAddr,
    },
    /// The server is not one of the pinned authority's.
    #[error("{address}: the server's certificate is not from the pinned CA")]
    WrongCa {
        /// Where.
        address: SocketAddr,
    },
    /// The certificate is expired or not yet valid, by our clock.
    #[error(
        "{address}: the server's certificate is not valid at this machine's time; check the clock"
    )]
    WrongClock {
        /// Where.
        address: SocketAddr,
    },
    /// The server refused our certificate: revoked, expired, or of another fleet. Mostly the server
    /// says so only after our handshake is done: see [`unwelcome`].
    #[error("{address}: the server refused this certificate: {what}")]
    Unwelcome {
        /// Where.
        address: SocketAddr,
        /// The server's reason.
        what: String,
    },
    /// Any other failure of the handshake.
    #[error("{address}: tls: {what}")]
    Tls {
        /// Where.
        address: SocketAddr,
        /// What rustls says.
        what: String,
    },
    /// The proxy did not let us through.
    #[error("proxy {proxy}: {what}")]
    Proxy {
        /// `HOST:PORT` of the proxy.
        proxy: String,
        /// Why.
        what: String,
    },
    /// What answers by HTTP is not our server.
    #[error("{address}: no tunnelctl server answers by WebSocket: {what}")]
    Web {
        /// Where.
        address: SocketAddr,
        /// What it answered.
        what: String,
    },
    /// The network asks for a login in a browser first.
    #[error(
        "{address}: a captive portal answers in the server's place ({what}); log in to this network first"
    )]
    Portal {
        /// Where.
        address: SocketAddr,
        /// Where it sends people.
        what: String,
    },
}

impl DialError {
    /// Whether another way to the same server cannot end otherwise: it was the server who said no.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Unwelcome { .. } | Self::WrongClock { .. })
    }

    /// How much it tells about what is wrong: of several failures people hear the most telling.
    pub(crate) const fn weight(&self) -> u8 {
        match self {
            Self::Unwelcome { .. } | Self::WrongClock { .. } => 6,
            Self::Portal { .. } => 5,
            Self::WrongCa { .. } => 4,
            Self::Closed { .. } => 3,
            Self::Proxy { .. } => 2,
            Self::Tls { .. } | Self::Web { .. } => 1,
            Self::Resolve { .. }
            | Self::Refused { .. }
            | Self::Connect { .. }
            | Self::Timeout { .. } => 0,
        }
    }
}

pub(super) fn classify(address: SocketAddr, error: io::Error) -> DialError {
    if let Some(what) = unwelcome(&error) {
        return DialError::Unwelcome { address, what };
    }
    match pki::classify_io(&error) {
        HandshakeFault::WrongCa => return DialError::WrongCa { address },
        HandshakeFault::Expired | HandshakeFault::NotYetValid => {
            return DialError::WrongClock { address };
        }
        HandshakeFault::Revoked | HandshakeFault::Other => {}
    }
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            DialError::Closed { address }
        }
        ErrorKind::InvalidData => DialError::Tls { address, what: error.to_string() },
        _ => DialError::Connect { address, source: error },
    }
}

/// The server's reason, if `error` is its alert that it refuses our certificate. In TLS 1.3 that
/// alert comes after our side of the handshake is done: in the first read.
pub fn unwelcome(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::AlertReceived(alert) = inner else { return None };
    let what = match alert {
        AlertDescription::CertificateRevoked => "it was revoked",
        AlertDescription::CertificateExpired => "it is not valid at the server's time",
        AlertDescription::UnknownCA => "it is from another fleet",
        AlertDescription::AccessDenied => "access denied",
        AlertDescription::CertificateRequired => "none was shown",
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => "it is not acceptable",
        _ => return None,
    };
    Some(what.to_owned())
}

/// A failure of the session around a WebSocket, whose certificate is not looked at.
pub(super) fn classify_outer(address: SocketAddr, error: io::Error) -> DialError {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            DialError::Closed { address }
        }
        ErrorKind::InvalidData => DialError::Tls { address, what: error.to_string() },
        _ => DialError::Connect { address, source: error },
    }
}
