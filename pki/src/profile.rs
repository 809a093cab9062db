//! Lifetimes and usages per kind of certificate: one table.

use crate::Role;
use rcgen::ExtendedKeyUsagePurpose;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The root: made once, kept offline if its owner wishes.
pub const ROOT: Duration = DAY.saturating_mul(3650);
/// An issuing certificate: six times the longest leaf.
pub const ISSUING: Duration = DAY.saturating_mul(540);
/// A leaf lives for one part in so many of an issuing certificate at most.
pub const LEAF_SHARE: u32 = 6;
/// How long before its end the next issuing certificate is made: at half of its life.
pub const PREPARE_BEFORE: Duration = DAY.saturating_mul(270);
/// How long before its end the next one signs in its place: no leaf of it is cut short.
pub const ACTIVATE_BEFORE: Duration = DAY.saturating_mul(90);
/// A revocation list, until the next one is due.
pub const CRL: Duration = DAY;
/// A node, renewed at two thirds (F3.4).
pub const NODE: Duration = DAY;
/// An operator, renewed while active (F3.5).
pub const OPERATOR: Duration = Duration::from_secs(12 * 3600);
/// The server's own user, who has the authority's files anyway.
pub const LOCAL_ADMIN: Duration = DAY.saturating_mul(90);
/// The server's TLS certificate.
pub const SERVER: Duration = DAY.saturating_mul(90);
/// How far a start of validity is dated back, for peers whose clocks lag.
pub const BACKDATE: Duration = Duration::from_secs(5 * 60);

/// How long a leaf of `role` lives unless its owner asks for less.
pub const fn lifetime(role: Role) -> Duration {
    match role {
        Role::Node => NODE,
        Role::Operator => OPERATOR,
        Role::Server => SERVER,
    }
}

/// The one extended key usage of a leaf of `role`.
pub(crate) const fn usage(role: Role) -> ExtendedKeyUsagePurpose {
    match role {
        Role::Node | Role::Operator => ExtendedKeyUsagePurpose::ClientAuth,
        Role::Server => ExtendedKeyUsagePurpose::ServerAuth,
    }
}
