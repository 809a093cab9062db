//! Enrolment: makes the key, checks the pin before the token leaves, keeps what the server answers.
//! A lost reply costs nothing: the next run asks again with the same key.

use crate::agent::AgentError;
use crate::config::{Config, pairs};
use crate::identity::{self, Identity};
use crate::lock::{DirLock, Held};
use crate::targets::Allowlist;
use crate::{config, inventory, paths};
use link::control::{ControlError, Reader, write_frame};
use link::dial::{Conn, DialError};
use link::ladder::{Ladder, Setting, Ways};
use link::tls::{ClientTls, TlsError};
use link::{Clock, System};
use minicbor::bytes::ByteVec;
use pki::{CertificateDer, KeyPair, PkiError, Token, Trust, files};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use wire::limits::{ENROL_DEADLINE, MAX_FRAME_ENROL};
use wire::message::Hello;
use wire::message::enrol::{EnrolReply, EnrolRequest, ToEnrol};
use wire::{Labels, Name, NodeId, Refusal, alpn};

/// How soon and how late is asked again for an operator's decision, whatever the server says.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// What to enrol with.
#[derive(Debug, Clone)]
pub struct EnrolSpec {
    /// The state directory.
    pub dir: PathBuf,
    /// The token string.
    pub token: String,
    /// Overrides the token's addresses.
    pub servers: Vec<String>,
    /// Must equal the token's pin, where given.
    pub ca_pin: Option<[u8; 32]>,
    /// The name wished for.
    pub name: Option<Name>,
    /// Labels wished for; the token's own win.
    pub labels: Labels,
    /// Targets beyond the default, as HOST|CIDR:PORTS.
    pub allow: Vec<String>,
    /// Replace an existing identity.
    pub force: bool,
    /// How long to wait for an operator's approval, where the token asks for it.
    pub wait: Duration,
    /// How to leave this network, besides what the environment says.
    pub ways: Setting,
}

/// Who this machine is now.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// Its id for life.
    pub id: NodeId,
    /// Its name.
    pub name: Name,
    /// Its labels.
    pub labels: Labels,
    /// The key's, for people to compare.
    pub fingerprint: String,
    /// The same in four words.
    pub words: String,
    /// The server that answered.
    pub server: String,
}

/// Why it did not enrol.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// There is an identity already.
    #[error("{dir} already holds the identity of {name}")]
    Already {
        /// The state directory.
        dir: PathBuf,
        /// Whose.
        name: String,
    },
    /// An agent runs on the directory, or another enrolment does.
    #[error("{dir} is in use by an agent (pid {pid})")]
    InUse {
        /// The state directory.
        dir: PathBuf,
        /// By whom.
        pid: String,
    },
    /// The token is for another authority than the one that was asked for.
    #[error("the token is for another CA than the pinned one")]
    OtherCa,
    /// The token, a key, a file or what the server issued.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// No server was reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The server said no.
    #[error(transparent)]
    Refused(Refusal),
    /// A target or label is not valid, or the configuration can't be written.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// Nobody approved it in time; the next run goes on waiting with the same key.
    #[error("no operator approved {name} within {}s", within.as_secs())]
    NotApproved {
        /// The name it waits under.
        name: Name,
        /// How long was waited.
        within: Duration,
    },
    /// The server answered nonsense.
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
    /// The connection broke (ask again, nothing is lost), or the directory can't be used.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Progress, for people: which step is done.
#[derive(Debug, Clone)]
pub enum Step {
    /// The server proved that it is the one in the token.
    Server {
        /// Which answered.
        address: String,
    },
    /// The key is made and kept.
    Key {
        /// For people to compare.
        fingerprint: String,
        /// The same in four words.
        words: String,
    },
    /// An operator has to approve it; asked again until then.
    Waiting {
        /// The name it waits under.
        name: Name,
    },
    /// The identity is kept.
    Enrolled,
}

/// Checks what can be checked before anything is made or sent.
///
/// # Errors
/// As [`enrol`], for what is wrong on this side.
pub fn check(spec: &EnrolSpec) -> Result<(), EnrolError> {
    token_of(spec)?;
    allow_of(spec)?;
    ways_of(spec)?;
    if spec.dir.try_exists()? { prepare(spec).map(drop) } else { Ok(()) }
}

fn token_of(spec: &EnrolSpec) -> Result<Token, EnrolError> {
    let token = Token::parse(&spec.token)?;
    if spec.ca_pin.is_some_and(|pin| pin != token.ca_pin) {
        return Err(EnrolError::OtherCa);
    }
    Ok(token)
}

