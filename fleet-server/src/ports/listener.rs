//! Binding a published port and accepting on it. A number that cannot be bound is a fault: shown,
//! recorded once, retried.

use super::{Published, numbers, visitor};
use crate::accept::{Pause, proxied};
use crate::core::{Core, lock};
use crate::process;
use link::Shutdown;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use wire::SafeText;
use wire::audit::{Actor, AuditResult, Entry, Object};

const RETRY: Duration = Duration::from_secs(3);
const BACKLOG: i32 = 1024;

/// Binds a listener that a restart can bind again at once.
pub(crate) fn bind(host: IpAddr, number: u16, only_v6: bool) -> io::Result<TcpListener> {
    let address = SocketAddr::new(host, number);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if host.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    // What it accepts has the same options: six calls less for each visitor.
    link::dial::tune(&socket);
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// Binds now, so that the caller goes on with the port bound, and serves in the background.
pub(super) fn publish(core: &Arc<Core>, published: Arc<Published>) {
    let bound = bind_all(core, published.number);
    let (task, shutdown) = (Arc::clone(core), published.shutdown.clone());
    shutdown.spawn("published-port", run(task, published, bound));
}

/// Binds this number wherever the server listens.
pub(crate) fn bind_all(core: &Core, number: u16) -> io::Result<Vec<TcpListener>> {
    numbers::hosts(core).into_iter().map(|(host, only_v6)| bind(host, number, only_v6)).collect()
}

async fn run(core: Arc<Core>, published: Arc<Published>, mut bound: io::Result<Vec<TcpListener>>) {
    loop {
        match bound {
            Ok(listeners) => {
                if lock(&published.fault).take().is_some() {
                    core.feed.ports();
                }
                let (task, port) = (Arc::clone(&core), Arc::clone(&published));
                let arrive = move |tcp, remote| visitor::arrive(&task, &port, tcp, remote);
                return accept(&core, &published.shutdown, listeners, arrive).await;
            }
            Err(error) => fault(&core, &published, &error),
        }
        tokio::select! {
            biased;
            () = published.shutdown.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
        bound = bind_all(&core, published.number);
    }
}

fn fault(core: &Core, published: &Published, error: &io::Error) {
    let why: SafeText = format!("port {} cannot be bound: {error}", published.number).into();
    if lock(&published.fault).replace(why.clone()).is_some() {
        return;
    }
    let name = core.state.fleet().port(published.id).map(|port| port.name.as_str().into());
    let object = Object { kind: "port".into(), id: Some(published.id.to_string().into()), name };
    let entry = Entry::new("port.fault", Actor::default(), object)
        .result(AuditResult::Failed)
        .with("port", u64::from(published.number))
        .with("error", why.as_str());
    core.state.record(entry);
    tracing::warn!(port = %published.id, number = published.number, %error, "published port in fault");
    core.feed.ports();
}

/// Accepts visitors on all of these until `shutdown`. Who comes by a load balancer is who it says.
pub(crate) async fn accept<A>(
    core: &Arc<Core>,
    shutdown: &Shutdown,
    listeners: Vec<TcpListener>,
    arrive: A,
) where
    A: Fn(TcpStream, SocketAddr) + Clone + Send + 'static,
{
    let each = listeners.into_iter().map(|listener| accept_on(core, shutdown, listener, &arrive));
    futures::future::join_all(each).await;
}

async fn accept_on<A>(core: &Arc<Core>, shutdown: &Shutdown, listener: TcpListener, arrive: &A)
where
    A: Fn(TcpStream, SocketAddr) + Clone + Send + 'static,
{
    let mut pause = Pause::new("published port");
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, remote)) => {
                pause.worked();
                if process::is_scarce(&tcp, process::FOR_MEMBERS) {
                    link::splice::reset(tcp);
                    continue;
                }
                if proxied::is_expected(core, remote.ip().to_canonical()) {
                    introduce(shutdown, tcp, remote, arrive.clone());
                    continue;
                }
                // One visitor must not end the port for all others.
                let _ = Shutdown::contain("visitor", || arrive(tcp, remote));
            }
            Err(error) => {
                tokio::select! {
                    biased;
                    () = shutdown.cancelled() => return,
                    () = pause.after(&error) => {}
                }
            }
        }
    }
}

/// Lets a load balancer say who the visitor is, who then arrives.
fn introduce(
    shutdown: &Shutdown,
    mut tcp: TcpStream,
    remote: SocketAddr,
    arrive: impl Fn(TcpStream, SocketAddr) + Send + 'static,
) {
    let ending = shutdown.clone();
    shutdown.spawn("introduction", async move {
        let read = tokio::select! {
            biased;
            () = ending.cancelled() => return,
            read = proxied::read(&mut tcp, remote) => read,
        };
        match read {
            Ok(visitor) => arrive(tcp, visitor),
            Err(error) => {
                tracing::debug!(balancer = %remote.ip(), %error, "no PROXY header");
                link::splice::reset(tcp);
            }
        }
    });
}
