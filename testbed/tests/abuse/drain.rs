//! T-39: a server that stops tells its agents to come back at different times, not all at once.

use std::collections::BTreeSet;
use std::time::Duration;
use testbed::Fleet;
use testbed::fleet::raw::Raw;
use wire::message::ToAgent;

const AGENTS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_spreads_the_return_of_its_agents() {
    let mut fleet = Fleet::start().await.unwrap();
    let mut agents = Vec::new();
    for n in 0..AGENTS {
        let name = format!("node{n}");
        fleet.enrol(&name).await.unwrap();
        let identity = fleet.node(&name).unwrap().identity().unwrap();
        agents.push(Raw::agent(&fleet, identity).await.unwrap());
    }
    let server = fleet.take_server().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { server.drain(Duration::ZERO).await });
    let mut times = BTreeSet::new();
    for agent in &mut agents {
        let retry = loop {
            match agent.next::<ToAgent>().await.unwrap().body {
                Some(ToAgent::Draining { retry_after_ms }) => break retry_after_ms,
                Some(ToAgent::Bye { reason }) => panic!("sent away without a time: {reason}"),
                _ => {}
            }
        };
        assert!((500..=5_000).contains(&retry), "{retry} ms");
        times.insert(retry);
    }
    println!("{AGENTS} agents are to return after {times:?} ms");
    assert!(times.len() >= AGENTS - 3, "{times:?}");
    assert!(times.last().unwrap() - times.first().unwrap() >= 200, "{times:?}");
    tasks.join_all().await;
    drop(agents);
    fleet.finish().await.unwrap();
}
