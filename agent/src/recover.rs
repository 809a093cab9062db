//! The way back after the certificate ended: the old one says which node this was, and the enrolled
//! key signs what the server asks for. When to try is decided in [`crate::uplink`].

use crate::context::Context;
use crate::enrol::certificates;
use crate::session::Ended;
use link::control::{ControlError, read_frame, write_frame};
use link::dial::Conn;
use link::tls::ClientTls;
use minicbor::bytes::ByteVec;
use pki::{Challenge, PkiError, pin_of};
use std::time::Duration;
use tokio::time::timeout;
use wire::limits::{ENROL_DEADLINE, MAX_FRAME_ENROL};
use wire::message::enrol::{EnrolReply, ToEnrol};
use wire::message::{Hello, TrustBundle};
use wire::{RefusalCode, alpn};

/// What came of an attempt.
enum Came {
    /// A certificate: leaf and issuing one.
    Chain(Vec<ByteVec>, TrustBundle),
    /// The certificate has not ended, by the server's clock.
    NotNeeded,
}

/// Gets a certificate for the enrolled key, keeps it and takes it into use.
pub(crate) async fn run(
    ctx: &Context,
    candidates: &[String],
    within: Duration,
) -> Result<(), Ended> {
    let identity = ctx.identity.load_full();
    let tls = ClientTls::unnamed(&identity.trust).map_err(|e| Ended::failed(e.to_string()))?;
    let dialled = ctx.ladder.climb(candidates, &tls, alpn::ENROL, within).await;
    let (_, conn) = dialled.map_err(|error| Ended::not_reached(&error))?;
    let asked = timeout(ENROL_DEADLINE, ask(ctx, conn)).await;
    match asked.map_err(|_| Ended::silent(ENROL_DEADLINE))?? {
        Came::NotNeeded => Ok(()),
        Came::Chain(chain, trust) => {
            let now = ctx.clock.wall();
            let bundle = link::bundle::from_wire(trust);
            let new = identity
                .trusting(&bundle, now)
                .and_then(|identity| identity.renewed(certificates(chain), now));
            let taken = new.map_err(Into::into).and_then(|new| ctx.take(new));
            taken.map_err(|error| Ended::failed(error.to_string()))
        }
    }
}

/// Who we were, the challenge, the proof, the answer.
async fn ask(ctx: &Context, mut conn: Conn) -> Result<Came, Ended> {
    let identity = ctx.identity.load();
    let hello = Hello::ours(env!("CARGO_PKG_VERSION"), ctx.clock.wall().0);
    let chain = identity.chain.iter().map(|der| ByteVec::from(der.to_vec())).collect();
    send(&mut conn, &ToEnrol::Recover { hello, chain }).await?;
    let challenge = match receive(&mut conn).await? {
        EnrolReply::Challenge(bytes) => <[u8; 32]>::try_from(bytes.as_slice()).ok(),
        other => return came(other),
    };
    let challenge = Challenge(challenge.ok_or_else(|| Ended::failed("no challenge of 32 bytes"))?);
    let failed = |error: PkiError| Ended::failed(error.to_string());
    let leaf = identity.chain.first().map(pin_of).unwrap_or_default();
    let id = identity.id.to_string();
    let signature = challenge.answer(&identity.key, &id, &leaf).map_err(failed)?.into();
    let csr = identity.key.csr().map_err(failed)?.into();
    send(&mut conn, &ToEnrol::Proof { csr, signature }).await?;
    let reply = receive(&mut conn).await?;
    came(reply)
}

fn came(reply: EnrolReply) -> Result<Came, Ended> {
    match reply {
        EnrolReply::Recovered { chain, trust } => Ok(Came::Chain(chain, trust)),
        EnrolReply::Pending { retry_after_ms, .. } => {
            Err(Ended::waiting(Duration::from_millis(retry_after_ms)))
        }
        EnrolReply::Revoked => Err(Ended::revoked()),
        EnrolReply::Refused(refusal) if refusal.code == RefusalCode::Conflict => {
            tracing::warn!(%refusal, "not recovered: is this machine's clock ahead?");
            Ok(Came::NotNeeded)
        }
        EnrolReply::Refused(refusal) => Err(Ended::refused(&refusal)),
        EnrolReply::Node { .. } | EnrolReply::Operator { .. } | EnrolReply::Challenge(_) => {
            Err(Ended::failed("the server answered something else than was asked"))
        }
    }
}

async fn send(conn: &mut Conn, frame: &ToEnrol) -> Result<(), Ended> {
    let sent = write_frame(&mut conn.io, frame, MAX_FRAME_ENROL).await;
    sent.map_err(|error| Ended::unwelcomed(&error))
}

async fn receive(conn: &mut Conn) -> Result<EnrolReply, Ended> {
    let reply: Result<EnrolReply, ControlError> = read_frame(&mut conn.io, MAX_FRAME_ENROL).await;
    reply.map_err(|error| Ended::unwelcomed(&error))
}
