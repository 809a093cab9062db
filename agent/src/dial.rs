//! From a target to a connected socket: resolve, let the gate check every address, dial only those
//! that passed, all within one deadline. Nothing is resolved twice. Unix sockets are in `dial/unix.rs`.

mod unix;

use crate::targets::{At, Gate};
use link::splice::End;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use wire::{CloseReason, Refusal, RefusalCode, Target};

/// The longest a name may take (F17).
const RESOLVE_DEADLINE: Duration = Duration::from_secs(5);
/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// A polite no, with the reason for the tunnel's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreached {
    pub(crate) reason: CloseReason,
    pub(crate) refusal: Refusal,
}

impl Unreached {
    pub(crate) fn new(reason: CloseReason, code: RefusalCode, message: String) -> Self {
        Self { reason, refusal: Refusal::new(code, message) }
    }
}

/// A connected target.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) end: End,
    pub(crate) at: At,
    /// How long its name took, if it was looked up.
    pub(crate) resolved: Option<Duration>,
}

/// Connects to `target` at an address that `gate` permits.
///
/// # Errors
/// The name has no address, the gate permits none of them, or none answered before `deadline`.
pub(crate) async fn reach(
    target: &Target,
    gate: &Gate,
    deadline: Instant,
) -> Result<Reached, Unreached> {
    if let Some(path) = target.unix_path() {
        let stream = unix::reach(target, path, gate, deadline).await?;
        let (end, at) = (End::Unix(stream), At::Socket(path.to_owned()));
        return Ok(Reached { end, at, resolved: None });
    }
    let (addresses, resolved) = resolve(target, deadline).await?;
    let passed = gate.passing(target, &addresses);
    if passed.is_empty() {
        return Err(not_allowed(target, &addresses, gate));
    }
    let (tcp, at) = dial(target, &passed, deadline).await?;
    Ok(Reached { end: End::Tcp(tcp), at: At::Address(at), resolved })
}

/// The target's addresses, and how long that took if they were looked up.
async fn resolve(
    target: &Target,
    deadline: Instant,
) -> Result<(Vec<IpAddr>, Option<Duration>), Unreached> {
    if let Ok(ip) = target.host.parse() {
        return Ok((vec![ip], None));
    }
    // RFC 6761: this name never leaves the machine.
    if matches!(target.host.as_str(), "localhost" | "localhost.") {
        return Ok((vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()], None));
    }
    let since = Instant::now();
    let deadline = deadline.min(since + RESOLVE_DEADLINE);
    let lookup = tokio::net::lookup_host((target.host.as_str(), target.port));
    match timeout_at(deadline, lookup).await {
        Ok(Ok(found)) => {
            let addresses = found.take(MAX_ADDRESSES).map(|at| at.ip()).collect();
            Ok((addresses, Some(since.elapsed())))
        }
        Ok(Err(_)) => Err(unresolvable(format!("{}: the name has no address here", target.host))),
        Err(_) => Err(unresolvable(format!("{}: the name did not resolve in time", target.host))),
    }
}

fn unresolvable(message: String) -> Unreached {
    Unreached::new(CloseReason::Unresolvable, RefusalCode::NotFound, message)
}

fn not_allowed(target: &Target, resolved: &[IpAddr], gate: &Gate) -> Unreached {
    if let Some(ip) = resolved.iter().find(|ip| gate.is_server(**ip, target.port)) {
        let at = SocketAddr::new(*ip, target.port);
        let message = format!("{target} is the fleet server itself, which the node does not dial");
        let mut no = Unreached::new(CloseReason::TargetNotAllowed, RefusalCode::Denied, message);
        no.refusal = no.refusal.hint(format!(
            "if it is meant, list exactly it on the node: tunnelctl agent config set allow … {at}"
        ));
        return no;
    }
    let at = match resolved.first() {
        Some(ip) if target.host.parse() != Ok(*ip) => format!(" ({ip})"),
        _ => String::new(),
    };
    not_listed(target, &at)
}

