//! Listeners that operators open here (F2.2): what the node's owner granted, exactly, and for as long
//! as the tunnel that asked for one. Connections wait until the operator's side takes them.

mod grants;
mod waiting;

pub(crate) use grants::Grants;
pub(crate) use waiting::Listeners;

use crate::context::Context;
use crate::dial::Unreached;
use crate::tunnels::Slot;
use link::control::write_frame;
use link::lane::LaneStream;
use link::listen::listen_on;
use link::splice::{End, Limits, splice};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};
use waiting::{MAX_WAITING, Open};
use wire::limits::MAX_FRAME_OPEN;
use wire::message::tunnel::Arrival;
use wire::{CloseReason, RefusalCode, Target, TunnelId};

/// What is on its way to the operator's side before the next arrival waits here.
const ON_THE_WAY: usize = 4096;
/// Pause after the listener could not accept (out of file descriptors), so that it never spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound listener of a tunnel.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    open: Open,
    at: SocketAddr,
}

/// Binds what `target` names, if it is granted.
///
/// # Errors
/// It is not granted, is in use, or cannot be bound.
pub(crate) fn listen(ctx: &Context, slot: &Slot, target: &Target) -> Result<Listening, Unreached> {
    let at = target.address().ok_or_else(|| {
        let message = format!("{target}: a listener is on an address, not on a name");
        Unreached::new(CloseReason::TargetNotAllowed, RefusalCode::Usage, message)
    })?;
    // From here on a change of the grants finds it; one that came before is seen.
    slot.listens(at);
    if !ctx.config.load().listeners.hold(at) {
        return Err(not_granted(at));
    }
    let listener = listen_on(at).map_err(|error| not_bound(at, &error))?;
    tracing::info!(tunnel = %slot.id(), %at, "listening for an operator");
    Ok(Listening { listener, open: ctx.listeners.open(slot.id()), at })
}

/// Takes a connection that waits at a listener.
///
/// # Errors
/// The listener is over, or the connection does not wait any more.
pub(crate) fn take(
    ctx: &Context,
    slot: &Slot,
    (listener, number): (TunnelId, u64),
) -> Result<(TcpStream, SocketAddr), Unreached> {
    // From here on the end of the listener finds it; one that came before is seen.
    slot.came_from(listener);
    ctx.listeners.take(listener, number).ok_or_else(|| {
        let message = format!("connection {number} at listener {listener} waits no more");
        Unreached::new(CloseReason::ClientClosed, RefusalCode::NotFound, message)
    })
}

fn not_granted(at: SocketAddr) -> Unreached {
    let message = format!("the node does not grant a listener on {at}");
    let mut no = Unreached::new(CloseReason::TargetNotAllowed, RefusalCode::Denied, message);
    no.refusal = no.refusal.hint(format!("on the node: tunnelctl agent config set reverse … {at}"));
    no
}

fn not_bound(at: SocketAddr, error: &std::io::Error) -> Unreached {
    let (reason, code, what) = match error.kind() {
        ErrorKind::AddrInUse => {
            let what = "something at the node listens there already".to_owned();
            (CloseReason::Denied, RefusalCode::Conflict, what)
        }
        ErrorKind::PermissionDenied => {
            let what = "the agent's user may not listen on this port".to_owned();
            (CloseReason::TargetNotAllowed, RefusalCode::Denied, what)
        }
        _ => (CloseReason::DialUnreachable, RefusalCode::Failed, error.to_string()),
    };
    Unreached::new(reason, code, format!("{at}: {what}"))
}

