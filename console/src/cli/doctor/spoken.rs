//! Whether a target speaks TLS: it gets a greeting over mTLS, and what it answers tells. Only done
//! when asked for, because it sends something.

use crate::ctx::Link;
use link::meter::Meter;
use link::splice::{Cut, End, Limits, splice};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wire::Name;
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};

const ANSWER: Duration = Duration::from_secs(3);
/// First bytes of a TLS record: an alert or a handshake, of any version.
const ALERT: u8 = 0x15;
const HANDSHAKE: u8 = 0x16;

/// What is spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Tls,
    Plain,
}

impl Scheme {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Plain => "plain text",
        }
    }
}

/// Reads `tls` or `plain`.
///
/// # Errors
/// Anything else.
pub(super) fn parse(text: &str) -> Result<Scheme, String> {
    match text {
        "tls" => Ok(Scheme::Tls),
        "plain" => Ok(Scheme::Plain),
        _ => Err("tls or plain".to_owned()),
    }
}

/// What the target of a port speaks; `None` if it does not say.
pub(super) async fn ask(link: &Link, port: Name) -> Option<Scheme> {
    let open = OperatorOpen {
        to: OpenTo::Port(port),
        kind: TunnelType::Connect,
        note: Some("probe".into()),
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    let (_, stream) = link.operator.open(&open).await.ok()?;
    let (mut near, far) = tokio::io::duplex(4096);
    let (read, write) = tokio::io::split(far);
    let client = End::Pipe(Box::new(read), Box::new(write));
    let meter = Arc::new(Meter::default());
    let moving = splice(client, End::Lane(stream), meter, Limits::default(), Cut::new());
    let asking = async {
        near.write_all(&greeting()).await.ok()?;
        let mut first = [0; 2];
        near.read_exact(&mut first).await.ok()?;
        Some(judge(first))
    };
    let mut asking = pin!(timeout(ANSWER, asking));
    tokio::select! {
        answer = &mut asking => answer.ok().flatten(),
        // A target that answers and closes at once: what it said is still in the pipe.
        _ = moving => asking.await.ok().flatten(),
    }
}

const fn judge(first: [u8; 2]) -> Scheme {
    match first {
        [ALERT | HANDSHAKE, 3] => Scheme::Tls,
        _ => Scheme::Plain,
    }
}

/// A ClientHello as small as one can be: every TLS server answers it, if only with an alert.
fn greeting() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([0x5A; 32]);
    // No session, two suites, no compression.
    body.extend([0, 0, 4, 0x13, 0x01, 0xC0, 0x2F, 1, 0]);
    let extensions: [u8; 33] = [
        0, 43, 0, 5, 4, 3, 4, 3, 3, // versions 1.3 and 1.2
        0, 10, 0, 4, 0, 2, 0, 29, // x25519
        0, 13, 0, 6, 0, 4, 4, 3, 8, 4, // ECDSA and RSA-PSS
        0, 51, 0, 2, 0, 0, // no key yet
    ];
    body.extend([0, 33]);
    body.extend(extensions);
    let length = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
    let mut record = vec![HANDSHAKE, 3, 1, 0, length(body.len() + 4), 1, 0, 0, length(body.len())];
    record.extend(body);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_is_one_whole_record() {
        let record = greeting();
        assert_eq!(usize::from(record[4]), record.len() - 5);
        assert_eq!(usize::from(record[8]), record.len() - 9);
    }

    #[test]
    fn tls_answers_with_a_record_and_others_with_words() {
        assert_eq!(judge([0x16, 3]), Scheme::Tls);
        assert_eq!(judge([0x15, 3]), Scheme::Tls);
        assert_eq!(judge(*b"HT"), Scheme::Plain);
        assert_eq!(judge([0x15, 0]), Scheme::Plain);
    }
}
