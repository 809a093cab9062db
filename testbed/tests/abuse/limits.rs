//! T-23: the two ends of a lane are of different minds about how many tunnels there may be. Whatever
//! is too much is refused by itself; what runs goes on.

use super::{echoes, published, stage, visitor};
use link::Shutdown;
use link::lane::{Acceptor, LaneStream};
use link::splice::{Cut, End, Limits, splice};
use std::sync::Arc;
use testbed::Fleet;
use testbed::fleet::PATIENCE;
use testbed::fleet::raw::Raw;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use wire::message::tunnel::{AgentOpen, Answer, Opened};
use wire::message::view::PortView;
use wire::{LaneId, Target};

/// What one end takes; the other would take far more.
const LIMIT: usize = 20;
const TOO_MANY: usize = 50;

/// Opens more than fit at once; those that got through.
async fn crowd(port: &PortView) -> Vec<TcpStream> {
    let mut visitors = JoinSet::new();
    for _ in 0..LIMIT + TOO_MANY {
        let port = port.clone();
        visitors.spawn(async move { visitor(&port).await });
    }
    visitors.join_all().await.into_iter().flatten().collect()
}

/// The first ones are served, the others refused one by one, and a place that is free is used again.
async fn keeps_to_its_limit(port: &PortView) {
    let mut served = crowd(port).await;
    assert_eq!(served.len(), LIMIT);
    for tcp in &mut served {
        assert!(echoes(tcp).await, "a tunnel ended because of others");
    }
    assert!(visitor(port).await.is_none(), "one more than there may be");
    drop(served.pop());
    let next = async {
        loop {
            if let Some(next) = visitor(port).await {
                return next;
            }
        }
    };
    served.push(timeout(PATIENCE, next).await.expect("a free place"));
    for tcp in &mut served {
        assert!(echoes(tcp).await, "a tunnel ended because of another");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_takes_less_than_the_server_sends_refuses_one_by_one() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.enrol("small").await.unwrap();
    let dir = fleet.node("small").unwrap().dir().to_owned();
    agent::Config::set(&dir, "limits.tunnels", &[LIMIT.to_string()]).unwrap();
    fleet.run("small").await.unwrap();
    fleet.wait_online("small").await.unwrap();
    let port = published(&mut fleet, "db", "small").await;
    keeps_to_its_limit(&port).await;
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_less_than_the_agent_would_refuses_one_by_one() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("large").await.unwrap();
    let echo = testbed::service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let few = |spec: &mut wire::message::operator::PortSpec| {
        spec.max_tunnels = Some(u32::try_from(LIMIT).unwrap());
    };
    let port = fleet.publish_with("db", &["large"], target, None, few).await.unwrap();
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    keeps_to_its_limit(&port).await;
    fleet.finish().await.unwrap();
}

/// Another program as agent: it resets every stream over its own limit, without a word.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_an_agent_resets_cost_nobody_but_their_visitors() {
    let (mut fleet, _) = stage().await;
    let port = published(&mut fleet, "mine", "mute").await;
    let identity = fleet.node("mute").unwrap().identity().unwrap();
    let control = Raw::agent(&fleet, identity).await.unwrap();
    let conn = control.lane(1).await.unwrap();
    let part = fleet.shutdown().child();
    let mut streams = Acceptor::start(conn.io, LaneId(1), conn.took, &part);
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut tunnels = JoinSet::new();
        let mut taken = 0;
        while let Some(stream) = streams.next().await {
            taken += 1;
            if taken <= LIMIT {
                tunnels.spawn(echo(stream));
            }
        }
        tunnels.join_all().await;
    });
    let mut served = crowd(&port).await;
    assert_eq!(served.len(), LIMIT);
    for tcp in &mut served {
        assert!(echoes(tcp).await, "a tunnel ended because of others");
    }
    drop(served);
    part.cancel();
    timeout(PATIENCE, serving.join_all()).await.expect("the lane ends");
    assert_eq!(Shutdown::panics(), 0);
    fleet.finish().await.unwrap();
}

/// Serves one tunnel by the letter of the protocol, and by nothing of the agent's.
async fn echo(mut stream: LaneStream) {
    let Ok(open) = stream.receive::<AgentOpen>().await else { return };
    let opened = Opened {
        tunnel: open.tunnel,
        node: None,
        node_name: None,
        rule: None,
        address: None,
        connect_ms: 0,
        compress: None,
        resolve_us: None,
        dial_us: None,
        trace: None,
        left_ms: None,
    };
    if stream.send(&Answer::Opened(opened)).await.is_err() {
        return;
    }
    let target = TcpStream::connect(("127.0.0.1", open.target.port)).await.unwrap();
    let (visitor, target) = (End::Lane(stream), End::Tcp(target));
    splice(visitor, target, Arc::default(), Limits::default(), Cut::new()).await;
}
