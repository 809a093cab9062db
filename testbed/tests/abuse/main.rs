//! Peers with good certificates and other programs: hostile multiplexers (T-22), other limits (T-23),
//! other versions and words that are cut off (T-44); and agents whose server stops (T-39).
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod drain;
mod frames;
mod limits;
mod skew;

use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::visit;
use testbed::{Fleet, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::view::PortView;

/// A fleet with an echo behind `db` at node `web1`, and a node `mute` whose certificate others use.
async fn stage() -> (Fleet, PortView) {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.enrol("mute").await.unwrap();
    fleet.add("web1").await.unwrap();
    let port = published(&mut fleet, "db", "web1").await;
    (fleet, port)
}

/// Publishes an echo at a node, for everybody on this machine.
async fn published(fleet: &mut Fleet, name: &str, node: &str) -> PortView {
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish(name, node, target, None).await.unwrap();
    fleet.admit(name, "127.0.0.0/8").await.unwrap();
    port
}

/// A visitor whose tunnel has answered; `None` if he was refused.
async fn visitor(port: &PortView) -> Option<TcpStream> {
    let mut tcp = visit([127, 0, 0, 1], port).await.ok()?;
    echoes(&mut tcp).await.then_some(tcp)
}

/// Whether what is sent comes back; a visitor who is refused learns it by the end of his connection.
async fn echoes(tcp: &mut TcpStream) -> bool {
    let answered = async {
        tcp.write_all(b"hello").await?;
        tcp.read_exact(&mut [0; 5]).await
    };
    timeout(PATIENCE, answered).await.expect("neither an echo nor an end").is_ok()
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Longer than anything takes that is over at once.
const SOON: Duration = Duration::from_secs(5);