/// Enrols. The key is kept before the request leaves, so that a lost reply can be asked for again
/// with the same key.
///
/// # Errors
/// See [`EnrolError`]. Nothing of an identity that was there before is touched unless the server
/// issued a new one.
pub async fn enrol(
    spec: EnrolSpec,
    mut progress: impl FnMut(Step),
) -> Result<Enrolled, EnrolError> {
    let token = token_of(&spec)?;
    let allow = allow_of(&spec)?;
    let ways = ways_of(&spec)?;
    let _lock = prepare(&spec)?;
    let servers =
        if spec.servers.is_empty() { token.addresses.clone() } else { spec.servers.clone() };
    // The handshake checks the pin: nobody else ever sees the token.
    let tls = ClientTls::pinned(token.ca_pin).map_err(tls_error)?;
    let ladder = Ladder::new(ways, Some(spec.dir.join(paths::WAYS))).impatient();
    let (index, conn) = ladder.climb(&servers, &tls, alpn::ENROL, ENROL_DEADLINE).await?;
    let server = servers[index].clone();
    let setting = lasting(&spec.ways, &conn);
    progress(Step::Server { address: server.clone() });

    let key = identity::pending_key(&spec.dir)?;
    let words = pki::words(&key.spki());
    progress(Step::Key { fingerprint: key.fingerprint(), words: words.clone() });
    let request = request(&spec, &token, &key)?;
    let way = Way { servers: &servers, ladder: &ladder, tls: &tls, request: &request };
    let reply = way.until_decided(conn, spec.wait, &mut progress).await?;
    let (identity, labels) = accept(reply, &token, servers, key)?;
    keep(&spec.dir, &identity, &labels, &allow, &setting)?;
    progress(Step::Enrolled);
    let fingerprint = identity.key.fingerprint();
    Ok(Enrolled { id: identity.id, name: identity.name, labels, fingerprint, words, server })
}

/// The allowlist to keep, checked before anything happens. What is asked for comes on top of the
/// default.
fn allow_of(spec: &EnrolSpec) -> Result<Vec<String>, EnrolError> {
    Allowlist::parse(&spec.allow).map_err(|error| config::ConfigError::File {
        path: spec.dir.join(config::FILE),
        what: format!("allow: {error}"),
    })?;
    if spec.allow.is_empty() {
        return Ok(Vec::new());
    }
    let default = Config::parse(&spec.dir, "")?.allow;
    let extra = spec.allow.iter().filter(|entry| !default.contains(entry)).cloned();
    Ok(default.iter().cloned().chain(extra).collect())
}

fn ways_of(spec: &EnrolSpec) -> Result<Ways, EnrolError> {
    let failed = |error: link::ladder::WaysError| config::ConfigError::File {
        path: spec.dir.join(config::FILE),
        what: error.to_string(),
    };
    Ok(Ways::new(&spec.ways, config::environment).map_err(failed)?)
}

/// What the agent needs to know of the way that worked: a service has no proxy in its environment.
fn lasting(asked: &Setting, conn: &Conn) -> Setting {
    let used = conn.route.as_ref().and_then(|route| route.way.proxy());
    let proxy = asked.proxy.clone().or_else(|| used.map(link::dial::Proxy::url));
    Setting { proxy, path: asked.path.clone() }
}

/// Makes the directory ours alone, and makes sure that there is room for an identity.
fn prepare(spec: &EnrolSpec) -> Result<DirLock, EnrolError> {
    files::private_dir(&spec.dir)?;
    let lock = match DirLock::take(&spec.dir)? {
        Held::Ours(lock) => lock,
        Held::Other(pid) => return Err(EnrolError::InUse { dir: spec.dir.clone(), pid }),
    };
    if spec.force {
        return Ok(lock);
    }
    match Identity::load(&spec.dir) {
        Ok(None) => Ok(lock),
        Ok(Some(found)) => {
            Err(EnrolError::Already { dir: spec.dir.clone(), name: found.name.to_string() })
        }
        Err(AgentError::Pki(error)) => Err(error.into()),
        Err(error) => Err(io::Error::other(error).into()),
    }
}

fn request(spec: &EnrolSpec, token: &Token, key: &KeyPair) -> Result<ToEnrol, PkiError> {
    Ok(ToEnrol::Enrol(EnrolRequest {
        hello: Hello::ours(env!("CARGO_PKG_VERSION"), System.wall().0),
        secret: token.secret.to_vec().into(),
        csr: key.csr()?.into(),
        name: spec.name.clone(),
        labels: (!spec.labels.pairs().is_empty()).then(|| spec.labels.clone()),
        inventory: Some(inventory::take()),
    }))
}

/// How the server is asked, again if need be.
struct Way<'a> {
    servers: &'a [String],
    ladder: &'a Ladder,
    tls: &'a ClientTls,
    request: &'a ToEnrol,
}

