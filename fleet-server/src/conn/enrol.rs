//! Enrolment: one frame in, one frame out. The token is used up durably before the certificate
//! leaves; a lost reply is answered again to the same key.

use crate::core::{Core, lock, random};
use crate::ops::{Done, Op};
use link::control::{Reader, write_frame};
use link::dial::Conn;
use pki::{Issued, PkiError, Role, Subject, profile};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use wire::limits::{ENROL_DEADLINE, MAX_FRAME_ENROL};
use wire::message::enrol::{EnrolReply, EnrolRequest};
use wire::message::view::TokenKind;
use wire::{NodeId, OperatorId, Refusal, RefusalCode, UnixMs};

/// Wrong tokens one source may show at once, and how long until it may show another.
const WRONG_MOST: u32 = 20;
const WRONG_EVERY: Duration = Duration::from_secs(3);
/// Sources remembered; beyond it the oldest is forgotten.
const SOURCES: usize = 4096;

/// Serves one enrolment.
pub(crate) async fn run(core: Arc<Core>, conn: Conn, source: IpAddr) {
    let mut io = conn.io;
    let served = async {
        let mut reader = Reader::new(&mut io, MAX_FRAME_ENROL);
        let Ok(request) = reader.next::<EnrolRequest>().await else { return };
        drop(reader);
        let reply = match enrol(&core, request, source).await {
            Ok(reply) => reply,
            Err(refusal) => EnrolReply::Refused(refusal),
        };
        if write_frame(&mut io, &reply, MAX_FRAME_ENROL).await.is_ok() {
            // A peer that is gone asks again with the same key.
            let _ = io.shutdown().await;
        }
    };
    if tokio::time::timeout(ENROL_DEADLINE, served).await.is_err() {
        tracing::debug!(%source, "enrolment took too long");
    }
}

async fn enrol(core: &Core, request: EnrolRequest, source: IpAddr) -> Result<EnrolReply, Refusal> {
    if core.is_draining() {
        return Err(Core::draining_refusal());
    }
    request.hello.check().map_err(|v| Refusal::new(RefusalCode::Server, v.to_string()))?;
    core.wrong_tokens.check(source, core.clock.now())?;
    let secret_hash = pki::token::secret_hash(&request.secret);
    // Only the kind is looked at here; whether the token is any good is the op's to say.
    match core.state.fleet().token_by_hash(&secret_hash).map(|token| token.kind) {
        Some(TokenKind::Operator) => operator(core, request, secret_hash, source).await,
        Some(TokenKind::Node) | None => node(core, request, secret_hash, source).await,
    }
}

async fn node(
    core: &Core,
    request: EnrolRequest,
    secret_hash: [u8; 32],
    source: IpAddr,
) -> Result<EnrolReply, Refusal> {
    let id = NodeId::from_random(random());
    let issued = issue(core, Role::Node, &id.to_string(), &request.csr)?;
    let op = Op::Enrol {
        secret_hash,
        spki: issued.spki,
        id,
        name: request.name,
        labels: request.labels.unwrap_or_default(),
        inventory: request.inventory.unwrap_or_default(),
        certificate_expires_at: UnixMs(issued.not_after_ms),
        source: source.to_string().into(),
        client: request.hello.version,
    };
    let Done::Enrolled(node) = redeem(core, op, source).await? else { return Err(unexpected()) };
    // The same key came again after a lost reply: its certificate names the node it already is.
    let issued = if node.id == id {
        issued
    } else {
        issue(core, Role::Node, &node.id.to_string(), &request.csr)?
    };
    core.presence.enrolled(node.id);
    core.feed.node(node.id);
    tracing::info!(node = %node.id, name = %node.name, %source, "node enrolled");
    Ok(EnrolReply::Node {
        id: node.id,
        name: node.name.clone(),
        labels: node.labels.clone(),
        chain: der(&issued),
        root: core.root.to_vec().into(),
    })
}

