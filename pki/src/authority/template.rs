//! What each certificate of ours says. Every field is set: the library's defaults (serial from the
//! key, validity of two thousand years, a name of its own) are never ours.

use super::Subject;
use crate::{PkiError, Role, profile};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType, SerialNumber,
};
use std::time::Duration;
use time::OffsetDateTime;

/// From when until when, in whole seconds, as certificates have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Validity {
    start_s: u64,
    end_s: u64,
}

impl Validity {
    pub(super) fn starting(now_ms: u64, lifetime: Duration) -> Result<Self, PkiError> {
        let now_s = now_ms / 1000;
        let end_s = now_s.saturating_add(lifetime.as_secs());
        let validity = Self { start_s: now_s.saturating_sub(profile::BACKDATE.as_secs()), end_s };
        validity.date(end_s)?;
        Ok(validity)
    }

    /// Cuts the end to the issuer's.
    pub(super) fn until(self, issuer_ends_ms: u64) -> Self {
        Self { end_s: self.end_s.min(issuer_ends_ms / 1000), ..self }
    }

    pub(super) fn end_ms(self) -> u64 {
        self.end_s * 1000
    }

    fn date(self, seconds: u64) -> Result<OffsetDateTime, PkiError> {
        let refuse = || PkiError::Certificate("its validity is beyond the calendar".to_owned());
        let seconds = i64::try_from(seconds).map_err(|_| refuse())?;
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| refuse())
    }
}

/// 16 random bytes; the front is `01`, so that the number is positive and always 16 bytes long.
pub(super) fn random_serial() -> Result<[u8; 16], PkiError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(PkiError::crypto)?;
    serial[0] = serial[0] & 0x3F | 0x40;
    Ok(serial)
}

pub(super) fn root(validity: Validity) -> Result<CertificateParams, PkiError> {
    authority("tunnelctl root", IsCa::Ca(BasicConstraints::Unconstrained), validity)
}

pub(super) fn issuing(validity: Validity) -> Result<CertificateParams, PkiError> {
    let mut params =
        authority("tunnelctl issuing", IsCa::Ca(BasicConstraints::Constrained(0)), validity)?;
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

/// A root's name and key, certified by another root: for the time of both.
pub(super) fn cross(name: &str, validity: Validity) -> Result<CertificateParams, PkiError> {
    let mut params = blank(name, random_serial()?, validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(4));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

pub(super) fn leaf(
    subject: &Subject,
    serial: [u8; 16],
    validity: Validity,
) -> Result<CertificateParams, PkiError> {
    let role = subject.identity.role;
    let uri = subject.identity.uri_of(subject.renewal)?;
    let mut params = blank(&subject.identity.id, serial, validity)?;
    params.subject_alt_names = vec![SanType::URI(uri.try_into().map_err(PkiError::crypto)?)];
    params.subject_alt_names.extend(hosts(subject)?);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![profile::usage(role)];
    Ok(params)
}

fn hosts(subject: &Subject) -> Result<Vec<SanType>, PkiError> {
    if subject.identity.role != Role::Server && !(subject.dns.is_empty() && subject.ips.is_empty())
    {
        return Err(PkiError::Certificate(format!(
            "host names belong to a server, not to a {}",
            subject.identity.role
        )));
    }
    let dns = subject.dns.iter().map(|name| {
        let text = name.clone().try_into();
        text.map(SanType::DnsName)
            .map_err(|_| PkiError::Certificate(format!("{name:?} is not a DNS name")))
    });
    dns.chain(subject.ips.iter().map(|ip| Ok(SanType::IpAddress(*ip)))).collect()
}

fn authority(title: &str, is_ca: IsCa, validity: Validity) -> Result<CertificateParams, PkiError> {
    let serial = random_serial()?;
    // Two installations must not look alike to a person, nor to path building.
    let name = format!("{title} {}", data_encoding::HEXLOWER.encode(&serial[8..]));
    let mut params = blank(&name, serial, validity)?;
    params.is_ca = is_ca;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn blank(
    common_name: &str,
    serial: [u8; 16],
    validity: Validity,
) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.not_before = validity.date(validity.start_s)?;
    params.not_after = validity.date(validity.end_s)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
