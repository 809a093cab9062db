//! Totals and bytes of one tunnel.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;

/// A tunnel of a visitor of the port `db` through web1.
pub(in crate::tunnels) fn sample(n: u64, port_limit: Option<usize>) -> Tunnel {
    let source = std::net::IpAddr::from([10, 0, 0, 1]);
    let port = PortId::from_random(7);
    let parts = Parts {
        id: TunnelId::from_random(n),
        node: Some(NodeRef { id: NodeId::from_random(1), name: "web1".parse().unwrap() }),
        generation: Some(Generation(1)),
        target: Target::new("localhost", 80).unwrap(),
        origin: Origin::Visitor { port, source },
        who: Who::default(),
        actor: Actor::default(),
        kind: TunnelType::Port,
        port: Some((port, "db".parse().unwrap())),
        port_limit,
        link: None,
        note: None,
        at_node: None,
        trace: Trace::begin(Instant::now()),
    };
    Tunnel::new(parts, UnixMs(0), Instant::now())
}

fn closed(reason: CloseReason) -> Closed {
    Closed { at: UnixMs(1), reason, by: "client".into() }
}

#[test]
fn totals_are_compared_whichever_side_ends_first() {
    for agent_first in [true, false] {
        let tunnel = sample(1, None);
        tunnel.meter.add_up(10);
        tunnel.take_moved(tunnel.begun);
        let ours = || tunnel.close(closed(CloseReason::ClientClosed), tunnel.begun, tunnel.begun);
        let theirs = || tunnel.reported((9, 0));
        let verdicts = if agent_first { [theirs(), ours()] } else { [ours(), theirs()] };
        assert_eq!(verdicts, [true, false], "the first has nothing to compare with");
    }
}

#[test]
fn a_cut_tunnel_may_differ() {
    let tunnel = sample(1, None);
    tunnel.meter.add_up(10);
    tunnel.take_moved(tunnel.begun);
    assert!(tunnel.close(closed(CloseReason::Revoked), tunnel.begun, tunnel.begun));
    assert!(tunnel.reported((3, 0)));
}

#[test]
fn bytes_are_counted_once() {
    let tunnel = sample(1, None);
    tunnel.meter.add_up(3);
    tunnel.meter.add_down(4);
    assert_eq!(tunnel.take_moved(tunnel.begun), (3, 4));
    assert_eq!(tunnel.take_moved(tunnel.begun), (0, 0));
}
