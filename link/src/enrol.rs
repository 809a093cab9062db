//! A person's or robot's first words to a server: one token, one request, one reply. What is done
//! with the identity is the caller's.

use crate::control::{ControlError, read_frame, write_frame};
use crate::dial::DialError;
use crate::ladder::Ladder;
use crate::tls::{ClientTls, TlsError};
use crate::{Clock, System};
use tokio::time::timeout;
use wire::limits::{ENROL_DEADLINE, MAX_FRAME_ENROL};
use wire::message::Hello;
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::{Name, alpn};

/// What to ask with.
pub struct Enrol<'a> {
    /// `HOST:PORT`, in the order to try.
    pub servers: Vec<String>,
    /// The ways to them.
    pub ladder: Ladder,
    /// SHA-256 of the root certificate: nobody else ever sees the secret.
    pub pin: [u8; 32],
    /// The token's.
    pub secret: &'a [u8; 32],
    /// PKCS#10 request, DER.
    pub csr: Vec<u8>,
    /// The name wished for.
    pub name: Option<Name>,
}

/// Why nothing was answered.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// No server was reached, or not the one in the token.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The pin cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The connection broke before the answer: ask again with the same key.
    #[error("the server did not answer: {0}")]
    Lost(String),
}

/// Asks once.
///
/// # Errors
/// See [`EnrolError`]; a refusal is an answer.
pub async fn operator(asked: Enrol<'_>, client: &str) -> Result<EnrolReply, EnrolError> {
    let tls = ClientTls::pinned(asked.pin)?;
    let climbed = asked.ladder.climb(&asked.servers, &tls, alpn::ENROL, ENROL_DEADLINE);
    let (_, mut conn) = climbed.await?;
    let request = ToEnrol::Enrol(EnrolRequest {
        hello: Hello::ours(client, System.wall().0),
        secret: asked.secret.to_vec().into(),
        csr: asked.csr.into(),
        name: asked.name,
        labels: None,
        inventory: None,
    });
    let exchange = async {
        write_frame(&mut conn.io, &request, MAX_FRAME_ENROL).await?;
        read_frame(&mut conn.io, MAX_FRAME_ENROL).await
    };
    let answered: Result<Result<EnrolReply, ControlError>, _> =
        timeout(ENROL_DEADLINE, exchange).await;
    let answered = answered.map_err(|_| EnrolError::Lost("no answer in time".to_owned()))?;
    answered.map_err(|error| EnrolError::Lost(error.to_string()))
}
