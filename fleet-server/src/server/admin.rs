//! The local admin: the operator of the user who owns the data directory. Its certificate is minted
//! at the first start and again when less than 60 days are left.

use super::directory::{ADMIN_DIR, Directory};
use super::{AdminIdentity, StartError};
use crate::ca::Why;
use crate::config::Config;
use crate::core::{Core, random};
use crate::fleet::{CaStanding, Holder, OperatorRecord};
use crate::ops::Op;
use crate::policy::ADMIN;
use link::SharedClock;
use pki::{Authority, Issued, KeyPair, Role, Subject, files, profile};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use wire::audit::Actor;
use wire::{Name, OperatorId, UnixMs};

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "cert.pem";
const ID: &str = "id";
const RENEW_BEFORE: Duration = Duration::from_secs(60 * 24 * 3600);

/// The admin's files and record.
pub(super) struct Admin {
    pub(super) identity: AdminIdentity,
    pub(super) record: OperatorRecord,
    /// A certificate that was minted now, to be written down once there is a trail.
    pub(super) issued: Option<Issued>,
}

/// Makes or renews the admin's key, id and certificate in `DIR/admin`.
pub(super) fn ensure(
    config: &Config,
    directory: &Directory,
    authority: &Authority,
    clock: &SharedClock,
) -> Result<Admin, StartError> {
    let dir = directory.admin();
    files::private_dir(&dir)?;
    let name = config.admin.parse::<Name>().map_err(|error| {
        let (key, what) = ("admin".to_owned(), error.to_string());
        crate::config::ConfigError::Value { key, what }
    })?;
    let key = key(&dir.join(KEY))?;
    let id = id(&dir.join(ID))?;
    let certificate = dir.join(CERTIFICATE);
    let (ends, issued) = match expiry(&certificate, &key, authority, clock)? {
        Some(ends) if ends.since(clock.wall()) > RENEW_BEFORE => (ends, None),
        _ => {
            let issued = mint(authority, id, &key, &certificate, clock)?;
            (UnixMs(issued.not_after_ms), Some(issued))
        }
    };
    let record = OperatorRecord {
        id,
        name: name.clone(),
        roles: vec![role()?],
        token: None,
        terms: Vec::new(),
        spki: key.spki(),
        created_at: clock.wall(),
        revoked: None,
        certificate_expires_at: ends,
        logged_out: None,
        ca: CaStanding::default(),
    };
    Ok(Admin { identity: identity(directory, authority, &name), record, issued })
}

/// Where the admin's files lie, and what they belong to.
pub(super) fn identity(directory: &Directory, authority: &Authority, name: &Name) -> AdminIdentity {
    let dir = directory.admin();
    AdminIdentity {
        certificate: dir.join(CERTIFICATE),
        key: dir.join(KEY),
        ca: directory.ca(),
        name: name.as_str().to_owned(),
        ca_pin: authority.pin(),
        fleet: directory.fleet().to_owned(),
    }
}

fn role() -> Result<Name, StartError> {
    ADMIN.parse().map_err(|error| StartError::Io(std::io::Error::other(format!("{error}"))))
}

fn key(path: &Path) -> Result<KeyPair, StartError> {
    if path.exists() {
        return Ok(KeyPair::load(path)?);
    }
    let key = KeyPair::generate()?;
    key.save(path)?;
    Ok(key)
}

fn id(path: &Path) -> Result<OperatorId, StartError> {
    if path.exists() {
        let text = std::fs::read_to_string(path)?;
        return text.trim().parse().map_err(|error| StartError::state(path, error));
    }
    let id = OperatorId::from_random(random());
    keep_id(path, id)?;
    Ok(id)
}

fn keep_id(path: &Path, id: OperatorId) -> Result<(), StartError> {
    Ok(files::write_atomic(path, format!("{id}\n").as_bytes(), files::SECRET)?)
}

/// The id in `dir`, if one is kept there.
pub(super) fn kept_id(dir: &Path) -> Option<OperatorId> {
    std::fs::read_to_string(dir.join(ID)).ok()?.trim().parse().ok()
}

