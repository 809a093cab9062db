//! Live operator connections: who is there, their lanes, and the confirmation of cuts. Requests are
//! handled in `conn::operator`.

use crate::core::lock;
use link::Shutdown;
use link::control::Sender;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wire::audit::Actor;
use wire::message::operator::{Push, ToConsole};
use wire::{
    CloseReason, Generation, Name, OperatorId, RequestId, SafeText, SessionId, TunnelId, UnixMs,
};

/// How long an operator's program may take to confirm a cut before it loses its lanes (cli.md §6).
const CUT_CONFIRMED: Duration = Duration::from_millis(50);
/// A login lasts this long after the newest connection.
const LOGIN_LASTS: Duration = Duration::from_secs(12 * 3600);
/// Logins remembered; beyond it the oldest is forgotten.
const LOGINS: usize = 1024;
/// Tunnels named in one push: far below the bound of a frame.
const CUT_BATCH: usize = 4096;

/// One operator's live connection.
pub(crate) struct OperatorSession {
    pub(crate) connection: Generation,
    pub(crate) id: OperatorId,
    pub(crate) name: Name,
    roles: Mutex<Vec<Name>>,
    pub(crate) spki: [u8; 32],
    pub(crate) source: IpAddr,
    pub(crate) since: UnixMs,
    pub(crate) client: SafeText,
    /// What the program calls its run.
    pub(crate) request: Option<RequestId>,
    pub(crate) to_console: Sender<ToConsole>,
    /// Everything under this connection, lanes included.
    pub(crate) shutdown: Shutdown,
    not_after: AtomicU64,
    attends: AtomicBool,
    lanes: Mutex<Vec<Shutdown>>,
    cuts: Mutex<HashMap<u64, oneshot::Sender<()>>>,
    next_cut: AtomicU64,
}

/// What an operator's connection is made of.
pub(crate) struct Parts {
    pub(crate) connection: Generation,
    pub(crate) id: OperatorId,
    pub(crate) name: Name,
    pub(crate) roles: Vec<Name>,
    pub(crate) spki: [u8; 32],
    pub(crate) source: IpAddr,
    pub(crate) since: UnixMs,
    pub(crate) client: SafeText,
    pub(crate) request: Option<RequestId>,
    pub(crate) to_console: Sender<ToConsole>,
    pub(crate) shutdown: Shutdown,
    /// When the certificate ends.
    pub(crate) not_after: UnixMs,
}

impl OperatorSession {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            connection: parts.connection,
            id: parts.id,
            name: parts.name,
            roles: Mutex::new(parts.roles),
            spki: parts.spki,
            source: parts.source,
            since: parts.since,
            client: parts.client,
            request: parts.request,
            to_console: parts.to_console,
            shutdown: parts.shutdown,
            not_after: AtomicU64::new(parts.not_after.0),
            attends: AtomicBool::new(false),
            lanes: Mutex::new(Vec::new()),
            cuts: Mutex::new(HashMap::new()),
            next_cut: AtomicU64::new(1),
        }
    }

    /// Who acts, for audit records.
    pub(crate) fn actor(&self) -> Actor {
        let roles = self.roles();
        let roles: Vec<&str> = roles.iter().map(Name::as_str).collect();
        Actor {
            operator: Some(self.name.as_str().into()),
            session: Some(self.login().to_string().into()),
            role: (!roles.is_empty()).then(|| roles.join(",").into()),
            source_ip: Some(self.source.to_string().into()),
            client: Some(self.client.clone()),
            node: None,
            request: self.request.map(|id| id.to_string().into()),
        }
    }

    /// The login session that this connection is part of: one for each enrolled key.
    pub(crate) fn login(&self) -> SessionId {
        login(self.id, &self.spki)
    }

    /// His roles when he last asked for anything.
    pub(crate) fn roles(&self) -> Vec<Name> {
        lock(&self.roles).clone()
    }

    pub(crate) fn has_roles(&self, roles: Vec<Name>) {
        *lock(&self.roles) = roles;
    }

    /// When the newest certificate of its key ends, and with it the connection (I4).
    pub(crate) fn not_after(&self) -> UnixMs {
        UnixMs(self.not_after.load(Relaxed))
    }

    /// The certificate was renewed.
    fn renewed(&self, until: UnixMs) {
        self.not_after.store(until.0, Relaxed);
    }

    /// The operator stays at this connection.
    pub(crate) fn attend(&self) {
        self.attends.store(true, Relaxed);
    }

    /// Whether the operator stays at this connection.
    pub(crate) fn attends(&self) -> bool {
        self.attends.load(Relaxed)
    }

    /// Takes a lane in; `None` if the connection has as many as it may.
    pub(crate) fn add_lane(&self) -> Option<Shutdown> {
        let mut lanes = lock(&self.lanes);
        lanes.retain(|lane| !lane.is_cancelled());
        if lanes.len() >= wire::limits::MAX_LANES {
            return None;
        }
        let lane = self.shutdown.child();
        lanes.push(lane.clone());
        Some(lane)
    }

    /// Ends every lane.
    pub(crate) fn lose_lanes(&self) {
        lock(&self.lanes).drain(..).for_each(|lane| lane.cancel());
    }

    /// Tells the program to end these tunnels and waits until it says so; a program that does not
    /// in time loses its lanes.
    pub(crate) async fn confirm_cut(&self, tunnels: &[TunnelId], reason: CloseReason) {
        for batch in tunnels.chunks(CUT_BATCH) {
            let cut = self.next_cut.fetch_add(1, Relaxed);
            let (done, confirmed) = oneshot::channel();
            lock(&self.cuts).insert(cut, done);
            let push = Push::Cut { cut, tunnels: batch.to_vec(), reason };
            let sent = self.to_console.send(ToConsole::Push(Box::new(push))).is_ok();
            let answered = sent && tokio::time::timeout(CUT_CONFIRMED, confirmed).await.is_ok();
            lock(&self.cuts).remove(&cut);
            if !answered {
                tracing::warn!(operator = %self.name, "cut not confirmed, lanes closed");
                self.lose_lanes();
                return;
            }
        }
    }

    /// The program confirmed a cut.
    pub(crate) fn cut_done(&self, cut: u64) {
        if let Some(done) = lock(&self.cuts).remove(&cut) {
            // Nobody waits any more: it came too late.
            let _ = done.send(());
        }
    }
}

