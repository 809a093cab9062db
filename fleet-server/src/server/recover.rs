//! The way back for a fleet whose admins lost their keys: who owns the data directory of a stopped
//! server becomes admin again. Durable and in the trail before any file is written.

use super::directory::Directory;
use super::{AdminIdentity, StartError, admin, open_error, store_error};
use crate::ca::{Ca, Why};
use crate::config::Config;
use crate::core::random;
use crate::fleet::{CertRecord, Holder, OperatorRecord};
use crate::ops::{Done, Op, admin_recover};
use crate::state::{Init, State, stored_ca, stored_head};
use link::{SharedClock, Shutdown};
use pki::{Issued, KeyPair, Role, Subject, profile};
use std::sync::Arc;
use std::time::Duration;
use store::thread::StoreThread;
use wire::audit::Actor;
use wire::{Name, OperatorId, Refusal, SafeText, UnixMs};

/// How long the writer may take to end.
const ENDING: Duration = Duration::from_secs(5);

/// The admin that came back.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// What a context is made of.
    pub identity: AdminIdentity,
    /// Its id.
    pub operator: OperatorId,
    /// The new key's, for people to compare.
    pub fingerprint: String,
    /// When its certificate ends.
    pub expires_at: UnixMs,
    /// It is a new operator: the local admin was revoked.
    pub is_new: bool,
}

/// Gives the local admin of a stopped server another key; a new operator where that one was revoked.
/// What it had before is worth nothing from then on. `by` is who asks, for the trail.
///
/// # Errors
/// The server runs, the directory is no fleet's, or its state cannot be read or written.
pub async fn recover_admin(
    config: &Config,
    clock: SharedClock,
    by: SafeText,
    reason: Option<SafeText>,
) -> Result<Recovered, StartError> {
    config.check()?;
    let directory = Directory::open(&config.dir)?;
    let path = directory.store();
    if !directory.is_settled() {
        let what = "there is no fleet here yet: tunnelctl server run makes one with its admin";
        return Err(StartError::state(&config.dir, what));
    }
    let store = store::open(&path).map_err(|error| store_error(&path, error))?;
    let record = stored_ca(&*store).map_err(|error| open_error(&path, error))?;
    let ca = directory.authority(&record, &clock)?;
    if stored_head(&*store).is_ok_and(|head| head.is_none()) {
        let what = "empty, but this fleet has a history: put its state back from a backup first";
        return Err(StartError::state(&path, what));
    }
    let wished = config.admin.parse::<Name>().map_err(|error| {
        let (key, what) = ("admin".to_owned(), error.to_string());
        crate::config::ConfigError::Value { key, what }
    })?;
    let (store, shutdown) = (StoreThread::spawn(store), Shutdown::new());
    let key = KeyPair::generate()?;
    // An empty store, which would begin with this one, was ruled out above.
    let none = Init { fleet: directory.fleet().to_owned(), admin: nobody(&wished, &key) };
    let state = State::start(store.clone(), none, Arc::clone(&clock), &shutdown)
        .await
        .map_err(|error| open_error(&path, error))?;
    let wish = Wish { wished, key, by, reason };
    let recovered = wish.carry_out(&directory, &ca, &state, &clock).await;
    drop(state);
    shutdown.finish(ENDING).await;
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    let recovered = recovered?;
    closed.map_err(std::io::Error::other)?.map_err(|error| store_error(&path, error))?;
    Ok(recovered)
}

struct Wish {
    wished: Name,
    key: KeyPair,
    by: SafeText,
    reason: Option<SafeText>,
}

impl Wish {
    /// Persist, then publish (the files), for the caller to perform (the context).
    async fn carry_out(
        self,
        directory: &Directory,
        ca: &Ca,
        state: &State,
        clock: &SharedClock,
    ) -> Result<Recovered, StartError> {
        let (fleet, now, dir) = (state.fleet(), clock.wall(), directory.admin());
        let old = admin_recover::of_old(&fleet, admin::kept_id(&dir));
        let id = old.as_ref().map_or_else(|| OperatorId::from_random(random()), |old| old.id);
        let authority = ca.signing(&fleet.ca(), Holder::Client, now)?;
        let subject = Subject::of(Role::Operator, id.to_string());
        let lifetime = profile::LOCAL_ADMIN;
        let issued = authority.issue(&subject, &self.key.csr()?, now.0, lifetime)?;
        let expires_at = UnixMs(issued.not_after_ms);
        let op = Op::AdminRecover {
            actor: Actor { client: Some(self.by), ..Actor::default() },
            operator: id,
            name: self.wished,
            spki: self.key.spki(),
            certificate_expires_at: expires_at,
            reason: self.reason,
        };
        let Done::Operator(record) = state.apply(op).await.map_err(refused)?.done else {
            return Err(StartError::Io(std::io::Error::other("the admin was not recovered")));
        };
        let cert = cert(ca, &issued, &record, now);
        let issue = Op::CaIssue { cert, why: Why::Admin, ended: Vec::new() };
        state.apply(issue).await.map_err(refused)?;
        admin::replace(&dir, id, &self.key, &issued)?;
        Ok(Recovered {
            identity: admin::identity(directory, &authority, &record.name),
            operator: id,
            fingerprint: self.key.fingerprint(),
            expires_at,
            is_new: old.is_none(),
        })
    }
}

fn cert(ca: &Ca, issued: &Issued, record: &OperatorRecord, now: UnixMs) -> CertRecord {
    CertRecord {
        serial: issued.serial,
        role: Role::Operator.word().into(),
        id: record.id.to_string().into(),
        issued_at: now,
        not_after: UnixMs(issued.not_after_ms),
        issuer: ca.slot_of(issued),
    }
}

fn nobody(name: &Name, key: &KeyPair) -> OperatorRecord {
    OperatorRecord {
        id: OperatorId::from_random(0),
        name: name.clone(),
        roles: Vec::new(),
        spki: key.spki(),
        created_at: UnixMs(0),
        revoked: None,
        certificate_expires_at: UnixMs(0),
        token: None,
        terms: Vec::new(),
        logged_out: None,
        ca: crate::fleet::CaStanding::default(),
    }
}

fn refused(refusal: Refusal) -> StartError {
    StartError::Io(std::io::Error::other(refusal.to_string()))
}