fn not_listed(target: &Target, at: &str) -> Unreached {
    let message = format!("the node's allowlist does not permit {target}{at}");
    let mut no = Unreached::new(CloseReason::TargetNotAllowed, RefusalCode::Denied, message);
    no.refusal =
        no.refusal.hint(format!("on the node: tunnelctl agent config set allow … {target}"));
    no
}

/// Tries the addresses in turn; each gets its share of the time that is left.
async fn dial(
    target: &Target,
    addresses: &[SocketAddr],
    deadline: Instant,
) -> Result<(TcpStream, SocketAddr), Unreached> {
    let mut last = failed(target, &ErrorKind::TimedOut.into());
    for (index, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Without it small writes of the tunnel would wait for acknowledgements.
                let _ = tcp.set_nodelay(true);
                return Ok((tcp, *address));
            }
            Ok(Err(error)) => last = failed(target, &error),
            Err(_) => last = failed(target, &ErrorKind::TimedOut.into()),
        }
    }
    Err(last)
}

fn failed(target: &Target, error: &io::Error) -> Unreached {
    let (reason, code, what) = match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
            (CloseReason::DialRefused, RefusalCode::Failed, "connection refused".to_owned())
        }
        ErrorKind::TimedOut => {
            (CloseReason::DialTimeout, RefusalCode::Timeout, "no answer in time".to_owned())
        }
        ErrorKind::AddrNotAvailable => {
            let what = "the node has no free port to dial from".to_owned();
            (CloseReason::DialUnreachable, RefusalCode::Failed, what)
        }
        _ => (CloseReason::DialUnreachable, RefusalCode::Failed, error.to_string()),
    };
    Unreached::new(reason, code, format!("{target}: {what}"))
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::targets::Allowlist;
    use tokio::net::TcpListener;

    fn gate(entries: &[&str]) -> Gate {
        Gate::new(Allowlist::parse(entries).unwrap())
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test]
    async fn localhost_is_reached_where_somebody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "localhost.", "127.0.0.1", "127.1", "2130706433", "::ffff:7f00:1"]
        {
            let target = Target::new(host, port).unwrap();
            let Reached { at, .. } = reach(&target, &gate(&["localhost:*"]), soon()).await.unwrap();
            assert_eq!(at, At::Address(listener.local_addr().unwrap()), "{host}");
        }
    }

    #[tokio::test]
    async fn what_is_not_permitted_is_never_dialled() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1", "127.1", "0x7f.1", "0.0.0.0", "::ffff:127.0.0.1"] {
            let target = Target::new(host, port).unwrap();
            let no = reach(&target, &gate(&["0.0.0.0/0:*", "::/0:*"]), soon()).await.unwrap_err();
            assert_eq!(no.reason, CloseReason::TargetNotAllowed, "{host}");
            assert_eq!(no.refusal.code, RefusalCode::Denied);
        }
        let came = timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(came.is_err(), "somebody dialled");
    }

    #[tokio::test]
    async fn each_failure_has_its_own_reason() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let target = Target::new("127.0.0.1", closed.port()).unwrap();
        let no = reach(&target, &gate(&["localhost:*"]), soon()).await.unwrap_err();
        assert_eq!(no.reason, CloseReason::DialRefused);
        let target = Target::new("no-such-name.invalid", 80).unwrap();
        let no = reach(&target, &gate(&["*.invalid:*"]), soon()).await.unwrap_err();
        assert_eq!(
            (no.reason, no.refusal.code),
            (CloseReason::Unresolvable, RefusalCode::NotFound)
        );
        for (kind, reason) in [
            (ErrorKind::TimedOut, CloseReason::DialTimeout),
            (ErrorKind::NetworkUnreachable, CloseReason::DialUnreachable),
            (ErrorKind::AddrNotAvailable, CloseReason::DialUnreachable),
        ] {
            assert_eq!(failed(&target, &kind.into()).reason, reason);
        }
    }

    #[tokio::test]
    async fn a_deadline_that_passed_is_a_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::new("localhost", listener.local_addr().unwrap().port()).unwrap();
        let no = dial(&target, &[], Instant::now()).await.unwrap_err();
        assert_eq!((no.reason, no.refusal.code), (CloseReason::DialTimeout, RefusalCode::Timeout));
    }
}
