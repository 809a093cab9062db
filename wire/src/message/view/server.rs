//! The server itself, and who the caller is to it.

use crate::ids::OperatorId;
use crate::name::Name;
use crate::text::SafeText;
use crate::time::UnixMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Who the caller is to the server.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct WhoamiView {
    /// Its name.
    #[n(0)]
    pub operator: Name,
    /// Its id.
    #[n(1)]
    pub operator_id: OperatorId,
    /// Roles.
    #[n(2)]
    pub roles: Vec<Name>,
    /// The server's public name.
    #[n(3)]
    pub server: SafeText,
    /// The running access session.
    #[n(4)]
    pub session: Option<SafeText>,
    /// When the certificate ends.
    #[n(5)]
    pub expires_at: Option<UnixMs>,
    /// Addresses this operator was seen from.
    #[n(6)]
    pub seen_addresses: Vec<SafeText>,
}

/// Nodes by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct FleetCounts {
    /// All that are enrolled and not revoked.
    #[n(0)]
    pub total: u32,
    /// Connected.
    #[n(1)]
    pub online: u32,
    /// Connected, with reasons.
    #[n(2)]
    pub degraded: u32,
    /// Lost less than 90 s ago.
    #[n(3)]
    pub stale: u32,
    /// Away.
    #[n(4)]
    pub offline: u32,
    /// Locked.
    #[n(5)]
    pub locked: u32,
}

/// What the server does right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Load {
    /// Open tunnels.
    #[n(0)]
    pub tunnels: u32,
    /// Bytes towards targets since start.
    #[n(1)]
    pub up_bytes: u64,
    /// Bytes from targets since start.
    #[n(2)]
    pub down_bytes: u64,
    /// Rate towards targets.
    #[n(3)]
    pub up_bytes_per_s: u64,
    /// Rate from targets.
    #[n(4)]
    pub down_bytes_per_s: u64,
    /// Share of one processor over the last second.
    #[n(5)]
    pub cpu_ratio: Option<f64>,
    /// Resident memory.
    #[n(6)]
    pub rss_bytes: Option<u64>,
    /// Open file descriptors.
    #[n(7)]
    pub open_fds: Option<u64>,
    /// Limit on file descriptors.
    #[n(8)]
    pub max_fds: Option<u64>,
}

/// A certificate of the server.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct CertificateView {
    /// What it is for.
    #[n(0)]
    pub name: SafeText,
    /// When it ends.
    #[n(1)]
    pub expires_at: UnixMs,
}

/// One health check of the server that did not pass.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    #[n(0)]
    pub id: SafeText,
    /// `warn` or `fail`.
    #[n(1)]
    pub status: SafeText,
    /// What is wrong and what to do.
    #[n(2)]
    pub message: SafeText,
}

/// The server's state.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct ServerView {
    /// Public name.
    #[n(0)]
    pub name: SafeText,
    /// Version.
    #[n(1)]
    pub version: SafeText,
    /// No failing check.
    #[n(2)]
    pub healthy: bool,
    /// Since start.
    #[n(3)]
    pub uptime_s: u64,
    /// TLS addresses.
    #[n(4)]
    pub listen: Vec<SafeText>,
    /// The metrics listener.
    #[n(5)]
    pub metrics: Option<SafeText>,
    /// First and last number for published ports.
    #[n(6)]
    pub port_range: (u16, u16),
    /// Published ports that exist.
    #[n(7)]
    pub ports: u32,
    /// Nodes by state.
    #[n(8)]
    pub fleet: FleetCounts,
    /// What it does right now.
    #[n(9)]
    pub load: Load,
    /// Certificates.
    #[n(10)]
    pub certificates: Vec<CertificateView>,
    /// Checks that did not pass.
    #[n(11)]
    pub checks: Vec<Check>,
    /// Draining since a signal or `server drain`.
    #[n(12)]
    pub draining: bool,
}

/// What reading the configuration again did, or would do.
#[derive(Clone, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct ReloadView {
    /// Only shown: nothing changed.
    #[n(0)]
    pub planned: bool,
    /// Keys whose new values are in use.
    #[n(1)]
    pub applied: Vec<SafeText>,
    /// Keys whose new values wait for a restart.
    #[n(2)]
    pub restart: Vec<SafeText>,
    /// The certificates for strangers, read anew.
    #[n(3)]
    pub certificates: Vec<CertificateView>,
}
