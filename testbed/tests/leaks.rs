//! G14: what comes and goes leaves nothing behind, in a process that is server and agent at once.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::visit;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Page, Reply, Request};
use wire::message::view::PortView;

/// Tasks, and descriptors, of the lanes that one node may have more.
const LANES: usize = 24;

fn times() -> usize {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 100_000 } else { 1500 }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Sixteen visitors at a time; half of them go without a word.
async fn visits(port: &PortView, times: usize) {
    let mut crowd = JoinSet::new();
    for n in 0..16 {
        let port = port.clone();
        crowd.spawn(async move {
            for round in 0..times / 16 {
                let mut tcp = visit([127, 0, 0, 1], &port).await.unwrap();
                tcp.write_all(b"hello").await.unwrap();
                if (round + n) % 2 == 0 {
                    timeout(PATIENCE, tcp.read_exact(&mut [0; 5])).await.unwrap().unwrap();
                }
            }
        });
    }
    crowd.join_all().await;
}

/// Waits until no tunnel is open, and no more tasks and descriptors are there than `rest`.
async fn settled(fleet: &mut Fleet, rest: (usize, usize)) -> (usize, usize) {
    let operator = fleet.operator().await.unwrap();
    let open = || async {
        let page = Page { after: None, limit: 200 };
        match operator.request(Request::Tunnels { page, node: None, who: None }).await.unwrap() {
            Reply::Tunnels(rows, _) => rows.iter().all(|row| row.closed.is_some()).then_some(()),
            other => panic!("{other:?}"),
        }
    };
    until("no open tunnel", PATIENCE, open).await.unwrap();
    let look = || async {
        let now = (Handle::current().metrics().num_alive_tasks(), descriptors());
        (now.0 <= rest.0 && now.1 <= rest.1).then_some(now)
    };
    until("the tasks and descriptors of before", PATIENCE, look).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_came_and_went_leave_no_descriptor_task_or_tunnel() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish("db", "web1", target, None).await.unwrap();
    fleet.admit("db", "127.0.0.0/8").await.unwrap();
    fleet.operator().await.unwrap();
    visits(&port, 160).await;
    // At rest: the least of many looks while nobody comes.
    let mut rest = settled(&mut fleet, (usize::MAX, usize::MAX)).await;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = (Handle::current().metrics().num_alive_tasks(), descriptors());
        rest = (rest.0.min(now.0), rest.1.min(now.1));
    }
    visits(&port, times()).await;
    // Lanes that the crowd asked for stay a while: a handful, however many came.
    let after = settled(&mut fleet, (rest.0 + LANES, rest.1 + LANES)).await;
    println!("{} visits: {rest:?} tasks and descriptors before, {after:?} after", times());
    fleet.finish().await.unwrap();
}