impl Listening {
    /// Where.
    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// Accepts and tells until the tunnel ends; then what came in ends too, with a reset.
    pub(crate) async fn serve(self, ctx: &Context, stream: LaneStream, slot: &Slot) -> CloseReason {
        let (ours, theirs) = tokio::io::duplex(ON_THE_WAY);
        let (read, write) = tokio::io::split(theirs);
        let pipe = End::Pipe(Box::new(read), Box::new(write));
        let (meter, cut) = (Arc::clone(&slot.meter), slot.cut.clone());
        let splicing = splice(End::Lane(stream), pipe, meter, Limits::default(), cut);
        let mut splicing = std::pin::pin!(splicing);
        let over = async {
            tokio::select! {
                () = slot.granted() => CloseReason::Max,
                () = accept(&self.listener, &self.open, ours) => CloseReason::Internal,
            }
        };
        let reason = tokio::select! {
            biased;
            ended = &mut splicing => ended.reason,
            reason = over => {
                slot.cut.now(reason);
                splicing.await.reason
            }
        };
        let at = self.at;
        // Closed before its connections: nobody gets in between.
        drop(self);
        let cut = ctx.tunnels.cut_from(slot.id(), reason);
        tracing::info!(tunnel = %slot.id(), %at, %reason, connections = cut.len(), "listener closed");
        reason
    }
}

/// Accepts for ever. Returns only when nobody can be told any more.
async fn accept(listener: &TcpListener, open: &Open, mut to: DuplexStream) {
    let (tell, mut told) = mpsc::channel::<Arrival>(MAX_WAITING);
    let telling = async {
        while let Some(arrival) = told.recv().await {
            if write_frame(&mut to, &arrival, MAX_FRAME_OPEN).await.is_err() {
                return;
            }
        }
    };
    let accepting = async {
        loop {
            let next = open.expire();
            let expired = async {
                match next {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = expired => continue,
            };
            match accepted {
                Ok((tcp, from)) => arrived(open, &tell, tcp, from),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    };
    tokio::select! {
        () = telling => {}
        () = accepting => {}
    }
}

fn arrived(open: &Open, tell: &mpsc::Sender<Arrival>, tcp: TcpStream, from: SocketAddr) {
    // Without it small writes of the tunnel would wait for acknowledgements.
    let _ = tcp.set_nodelay(true);
    match open.arrived(tcp, from) {
        // As many can be told as may wait: there is room.
        Some(number) => drop(tell.try_send(Arrival { number, from: from.to_string().into() })),
        None => tracing::warn!(%from, "too many wait at the listener: reset"),
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::time::Instant;

    #[tokio::test]
    async fn more_than_may_wait_are_reset_and_the_others_when_the_listener_ends() {
        let listener = listen_on(([127, 0, 0, 1], 0).into()).unwrap();
        let (at, listeners) = (listener.local_addr().unwrap(), Listeners::default());
        let id = TunnelId::from_random(7);
        let open = listeners.open(id);
        let mut clients = Vec::new();
        for _ in 0..=MAX_WAITING {
            let client = TcpStream::connect(at).await.unwrap();
            let (tcp, from) = listener.accept().await.unwrap();
            clients.push((client, open.arrived(tcp, from)));
        }
        let (mut last, number) = clients.pop().unwrap();
        assert_eq!(number, None);
        assert!(last.read_u8().await.is_err(), "one too many");
        assert!(listeners.take(id, 1).is_some() && listeners.take(id, 1).is_none());
        assert!(listeners.take(TunnelId::from_random(8), 2).is_none());
        drop(open);
        assert!(listeners.take(id, 2).is_none());
        let (mut second, _) = clients.swap_remove(1);
        let end = second.read_u8().await.unwrap_err();
        assert_eq!(end.kind(), ErrorKind::ConnectionReset);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_takes_in_time_is_reset() {
        let listener = listen_on(([127, 0, 0, 1], 0).into()).unwrap();
        let at = listener.local_addr().unwrap();
        let open = Listeners::default().open(TunnelId::from_random(7));
        let mut client = TcpStream::connect(at).await.unwrap();
        let (tcp, from) = listener.accept().await.unwrap();
        assert_eq!(open.arrived(tcp, from), Some(1));
        let until = open.expire().unwrap();
        tokio::time::advance(until - Instant::now()).await;
        assert_eq!(open.expire(), None);
        assert_eq!(client.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}
