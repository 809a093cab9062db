//! The revocation list as others read it (RFC 5280). Our own listeners do not: they ask the live
//! table in every handshake.

use crate::{PkiError, profile};
use rcgen::{
    CertificateRevocationListParams, Issuer, KeyIdMethod, RevocationReason, RevokedCertParams,
    SerialNumber, SigningKey,
};
use std::time::Duration;
use time::OffsetDateTime;

/// One certificate that ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ended {
    /// Its number.
    pub serial: [u8; 16],
    /// When it was revoked, Unix ms.
    pub at_ms: u64,
}

/// A signed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crl {
    /// The list, DER.
    pub der: Vec<u8>,
    /// When the next one is promised, Unix ms.
    pub next_ms: u64,
}

impl Crl {
    /// The list, PEM.
    pub fn pem(&self) -> String {
        crate::pem::encode_crl(&self.der)
    }
}

pub(crate) fn sign(
    issuer: &Issuer<'_, impl SigningKey>,
    ended: &[Ended],
    number: u64,
    now_ms: u64,
) -> Result<Crl, PkiError> {
    let next_ms = now_ms.saturating_add(millis(profile::CRL));
    let entry = |ended: &Ended| {
        Ok(RevokedCertParams {
            serial_number: SerialNumber::from_slice(&ended.serial),
            revocation_time: date(ended.at_ms)?,
            reason_code: Some(RevocationReason::Unspecified),
            invalidity_date: None,
        })
    };
    let params = CertificateRevocationListParams {
        this_update: date(now_ms)?,
        next_update: date(next_ms)?,
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: ended.iter().map(entry).collect::<Result<_, PkiError>>()?,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = params.signed_by(issuer).map_err(PkiError::crypto)?;
    Ok(Crl { der: list.der().to_vec(), next_ms })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn date(ms: u64) -> Result<OffsetDateTime, PkiError> {
    let refuse = || PkiError::Certificate("its time is beyond the calendar".to_owned());
    let seconds = i64::try_from(ms / 1000).map_err(|_| refuse())?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| refuse())
}
