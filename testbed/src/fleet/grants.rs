//! What operators grant and block for a time: sessions, guests, locks; and visitors of published
//! ports who come from an address of their choice.

use super::Fleet;
use anyhow::{Context, Result, bail};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use wire::message::operator::{GuestSpec, Intent, LockSpec, Outcome, Reply, Request, SessionSpec};
use wire::message::view::{GuestView, LockKind, LockMode, PortView, SessionView};

/// A session that admits these networks for so long.
pub fn session(from: &[&str], lasts: Duration) -> SessionSpec {
    SessionSpec {
        for_ms: u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX),
        from: from.iter().map(|net| (*net).into()).collect(),
        auto: false,
        ports: Vec::new(),
        anyone_really: false,
    }
}

/// A change with a reason.
pub fn because() -> Intent {
    Intent { dry_run: false, reason: Some("test".into()) }
}

/// The visitor who connects from this address of the loopback network.
///
/// # Errors
/// Nobody listens there.
pub async fn visit(from: [u8; 4], port: &PortView) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port.public.port));
    Ok(socket.connect(to).await?)
}

/// Whether a visitor from this address gets an echo; a refused one learns nothing but a reset.
///
/// # Errors
/// Nobody listens there.
pub async fn gets_in(from: [u8; 4], port: &PortView) -> Result<bool> {
    let mut tcp = match visit(from, port).await {
        Ok(tcp) => tcp,
        // The reset may come before the connect has returned.
        Err(error) if is_reset(&error) => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut byte = [0];
    Ok(tcp.write_all(&[7]).await.is_ok() && matches!(tcp.read(&mut byte).await, Ok(1)))
}

fn is_reset(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset)
}

impl Fleet {
    /// Starts a session of the admin.
    ///
    /// # Errors
    /// Refused.
    pub async fn start_session(&mut self, spec: SessionSpec) -> Result<SessionView> {
        let request = Request::SessionStart { spec, intent: because() };
        match self.ask(request).await? {
            Reply::Session(session) => Ok(*session),
            other => bail!("not a session: {other:?}"),
        }
    }

    /// A session as the server sees it.
    ///
    /// # Errors
    /// Not reached, or not there.
    pub async fn session(&mut self, id: &str) -> Result<SessionView> {
        match self.ask(Request::Session(id.into())).await? {
            Reply::Session(session) => Ok(*session),
            other => bail!("not a session: {other:?}"),
        }
    }

    /// Lets a guest in.
    ///
    /// # Errors
    /// Refused.
    pub async fn admit_guest(
        &mut self,
        name: &str,
        port: &str,
        from: &str,
        lasts: Duration,
    ) -> Result<GuestView> {
        let spec = GuestSpec {
            name: name.parse()?,
            port: port.into(),
            from: vec![from.into()],
            for_ms: u64::try_from(lasts.as_millis())?,
            anyone_really: false,
        };
        match self.ask(Request::GuestAdmit { spec, intent: because() }).await? {
            Reply::Guest(guest) => Ok(guest),
            other => bail!("not a guest: {other:?}"),
        }
    }

    /// Locks something.
    ///
    /// # Errors
    /// Refused.
    pub async fn lock(&mut self, kind: LockKind, name: &str, mode: LockMode) -> Result<Outcome> {
        let spec = LockSpec { kind, name: name.into(), for_ms: None, mode };
        self.change(Request::Lock { spec, intent: because() }).await
    }

    /// Lifts a lock.
    ///
    /// # Errors
    /// Refused.
    pub async fn unlock(&mut self, kind: LockKind, name: &str) -> Result<Outcome> {
        self.change(Request::Unlock { kind, name: name.into(), intent: because() }).await
    }

    /// Makes a change to one object; returns when the server acknowledged.
    ///
    /// # Errors
    /// Refused.
    pub async fn change(&mut self, request: Request) -> Result<Outcome> {
        match self.ask(request).await? {
            Reply::Done(mut outcomes) => outcomes.pop().context("no outcome"),
            other => bail!("not an outcome: {other:?}"),
        }
    }
}