impl Way<'_> {
    /// Asks; while an operator has to decide, asks again with the same key.
    async fn until_decided(
        &self,
        conn: Conn,
        wait: Duration,
        progress: &mut impl FnMut(Step),
    ) -> Result<EnrolReply, EnrolError> {
        let until = Instant::now() + wait;
        let mut reply = self.once(conn).await?;
        let mut told = false;
        while let EnrolReply::Pending { name, retry_after_ms } = reply {
            if !told {
                progress(Step::Waiting { name: name.clone() });
                told = true;
            }
            let pause = Duration::from_millis(retry_after_ms).clamp(SHORTEST, LONGEST);
            if Instant::now() + pause > until {
                return Err(EnrolError::NotApproved { name, within: wait });
            }
            sleep(pause).await;
            // A server that is away for a moment changes nothing about the waiting.
            reply = match self.again().await {
                Ok(reply) => reply,
                Err(EnrolError::Dial(_) | EnrolError::Io(_)) => {
                    EnrolReply::Pending { name, retry_after_ms }
                }
                Err(error) => return Err(error),
            };
        }
        Ok(reply)
    }

    async fn again(&self) -> Result<EnrolReply, EnrolError> {
        let climbed = self.ladder.climb(self.servers, self.tls, alpn::ENROL, ENROL_DEADLINE);
        let (_, conn) = climbed.await?;
        self.once(conn).await
    }

    async fn once(&self, conn: Conn) -> Result<EnrolReply, EnrolError> {
        let address = conn.remote.to_string();
        timeout(ENROL_DEADLINE, ask(conn, self.request))
            .await
            .map_err(|_| DialError::Timeout { address, within: ENROL_DEADLINE })?
    }
}

/// One request, one reply; the caller sets the deadline.
async fn ask(mut conn: Conn, request: &ToEnrol) -> Result<EnrolReply, EnrolError> {
    write_frame(&mut conn.io, request, MAX_FRAME_ENROL).await.map_err(control_error)?;
    Reader::new(conn.io, MAX_FRAME_ENROL).next().await.map_err(control_error)
}

/// What the server issued, if it is for our key and by the authority in the token.
fn accept(
    reply: EnrolReply,
    token: &Token,
    servers: Vec<String>,
    key: KeyPair,
) -> Result<(Identity, Labels), EnrolError> {
    let (id, name, labels, chain, trust) = match reply {
        EnrolReply::Node { id, name, labels, chain, trust } => (id, name, labels, chain, trust),
        EnrolReply::Operator { name, .. } => {
            let what = format!("the token is for operator {name}, not for a machine");
            return Err(EnrolError::Protocol(what));
        }
        EnrolReply::Refused(refusal) => return Err(EnrolError::Refused(refusal)),
        _ => return Err(EnrolError::Protocol("it answered something else".to_owned())),
    };
    let roots = link::bundle::from_wire(trust).accept_pinned(&token.ca_pin, System.wall().0);
    let roots = roots.map_err(|error| {
        EnrolError::Protocol(format!(
            "the root pinned by the token leads to none it offers: {error}"
        ))
    })?;
    let (key, trust) = (Arc::new(key), Trust::of(roots)?);
    let identity =
        Identity::accept((id, name), servers, key, trust, certificates(chain), System.wall())?;
    Ok((identity, labels))
}

/// Certificates as they came over the wire.
pub(crate) fn certificates(chain: Vec<ByteVec>) -> Vec<CertificateDer<'static>> {
    chain.into_iter().map(|der| CertificateDer::from(Vec::from(der))).collect()
}

/// Writes the configuration, then the identity, which is the commit, then removes spent keys.
fn keep(
    dir: &Path,
    identity: &Identity,
    labels: &Labels,
    allow: &[String],
    ways: &Setting,
) -> Result<(), EnrolError> {
    for (key, value) in [("proxy", &ways.proxy), ("path", &ways.path)] {
        if let Some(value) = value {
            Config::set(dir, key, std::slice::from_ref(value))?;
        }
    }
    if !allow.is_empty() {
        Config::set(dir, "allow", allow)?;
    }
    if !labels.pairs().is_empty() {
        Config::set(dir, "labels", &pairs(labels))?;
    }
    identity.save(dir)?;
    identity.sweep_keys(dir)?;
    Ok(())
}

fn tls_error(error: TlsError) -> EnrolError {
    match error {
        TlsError::Pki(error) => error.into(),
        other => PkiError::Crypto(other.to_string()).into(),
    }
}

fn control_error(error: ControlError) -> EnrolError {
    match error {
        ControlError::Violation(violation) => EnrolError::Protocol(violation.to_string()),
        ControlError::Lost(error) => error.into(),
        other => io::Error::new(io::ErrorKind::UnexpectedEof, other.to_string()).into(),
    }
}
