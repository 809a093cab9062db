//! CONNECT at the server (F2.5): an operator's certificate, a target `[HOST.]NODE:PORT`, the same path,
//! policy and records as every tunnel. No byte reaches the target before the 2xx; a refusal closes.

use super::head::Connect;
use super::{Answer, Method, say};
use crate::accept::Ticket;
use crate::conn::operator::{Caller, collected, establish, live};
use crate::core::Core;
use crate::fleet::OperatorRecord;
use crate::tunnels::{self, Refused};
use link::dial::Conn;
use link::peer::{Peer, PeerId};
use link::splice::End;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use wire::audit::Actor;
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::{CloseReason, Name, Refusal, RefusalCode, Target, UnixMs};

const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// Opens what was asked for and carries it, or says why not.
pub(super) async fn serve(
    core: Arc<Core>,
    conn: Conn,
    source: IpAddr,
    ticket: Ticket,
    asked: Connect,
    ahead: Vec<u8>,
) {
    let Conn { mut io, peer, .. } = conn;
    let (record, peer) = match operator(&core, peer) {
        Ok(known) => known,
        Err(refused) => return refuse(io, &refused).await,
    };
    drop(ticket);
    collected(&core, &record);
    let opened = Box::pin(open(&core, caller(&record, core.wall(), source, &asked), &asked)).await;
    let established = match opened {
        Ok(established) => established,
        Err(refused) => return refuse(io, &refused).await,
    };
    let told = async {
        io.write_all(ESTABLISHED).await?;
        io.flush().await
    };
    // A client that does not take its answer gets no tunnel: dropping it ends the record.
    if !matches!(timeout(super::ANSWER, told).await, Ok(Ok(()))) {
        return;
    }
    let tunnel = Arc::clone(established.guard.tunnel());
    let ends = UnixMs(peer.not_after_ms).since(core.wall());
    let running = tunnels::run(established, End::tls(io, ahead));
    tokio::pin!(running);
    // No right outlives the certificate it rests on (I4).
    if timeout(ends, &mut running).await.is_err() {
        tunnel.cut(CloseReason::SessionEnded, &"server".into());
        running.await;
    }
}

/// Who asks, if he may act right now.
fn operator(core: &Core, peer: Option<Peer>) -> Result<(Arc<OperatorRecord>, Peer), Refused> {
    let refused = |refusal| Refused::new(CloseReason::Denied, refusal);
    let known = peer.and_then(|peer| match peer.id {
        PeerId::Operator(id) => Some((id, peer)),
        PeerId::Node(_) => None,
    });
    let (id, peer) = known.ok_or_else(|| {
        refused(
            Refusal::new(RefusalCode::Auth, "a tunnel needs an operator's certificate")
                .hint("curl --proxy-cert FILE --proxy-key FILE"),
        )
    })?;
    Ok((live(core, id, &peer.spki).map_err(refused)?, peer))
}

fn caller(record: &OperatorRecord, now: UnixMs, source: IpAddr, asked: &Connect) -> Caller {
    let held: Vec<Name> = record.roles_at(now).cloned().collect();
    let roles: Vec<&str> = held.iter().map(Name::as_str).collect();
    Caller {
        id: record.id,
        name: record.name.clone(),
        roles: held.clone(),
        connection: None,
        source,
        actor: Actor {
            operator: Some(record.name.as_str().into()),
            role: (!roles.is_empty()).then(|| roles.join(",").into()),
            source_ip: Some(source.to_string().into()),
            client: asked.agent.clone().or_else(|| Some("https proxy".into())),
            ..Actor::default()
        },
    }
}

async fn open(
    core: &Arc<Core>,
    caller: Caller,
    asked: &Connect,
) -> Result<tunnels::Established, Refused> {
    let to = destination(&asked.authority).ok_or_else(|| {
        let refusal = Refusal::new(RefusalCode::Usage, "not a target behind a node")
            .hint("NODE:PORT for the node itself, HOST.NODE:PORT for what it reaches");
        Refused::new(CloseReason::Denied, refusal)
    })?;
    let open = OperatorOpen {
        to,
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    establish(core, caller, open).await
}

/// `[HOST.]NODE[.tun]:PORT`; without HOST the node's own loopback. The port is always there.
fn destination(authority: &str) -> Option<OpenTo> {
    let (name, port) = authority.rsplit_once(':')?;
    let is_number = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse().ok().filter(|_| is_number)?;
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".tun").unwrap_or(&name);
    let (host, node) = name.rsplit_once('.').unwrap_or(("localhost", name));
    let node: Name = node.parse().ok()?;
    // The node is told a host by name or IPv4 address; what else there is has no place before a dot.
    let is_host = !host.starts_with('.') && !host.contains(['[', ']', ':', '%']);
    let target = Target::new(host, port).ok().filter(|_| is_host)?;
    Some(OpenTo::Node { node: node.as_str().into(), target })
}