/// Puts another identity in the place of the one in `dir`: a crash in between is
/// mended by doing it again.
pub(super) fn replace(
    dir: &Path,
    id: OperatorId,
    key: &KeyPair,
    issued: &Issued,
) -> Result<(), StartError> {
    files::private_dir(dir)?;
    let pem = pki::pem::encode_certificates(&issued.chain);
    key.save(&dir.join(KEY))?;
    keep_id(&dir.join(ID), id)?;
    Ok(files::write_atomic(&dir.join(CERTIFICATE), pem.as_bytes(), files::SECRET)?)
}

/// When the certificate there ends, if it is for this key and by the authority that signs now.
fn expiry(
    path: &Path,
    key: &KeyPair,
    authority: &Authority,
    clock: &SharedClock,
) -> Result<Option<UnixMs>, StartError> {
    if !path.exists() {
        return Ok(None);
    }
    let chain = pki::pem::load_certificates(path)?;
    let trust = pki::Trust::new(authority.issuing().0.clone())?;
    let verified = trust.verify_client(&chain, clock.wall().0);
    Ok(verified.ok().filter(|v| v.spki == key.spki()).map(|v| UnixMs(v.not_after_ms)))
}

fn mint(
    authority: &Authority,
    id: OperatorId,
    key: &KeyPair,
    path: &Path,
    clock: &SharedClock,
) -> Result<Issued, StartError> {
    let subject = Subject::of(Role::Operator, id.to_string());
    let issued = authority.issue(&subject, &key.csr()?, clock.wall().0, profile::LOCAL_ADMIN)?;
    let pem = pki::pem::encode_certificates(&issued.chain);
    files::write_atomic(path, pem.as_bytes(), files::SECRET)?;
    Ok(issued)
}

/// Mints the admin's certificate again after the authority that signs has changed.
pub(super) async fn follow(core: &Core) {
    let dir = core.config().dir.join(ADMIN_DIR);
    let (record, now) = (core.state.fleet().ca(), core.clock.wall());
    let minted = core.ca.signing(&record, Holder::Client, now).map_err(StartError::from).and_then(
        |authority| {
            let (key, path) = (KeyPair::load(&dir.join(KEY))?, dir.join(CERTIFICATE));
            if expiry(&path, &key, &authority, &core.clock)?.is_some() {
                return Ok(None);
            }
            mint(&authority, core.names.admin, &key, &path, &core.clock).map(Some)
        },
    );
    let issued = match minted {
        Ok(Some(issued)) => issued,
        Ok(None) => return,
        Err(error) => return tracing::error!(%error, "the admin's certificate was not renewed"),
    };
    let id = core.names.admin.to_string();
    if let Err(refusal) = core.issued(&issued, Role::Operator, &id, Why::Admin).await {
        tracing::error!(%refusal, "the admin's certificate was not recorded");
    }
}

/// Writes a renewed certificate's end into the stored record.
pub(super) async fn keep_record(core: &Arc<Core>, record: OperatorRecord) {
    let stored = core.state.fleet().operator(record.id);
    let fits =
        |stored: &Arc<OperatorRecord>| stored.spki == record.spki && stored.revoked.is_none();
    if !stored.as_ref().is_some_and(fits) {
        let hint = "tunnelctl server recover-admin, with the server stopped";
        tracing::warn!(hint, "the key of the local admin is not one that this fleet knows");
        return;
    }
    let certificate_expires_at = record.certificate_expires_at;
    if stored.is_none_or(|stored| stored.certificate_expires_at == certificate_expires_at) {
        return;
    }
    let actor = Actor { operator: Some(record.name.as_str().into()), ..Actor::default() };
    let op = Op::RenewOperator { actor, operator: record.id, certificate_expires_at };
    if let Err(refusal) = core.apply(op).await {
        tracing::warn!(%refusal, "the admin's renewal was not recorded");
    }
}
