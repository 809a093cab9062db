//! Roots of trust between the protocol and the certificates: the one place that turns one into the
//! other, and bounds what a peer may send.

use minicbor::bytes::ByteVec;
use pki::{Bundle, CertificateDer};
use wire::message::TrustBundle;

/// Certificates of each kind that are looked at: a rotation has two roots, and a few lie behind.
const MOST: usize = 8;

/// As it travels.
pub fn to_wire(bundle: &Bundle) -> TrustBundle {
    let der = |all: &[CertificateDer<'static>]| all.iter().map(|c| c.to_vec().into()).collect();
    TrustBundle {
        number: bundle.number,
        roots: der(&bundle.roots),
        cross: der(&bundle.cross),
        past: der(&bundle.past),
    }
}

/// As it is checked.
pub fn from_wire(bundle: TrustBundle) -> Bundle {
    let read = |all: Vec<ByteVec>| {
        all.into_iter().take(MOST).map(|der| CertificateDer::from(Vec::from(der))).collect()
    };
    Bundle {
        number: bundle.number,
        roots: read(bundle.roots),
        cross: read(bundle.cross),
        past: read(bundle.past),
    }
}