async fn refuse<I: AsyncRead + AsyncWrite + Unpin>(io: I, refused: &Refused) {
    let Refusal { message, hint, .. } = &refused.refusal;
    let hint = hint.as_ref().map(|hint| format!("{hint}\n")).unwrap_or_default();
    let answer = Answer {
        // RFC 9209: the reason in a word, for programs that show no body.
        extra: format!("proxy-status: tunnelctl; error={}\r\n", error(refused)),
        ..Answer::plain(status(refused), format!("{}: {message}\n{hint}", refused.reason))
    };
    say(io, &answer, Method::Other).await;
}

const fn status(refused: &Refused) -> &'static str {
    use CloseReason as R;
    match (refused.refusal.code, refused.reason) {
        (RefusalCode::Usage, _) => "400 Bad Request",
        (RefusalCode::NotFound, R::Denied) => "404 Not Found",
        (RefusalCode::Auth | RefusalCode::Denied, _) | (_, R::Denied | R::TargetNotAllowed) => {
            "403 Forbidden"
        }
        (_, R::DialTimeout) => "504 Gateway Timeout",
        (_, R::NodeLost | R::Superseded | R::Limit | R::Drain) => "503 Service Unavailable",
        _ => "502 Bad Gateway",
    }
}

const fn error(refused: &Refused) -> &'static str {
    use CloseReason as R;
    match (refused.refusal.code, refused.reason) {
        (RefusalCode::Usage, _) => "http_request_error",
        (RefusalCode::NotFound, R::Denied) => "destination_not_found",
        (RefusalCode::Auth | RefusalCode::Denied, _) | (_, R::Denied | R::TargetNotAllowed) => {
            "http_request_denied"
        }
        (_, R::Unresolvable) => "dns_error",
        (_, R::DialRefused) => "connection_refused",
        (_, R::DialTimeout) => "connection_timeout",
        (_, R::Limit) => "connection_limit_reached",
        (_, R::NodeLost | R::Superseded | R::Drain | R::DialUnreachable) => {
            "destination_ip_unroutable"
        }
        _ => "proxy_internal_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(authority: &str) -> Option<String> {
        match destination(authority)? {
            OpenTo::Node { node, target } => Some(format!("{node} {target}")),
            OpenTo::Through { .. }
            | OpenTo::Port(_)
            | OpenTo::Listen { .. }
            | OpenTo::Arrival { .. }
            | OpenTo::Share { .. } => None,
        }
    }

    #[test]
    fn the_last_label_is_the_node() {
        for (authority, is) in [
            ("web1:80", "web1 localhost:80"),
            ("WEB1.tun:80", "web1 localhost:80"),
            ("db.internal.web1:5432", "web1 db.internal:5432"),
            ("10.0.0.5.web1:22", "web1 10.0.0.5:22"),
            ("2130706433.web1:22", "web1 2130706433:22"),
            ("Db.Web1.Tun:443", "web1 db:443"),
            ("localhost.:80", ""),
            ("web1", ""),
            ("web1:", ""),
            ("web1:0", ""),
            ("web1:080", "web1 localhost:80"),
            ("web1:+80", ""),
            ("web1:65536", ""),
            (":80", ""),
            (".web1:80", ""),
            ("a..web1:80", "web1 a.:80"),
            ("user@web1:80", ""),
            ("[::1]:80", ""),
            ("[::1].web1:80", ""),
            ("fe80::1%eth0.web1:80", ""),
            ("wéb1:80", ""),
            ("https://web1:80", ""),
            ("web1:80/", ""),
        ] {
            assert_eq!(shown(authority).unwrap_or_default(), is, "{authority}");
        }
        assert_eq!(shown(&format!("{}.web1:80", "x".repeat(255))), None);
    }
}