/// The id of the login session of an operator with this key.
pub(crate) fn login(operator: OperatorId, spki: &[u8; 32]) -> SessionId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&operator.bits().to_be_bytes()).update(spki);
    let digest = hasher.finalize();
    let bits = digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    SessionId::from_random(bits)
}

/// Operators that are connected, by connection number, and who was here before.
#[derive(Default)]
pub(crate) struct Operators {
    live: Mutex<HashMap<Generation, Arc<OperatorSession>>>,
    last: AtomicU64,
    logins: Mutex<HashMap<Login, Instant>>,
}

/// What makes a connection a login of its own: a person at another place, or with another program.
type Login = (OperatorId, IpAddr, SafeText);

impl Operators {
    /// The number of a new connection.
    pub(crate) fn next(&self) -> Generation {
        Generation(self.last.fetch_add(1, Relaxed) + 1)
    }

    pub(crate) fn add(&self, session: &Arc<OperatorSession>) {
        lock(&self.live).insert(session.connection, Arc::clone(session));
    }

    pub(crate) fn remove(&self, connection: Generation) {
        lock(&self.live).remove(&connection);
    }

    /// Whether this is a login: the first connection in a while of this operator from this address
    /// with this program. Scripts that connect every second do not fill the trail.
    pub(crate) fn is_login(&self, session: &OperatorSession, now: Instant) -> bool {
        let mut logins = lock(&self.logins);
        logins.retain(|_, at| now.saturating_duration_since(*at) < LOGIN_LASTS);
        let oldest = || logins.iter().min_by_key(|(_, at)| **at).map(|(login, _)| login.clone());
        if let Some(oldest) = (logins.len() >= LOGINS).then(oldest).flatten() {
            logins.remove(&oldest);
        }
        logins.insert((session.id, session.source, session.client.clone()), now).is_none()
    }

    pub(crate) fn get(&self, connection: Generation) -> Option<Arc<OperatorSession>> {
        lock(&self.live).get(&connection).cloned()
    }

    /// Addresses that the run behind this connection is connected from, each once.
    pub(crate) fn of_run(&self, session: &OperatorSession) -> Vec<IpAddr> {
        let live = lock(&self.live);
        let is_of_run = |other: &&Arc<OperatorSession>| {
            other.connection == session.connection
                || (other.id == session.id
                    && other.spki == session.spki
                    && other.request.is_some()
                    && other.request == session.request)
        };
        let mut of_run: Vec<IpAddr> =
            live.values().filter(is_of_run).map(|other| other.source.to_canonical()).collect();
        of_run.sort_unstable();
        of_run.dedup();
        of_run
    }

    /// Addresses this operator is connected from, the given one first.
    pub(crate) fn seen(&self, id: OperatorId, first: IpAddr) -> Vec<IpAddr> {
        let first = first.to_canonical();
        let live = lock(&self.live);
        let own = live.values().filter(|other| other.id == id);
        let mut others: Vec<IpAddr> =
            own.map(|other| other.source.to_canonical()).filter(|ip| *ip != first).collect();
        others.sort_unstable();
        others.dedup();
        std::iter::once(first).chain(others).collect()
    }

    /// Addresses from which this operator stays connected: of each run the newest in each family,
    /// because an older one may be dead without a word.
    pub(crate) fn attending(&self, id: OperatorId) -> Vec<IpAddr> {
        let live = lock(&self.live);
        let mut newest: HashMap<(u64, bool), (Generation, IpAddr)> = HashMap::new();
        for other in live.values().filter(|other| other.id == id && other.attends()) {
            let source = other.source.to_canonical();
            // A connection that does not say its run is a run of its own.
            let run = other.request.map_or(other.connection.0 | 1 << 63, RequestId::bits);
            let entry = newest.entry((run, source.is_ipv4())).or_insert((other.connection, source));
            if other.connection > entry.0 {
                *entry = (other.connection, source);
            }
        }
        let mut addresses: Vec<IpAddr> = newest.into_values().map(|(_, source)| source).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses.truncate(crate::fleet::MAX_NETWORKS);
        addresses
    }

    /// A key got a newer certificate: all connections of the key last as long as it (I4).
    pub(crate) fn renewed(&self, operator: OperatorId, spki: &[u8; 32], until: UnixMs) {
        for session in self.all() {
            if session.id == operator && session.spki == *spki {
                session.renewed(until);
            }
        }
    }

    /// Ends the connections of an operator that another key than this one made.
    pub(crate) fn end_others(&self, operator: OperatorId, spki: &[u8; 32]) {
        for session in self.all() {
            if session.id == operator && session.spki != *spki {
                tracing::info!(operator = %session.name, "connection of a replaced key ended");
                session.shutdown.cancel();
            }
        }
    }

    /// Ends all connections of an operator but one.
    pub(crate) fn end_all_but(&self, operator: OperatorId, one: Generation) {
        for session in self.all() {
            if session.id == operator && session.connection != one {
                session.shutdown.cancel();
            }
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<OperatorSession>> {
        lock(&self.live).values().cloned().collect()
    }
}
