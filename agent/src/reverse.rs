//! Listeners that operators open here (F2.2): what the node's owner granted, exactly, and for as long
//! as the tunnel that asked for one. Connections wait until the operator's side takes them.

mod grants;

pub(crate) use grants::Grants;

use crate::context::Context;
use crate::dial::Unreached;
use crate::tunnels::Slot;
use link::arrivals::{Open, Telling};
use link::lane::LaneStream;
use link::listen::listen_on;
use link::splice::{End, Limits, splice};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
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
    telling: Telling,
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
    let (open, telling) = ctx.arrivals.open(slot.id());
    Ok(Listening { listener, open, telling, at })
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
    ctx.arrivals.take(listener, number).ok_or_else(|| {
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
        let Self { listener, open, telling, at } = self;
        let (ours, theirs) = tokio::io::duplex(ON_THE_WAY);
        let (read, write) = tokio::io::split(theirs);
        let pipe = End::Pipe(Box::new(read), Box::new(write));
        let (meter, cut) = (Arc::clone(&slot.meter), slot.cut.clone());
        let splicing = splice(End::Lane(stream), pipe, meter, Limits::default(), cut);
        let mut splicing = std::pin::pin!(splicing);
        let over = async {
            tokio::select! {
                () = slot.granted() => CloseReason::Max,
                () = accept(&listener, &open, telling, ours) => CloseReason::Internal,
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
        // Closed before its connections: nobody gets in between.
        drop((listener, open));
        let cut = ctx.tunnels.cut_from(slot.id(), reason);
        tracing::info!(tunnel = %slot.id(), %at, %reason, connections = cut.len(), "listener closed");
        reason
    }
}

/// Accepts for ever. Returns only when nobody can be told any more.
async fn accept(listener: &TcpListener, open: &Open, telling: Telling, to: DuplexStream) {
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((tcp, from)) => {
                    // Without it small writes of the tunnel would wait for acknowledgements.
                    let _ = tcp.set_nodelay(true);
                    open.arrived(tcp, from);
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    };
    tokio::select! {
        () = telling.run(to) => {}
        () = open.expire() => {}
        () = accepting => {}
    }
}
