//! A node whose certificate ended asks for another: its old certificate says which one it was, and a
//! fresh challenge, signed by the enrolled key, that it is the one.

use super::{ASK_AGAIN, issue, unexpected, until, waits};
use crate::ca::{Why, der, refused};
use crate::conn::node::cut_holders;
use crate::core::Core;
use crate::ops::{Done, Op, clone};
use link::control::{read_frame, write_frame};
use minicbor::bytes::ByteVec;
use pki::{CertificateDer, Challenge, PkiError, Role, Subject, Verified};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use wire::limits::MAX_FRAME_ENROL;
use wire::message::Hello;
use wire::message::enrol::{EnrolReply, ToEnrol};
use wire::{NodeId, Refusal, RefusalCode};

/// Certificates of a chain that are looked at: the leaf and the issuing one.
const CHAIN: usize = 2;
/// When a node that waits for an operator asks again.
const ASK_LATER: Duration = Duration::from_secs(30);

/// The challenge, its answer, and what the node gets for it.
pub(super) async fn run<S>(
    core: &Arc<Core>,
    io: &mut S,
    hello: &Hello,
    chain: &[ByteVec],
    source: IpAddr,
) -> Result<EnrolReply, Refusal>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    if core.is_draining() {
        return Err(Core::draining_refusal());
    }
    hello.check().map_err(|v| Refusal::new(RefusalCode::Server, v.to_string()))?;
    core.wrong_tokens.check(source, core.clock.now())?;
    let shown = shown(core, chain).map_err(|_| not_ours())?;
    let node: NodeId = shown.identity.id.parse().map_err(|_| not_ours())?;
    let challenge = Challenge::generate().map_err(|error| refused(&error))?;
    let asked = EnrolReply::Challenge(challenge.0.to_vec().into());
    let lost = |_| Refusal::new(RefusalCode::Failed, "the recovery broke off");
    write_frame(io, &asked, MAX_FRAME_ENROL).await.map_err(lost)?;
    let ToEnrol::Proof { csr, signature } = read_frame(io, MAX_FRAME_ENROL).await.map_err(lost)?
    else {
        return Err(Refusal::new(RefusalCode::Usage, "a challenge is answered by its proof"));
    };
    let shown_hash = chain.first().map(|leaf| pki::pin_of(&leaf.as_slice().into()));
    let binding = shown_hash.unwrap_or_default();
    let key = challenge.check(&csr, &signature, &shown.identity.id, &binding);
    let key = key.ok().filter(|key| key.spki() == shown.spki).ok_or_else(|| {
        core.wrong_token(source);
        not_ours()
    })?;
    let now = core.wall();
    let has_ended = shown.not_after_ms <= now.0;
    let why = if has_ended { Why::Recover } else { Why::Rotation };
    if !has_ended && core.ca.lets_in(chain, now) {
        let message = "the certificate has not ended: connect with it";
        return Err(
            Refusal::new(RefusalCode::Conflict, message).hint("look at this machine's clock")
        );
    }
    if core.state.fleet().node(node).is_some_and(|node| node.revoked.is_some()) {
        return Ok(EnrolReply::Revoked);
    }
    let op = Op::Recover {
        node,
        spki: key.spki(),
        held: shown.renewal,
        certificate_expires_at: until(core, Role::Node, now)?,
        why,
        source: source.to_string().into(),
    };
    let node = match super::redeem(core, op, source).await? {
        Done::Node(node) => node,
        Done::Waiting(node) => {
            tracing::info!(node = %node.id, name = %node.name, "recovery waits for an operator");
            return Ok(waits(core, &node, ASK_LATER.max(ASK_AGAIN)));
        }
        Done::Cloned(node) => {
            cut_holders(core, &node).await;
            return Err(
                clone::locked(&core.state.fleet(), &node, core.wall()).unwrap_or_else(not_ours)
            );
        }
        _ => return Err(unexpected()),
    };
    let subject = Subject::node(node.id.to_string(), node.renewals.issued);
    let issued = issue(core, &subject, &csr, now)?;
    core.issued(&issued, Role::Node, &node.id.to_string(), why).await?;
    core.feed.node(node.id);
    tracing::info!(node = %node.id, name = %node.name, %source, "node recovered");
    Ok(EnrolReply::Recovered { chain: der(&issued), trust: link::bundle::to_wire(&core.bundle()) })
}

/// Who the certificate was given to, and which one it was: looked at as of just before its end.
fn shown(core: &Core, chain: &[ByteVec]) -> Result<Verified, PkiError> {
    let chain: Vec<CertificateDer<'_>> =
        chain.iter().take(CHAIN).map(|der| CertificateDer::from(der.as_slice())).collect();
    let absent = || PkiError::Certificate("none was shown".to_owned());
    let end = pki::verify::end_of(chain.first().ok_or_else(absent)?)?;
    let verified = core.ca.ever_issued()?.verify_client(&chain, end.saturating_sub(1))?;
    match verified.identity.role {
        Role::Node => Ok(verified),
        _ => Err(PkiError::Certificate("only nodes recover".to_owned())),
    }
}

fn not_ours() -> Refusal {
    Refusal::new(RefusalCode::Auth, "this key is not enrolled here")
        .hint("enrol again: tunnelctl enroll --force")
}
