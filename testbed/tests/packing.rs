//! Compression end to end (F2.10): between the operator and the node, between the server and the node,
//! and what people are told about it.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use link::forward::{self, Clients, Event, Kind, OnDrop, Spec};
use std::net::SocketAddr;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Reply, Request};
use wire::message::tunnel::{Compress, OpenTo};
use wire::message::view::TunnelView;

const LENGTH: usize = 4 << 20;

fn text() -> Vec<u8> {
    b"the same words over and over, as in logs and dumps\n"
        .iter()
        .copied()
        .cycle()
        .take(LENGTH)
        .collect()
}

/// Sends it all to an echo and gets it all back.
async fn echoed(address: SocketAddr) {
    let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let sent = text();
    let sending = async {
        write.write_all(&sent).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let mut back = Vec::new();
    let both = async { tokio::join!(sending, read.read_to_end(&mut back)).1.unwrap() };
    timeout(PATIENCE, both).await.unwrap();
    assert!(back == sent, "{} bytes came back", back.len());
}

async fn view(fleet: &mut Fleet, tunnel: wire::TunnelId) -> TunnelView {
    match fleet.ask(Request::Tunnel(tunnel.to_string().into())).await.unwrap() {
        Reply::Tunnel(view) => view,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_is_packed_from_end_to_end_and_says_how_much_that_saves() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    for compress in [Some(Compress::Zstd), None] {
        let target = Target::new("localhost", echo.port()).unwrap();
        let spec = Spec {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            kind: Kind::Fixed(OpenTo::Node { node: "web1".into(), target }),
            on_drop: OnDrop::Close,
            idle: None,
            max: None,
            compress,
            note: None,
            clients: Clients::default(),
        };
        let (operator, access) = (fleet.operator().await.unwrap(), fleet.access().unwrap());
        let mut forward =
            forward::start(spec, access, Some(operator), fleet.shutdown()).await.unwrap();
        echoed(forward.address.net().unwrap()).await;
        let opened = loop {
            if let Event::Opened { tunnel, compress: agreed, .. } =
                forward.events.recv().await.unwrap()
            {
                assert_eq!(agreed, compress);
                break tunnel;
            }
        };
        let (seen, _) = until("the end of the tunnel", PATIENCE, || {
            let operator = forward.connections.borrow().clone().unwrap();
            async move {
                match operator.request(Request::Tunnel(opened.to_string().into())).await.unwrap() {
                    Reply::Tunnel(view) => view.closed.is_some().then_some(()),
                    other => panic!("{other:?}"),
                }
            }
        })
        .await
        .unwrap();
        let () = seen;
        let seen = view(&mut fleet, opened).await;
        let length = u64::try_from(LENGTH).unwrap();
        assert_eq!((seen.up_bytes, seen.down_bytes), (length, length), "payload is what was sent");
        match seen.compression {
            Some(saved) => {
                assert_eq!(compress, Some(Compress::Zstd));
                println!("ratio {:?}, {} bytes up", saved.ratio, saved.up_wire_bytes);
                assert!(
                    saved.ratio.unwrap() > 20.0 && saved.up_wire_bytes < length / 20,
                    "{saved:?}"
                );
            }
            None => assert_eq!(compress, None),
        }
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_port_is_packed_between_server_and_node() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let packed = |spec: &mut wire::message::operator::PortSpec| {
        spec.options.compress = Some(Compress::Zstd);
    };
    let port = fleet.publish_with("app", &["web1"], target, None, packed).await.unwrap();
    fleet.admit("app", "127.0.0.0/8").await.unwrap();
    echoed(SocketAddr::from(([127, 0, 0, 1], port.public.port))).await;
    let operator = fleet.operator().await.unwrap();
    let (saved, _) = until("the port's figures", PATIENCE, || {
        let operator = operator.clone();
        async move {
            match operator.request(Request::Port("app".into())).await.unwrap() {
                Reply::Port(view) => view.compression.filter(|_| view.down_bytes >= LENGTH as u64),
                other => panic!("{other:?}"),
            }
        }
    })
    .await
    .unwrap();
    println!("ratio {:?}", saved.ratio);
    assert!(saved.ratio.unwrap() > 20.0, "{saved:?}");
    fleet.finish().await.unwrap();
}
