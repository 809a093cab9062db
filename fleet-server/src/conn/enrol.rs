//! Enrolment: one frame in, one frame out. The token is used up durably before the certificate
//! leaves; a lost reply is answered again to the same key. Recovery is `conn::enrol::recover`.

mod recover;

use crate::accept::Fault;
use crate::ca::{Why, der, refused};
use crate::core::{Core, lock, millis, random};
use crate::fleet::NodeRecord;
use crate::ops::{Done, Op};
use link::control::{ControlError, read_frame, write_frame};
use link::dial::Conn;
use pki::request::ProvenKey;
use pki::{Issued, Role, Subject};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use wire::limits::{ENROL_DEADLINE, MAX_FRAME_ENROL};
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::message::view::TokenKind;
use wire::{NodeId, OperatorId, Refusal, RefusalCode, UnixMs};

/// Wrong tokens one source may show at once, and how long until it may show another.
const WRONG_MOST: u32 = 20;
const WRONG_EVERY: Duration = Duration::from_secs(3);
/// Sources remembered; beyond it the oldest is forgotten.
const SOURCES: usize = 4096;
/// When a machine that waits for approval asks again.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Serves one enrolment.
pub(crate) async fn run(core: Arc<Core>, conn: Conn, source: IpAddr) {
    let mut io = conn.io;
    let served = async {
        let reply = match read_frame::<ToEnrol, _>(&mut io, MAX_FRAME_ENROL).await {
            Ok(ToEnrol::Enrol(request)) => enrol(&core, request, source).await,
            Ok(ToEnrol::Recover { hello, chain }) => {
                recover::run(&core, &mut io, &hello, &chain, source).await
            }
            Ok(ToEnrol::Proof { .. }) | Err(ControlError::Violation(_)) => {
                return core.fault(source, Fault::Malformed);
            }
            Err(_) => return core.fault(source, Fault::Idle),
        };
        let reply = reply.unwrap_or_else(EnrolReply::Refused);
        if write_frame(&mut io, &reply, MAX_FRAME_ENROL).await.is_ok() {
            // A peer that is gone asks again with the same key.
            let _ = io.shutdown().await;
        }
    };
    if tokio::time::timeout(ENROL_DEADLINE, served).await.is_err() {
        tracing::debug!(%source, "enrolment took too long");
        core.fault(source, Fault::Slow);
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
    let (now, key) = (core.wall(), proven(&request.csr)?);
    let op = Op::Enrol {
        secret_hash,
        spki: key.spki(),
        id,
        name: request.name,
        labels: request.labels.unwrap_or_default(),
        inventory: request.inventory.unwrap_or_default(),
        certificate_expires_at: until(core, Role::Node, now)?,
        source: source.to_string().into(),
        client: request.hello.version,
    };
    let node = match redeem(core, op, source).await? {
        Done::Enrolled(node) => node,
        Done::Waiting(node) => return Ok(waits(core, &node, ASK_AGAIN)),
        _ => return Err(unexpected()),
    };
    let subject = Subject::node(node.id.to_string(), node.renewals.issued);
    let issued = issue(core, &subject, &request.csr, now)?;
    core.issued(&issued, Role::Node, &node.id.to_string(), Why::Enrol).await?;
    core.presence.enrolled(node.id);
    core.feed.node(node.id);
    tracing::info!(node = %node.id, name = %node.name, %source, "node enrolled");
    Ok(EnrolReply::Node {
        id: node.id,
        name: node.name.clone(),
        labels: node.labels.clone(),
        chain: der(&issued),
        trust: link::bundle::to_wire(&core.bundle()),
    })
}

async fn operator(
    core: &Core,
    request: EnrolRequest,
    secret_hash: [u8; 32],
    source: IpAddr,
) -> Result<EnrolReply, Refusal> {
    let id = OperatorId::from_random(random());
    let (now, key) = (core.wall(), proven(&request.csr)?);
    let op = Op::EnrolOperator {
        secret_hash,
        spki: key.spki(),
        id,
        name: request.name,
        certificate_expires_at: until(core, Role::Operator, now)?,
        source: source.to_string().into(),
        client: request.hello.version,
    };
    let Done::Operator(operator) = redeem(core, op, source).await? else {
        return Err(unexpected());
    };
    // The key it may have had before is worth nothing now, and neither is what it opened.
    core.operators.end_others(operator.id, &operator.spki);
    let subject = Subject::of(Role::Operator, operator.id.to_string());
    let issued = issue(core, &subject, &request.csr, now)?;
    core.issued(&issued, Role::Operator, &operator.id.to_string(), Why::Enrol).await?;
    tracing::info!(operator = %operator.name, %source, "operator enrolled");
    Ok(EnrolReply::Operator {
        id: operator.id,
        name: operator.name.clone(),
        chain: der(&issued),
        trust: link::bundle::to_wire(&core.bundle()),
    })
}

/// Uses the token up, durably.
async fn redeem(core: &Core, op: Op, source: IpAddr) -> Result<Done, Refusal> {
    let applied = core.apply(op).await.inspect_err(|refusal| {
        if refusal.code == RefusalCode::Denied {
            core.wrong_token(source);
        }
    })?;
    Ok(applied.done)
}

fn unexpected() -> Refusal {
    Refusal::new(RefusalCode::Server, "the enrolment was not carried out")
}

/// What a machine is told that needs an operator's word first.
fn waits(core: &Core, node: &NodeRecord, again: Duration) -> EnrolReply {
    core.presence.enrolled(node.id);
    core.feed.node(node.id);
    EnrolReply::Pending { name: node.name.clone(), retry_after_ms: millis(again) }
}

/// The key of a request, whose sender holds it.
pub(super) fn proven(csr: &[u8]) -> Result<ProvenKey, Refusal> {
    ProvenKey::from_csr(csr).map_err(|error| refused(&error))
}

/// When a certificate ends that is issued now.
pub(super) fn until(core: &Core, role: Role, now: UnixMs) -> Result<UnixMs, Refusal> {
    core.until(now, core.config().lifetime(role))
}

/// Signs, once everything about it is durable. It must not leave before [`Core::issued`].
pub(super) fn issue(
    core: &Core,
    subject: &Subject,
    csr: &[u8],
    now: UnixMs,
) -> Result<Issued, Refusal> {
    core.sign(subject, csr, now, core.config().lifetime(subject.identity.role))
}

impl Core {
    /// `source` showed a token or a proof that is not good.
    fn wrong_token(&self, source: IpAddr) {
        self.wrong_tokens.wrong(source, self.clock.now());
        self.fault(source, Fault::Auth);
    }
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