async fn operator(
    core: &Core,
    request: EnrolRequest,
    secret_hash: [u8; 32],
    source: IpAddr,
) -> Result<EnrolReply, Refusal> {
    let id = OperatorId::from_random(random());
    let issued = issue(core, Role::Operator, &id.to_string(), &request.csr)?;
    let op = Op::EnrolOperator {
        secret_hash,
        spki: issued.spki,
        id,
        name: request.name,
        certificate_expires_at: UnixMs(issued.not_after_ms),
        source: source.to_string().into(),
        client: request.hello.version,
    };
    let Done::Operator(operator) = redeem(core, op, source).await? else {
        return Err(unexpected());
    };
    let issued = if operator.id == id {
        issued
    } else {
        issue(core, Role::Operator, &operator.id.to_string(), &request.csr)?
    };
    tracing::info!(operator = %operator.name, %source, "operator enrolled");
    Ok(EnrolReply::Operator {
        id: operator.id,
        name: operator.name.clone(),
        chain: der(&issued),
        root: core.root.to_vec().into(),
    })
}

/// Uses the token up, durably.
async fn redeem(core: &Core, op: Op, source: IpAddr) -> Result<Done, Refusal> {
    let applied = core.apply(op).await.inspect_err(|refusal| {
        if refusal.code == RefusalCode::Denied {
            core.wrong_tokens.wrong(source, core.clock.now());
        }
    })?;
    Ok(applied.done)
}

fn unexpected() -> Refusal {
    Refusal::new(RefusalCode::Server, "the enrolment was not carried out")
}

fn issue(core: &Core, role: Role, id: &str, csr: &[u8]) -> Result<Issued, Refusal> {
    let subject = Subject::of(role, id);
    let issued = core.authority.issue(&subject, csr, core.wall().0, profile::lifetime(role));
    issued.map_err(|error| refused(&error))
}

/// What a peer is told about its request, and what not.
pub(super) fn refused(error: &PkiError) -> Refusal {
    match error {
        PkiError::Request(_) => Refusal::new(RefusalCode::Usage, error.to_string()),
        error => {
            tracing::error!(%error, "no certificate could be issued");
            Refusal::new(RefusalCode::Server, "the server could not issue a certificate")
        }
    }
}

/// Leaf and issuing certificate, as they travel.
pub(super) fn der(issued: &Issued) -> Vec<minicbor::bytes::ByteVec> {
    issued.chain.iter().map(|certificate| certificate.to_vec().into()).collect()
}

/// Sources that showed wrong tokens.
#[derive(Default)]
pub(crate) struct WrongTokens {
    sources: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl WrongTokens {
    fn check(&self, source: IpAddr, now: Instant) -> Result<(), Refusal> {
        let sources = lock(&self.sources);
        let Some(left) = sources.get(&source).map(|entry| faded(*entry, now)) else {
            return Ok(());
        };
        if left < WRONG_MOST {
            return Ok(());
        }
        let message = "too many wrong tokens from this address";
        Err(Refusal::new(RefusalCode::Failed, message).hint("try again in a minute"))
    }

    fn wrong(&self, source: IpAddr, now: Instant) {
        let mut sources = lock(&self.sources);
        if sources.len() >= SOURCES && !sources.contains_key(&source) {
            sources.retain(|_, entry| faded(*entry, now) > 0);
            let oldest = sources.iter().min_by_key(|(_, (_, at))| *at).map(|(ip, _)| *ip);
            if let Some(oldest) = oldest.filter(|_| sources.len() >= SOURCES) {
                sources.remove(&oldest);
            }
        }
        let entry = sources.entry(source).or_insert((0, now));
        *entry = (faded(*entry, now) + 1, now);
    }
}

/// How many wrong tokens still count.
fn faded((count, at): (u32, Instant), now: Instant) -> u32 {
    let periods = now.saturating_duration_since(at).as_millis() / WRONG_EVERY.as_millis();
    count.saturating_sub(u32::try_from(periods).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guessing_source_is_slowed_and_others_are_not() {
        let (wrong, start) = (WrongTokens::default(), Instant::now());
        let (bad, good) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..WRONG_MOST {
            assert!(wrong.check(bad, start).is_ok());
            wrong.wrong(bad, start);
        }
        assert!(wrong.check(bad, start).is_err());
        assert!(wrong.check(good, start).is_ok());
        assert!(wrong.check(bad, start + WRONG_EVERY).is_ok());
    }

    #[test]
    fn the_memory_of_sources_is_bounded() {
        let (wrong, now) = (WrongTokens::default(), Instant::now());
        for n in 0..2 * u32::try_from(SOURCES).unwrap_or(u32::MAX) {
            wrong.wrong(IpAddr::from(n.to_be_bytes()), now);
        }
        assert_eq!(lock(&wrong.sources).len(), SOURCES);
    }
}
