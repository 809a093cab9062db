//! Packed tunnels keep of TCP what plain ones keep, never hold a byte back, and stop packing where it
//! saves nothing.

// Tests stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(dead_code, reason = "the rig is shared")]
#![allow(clippy::disallowed_methods, reason = "a test awaits the handles of what it spawns")]

mod rig;

use link::splice::Limits;
use rig::{Rig, Tunnel, soon};
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::CloseReason;
use wire::chunk;
use wire::message::tunnel::Compress;

const MIB: usize = 1024 * 1024;

fn packing() -> Limits {
    Limits { compress: Some(Compress::Zstd), ..Limits::default() }
}

fn text(length: usize) -> Vec<u8> {
    b"a line of a log that looks much like the one before\n"
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect()
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(next).collect()
}

/// Sends all of `data` to the target and back; the bytes on the wire, both ways.
async fn there_and_back(tunnel: Tunnel, data: Vec<u8>) -> (u64, u64) {
    let Tunnel { client, target, meter, server, .. } = tunnel;
    let ((mut from_client, mut to_target), (mut from_target, mut to_client)) =
        (client.into_split(), target.into_split());
    let sent = data.clone();
    let sending = async move {
        to_target.write_all(&sent).await.unwrap();
        to_target.shutdown().await.unwrap();
    };
    let echoing = async move {
        tokio::io::copy(&mut from_target, &mut to_client).await.unwrap();
        to_client.shutdown().await.unwrap();
    };
    let mut back = Vec::new();
    let receiving = from_client.read_to_end(&mut back);
    let ((), (), received) =
        soon("all bytes", async { tokio::join!(sending, echoing, receiving) }).await;
    received.unwrap();
    assert!(back == data, "{} of {} bytes", back.len(), data.len());
    let ended = soon("the end", server).await.unwrap();
    assert_eq!(ended.reason, CloseReason::ClientClosed);
    let length = u64::try_from(data.len()).unwrap();
    assert_eq!((meter.up(), meter.down()), (length, length), "payload is what people sent");
    meter.wire()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_takes_a_fraction_and_noise_next_to_nothing_more() {
    let mut rig = Rig::new().await;
    let length = 8 * MIB;
    let tunnel = rig.tunnel_with(packing()).await;
    let (up, down) = there_and_back(tunnel, text(length)).await;
    assert!(up * 20 < length as u64 && down * 20 < length as u64, "{up} {down} of {length}");
    let tunnel = rig.tunnel_with(packing()).await;
    let (up, down) = there_and_back(tunnel, noise(length)).await;
    assert_eq!((up, down), (length as u64, length as u64), "it goes as it is");
    let mixed: Vec<u8> = [noise(MIB), text(2 * MIB), noise(77), text(13)].concat();
    there_and_back(rig.tunnel_with(packing()).await, mixed).await;
    let (up, _) = there_and_back(rig.tunnel().await, text(MIB)).await;
    assert_eq!(up, 0, "nothing is counted where nothing is packed");
}

#[tokio::test]
async fn what_is_typed_is_not_held_back() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel_with(packing()).await;
    for length in [1, 95, 96, 300, 5000] {
        let said = text(length);
        tunnel.client.write_all(&said).await.unwrap();
        let mut heard = vec![0; length];
        soon("what was said", tunnel.target.read_exact(&mut heard)).await.unwrap();
        assert_eq!(heard, said);
    }
}

#[tokio::test]
async fn a_reset_and_a_half_close_mean_what_they_mean() {
    let mut rig = Rig::new().await;
    let mut tunnel = rig.tunnel_with(packing()).await;
    tunnel.client.write_all(&text(200_000)).await.unwrap();
    tunnel.client.shutdown().await.unwrap();
    let mut all = Vec::new();
    soon("the end", tunnel.target.read_to_end(&mut all)).await.unwrap();
    assert_eq!(all, text(200_000));
    tunnel.target.write_all(&text(3000)).await.unwrap();
    link::splice::reset(tunnel.target);
    let mut all = Vec::new();
    let read = soon("the reset", tunnel.client.read_to_end(&mut all)).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// A peer that packs without having been asked, or packs what does not unpack, or more than it says.
#[tokio::test]
async fn a_chunk_that_does_not_unpack_ends_the_tunnel_and_no_other() {
    let mut rig = Rig::new().await;
    let bomb = zstd::bulk::compress(&vec![0; 16 * MIB], 1).unwrap();
    let good = zstd::bulk::compress(&text(1000), 1).unwrap();
    let framed = |raw: usize, body: &[u8]| {
        let (raw, length) = (u32::try_from(raw).unwrap(), u32::try_from(body.len()).unwrap());
        [&chunk::packed(raw, length)[..], body].concat()
    };
    let mut beside = rig.tunnel_with(packing()).await;
    for (agreed, bytes) in [
        (true, framed(65_532, &bomb)),
        (true, framed(999, &good)),
        (true, framed(1001, &good)),
        (true, framed(1000, &noise(500))),
        (false, framed(1000, &good)),
    ] {
        let (mut evil, honest) = rig.stream().await;
        let (dialled, mut target) = rig::pair().await;
        let limits = if agreed { packing() } else { Limits::default() };
        let ending = tokio::spawn(link::splice::splice(
            link::splice::End::Lane(honest),
            link::splice::End::Tcp(dialled),
            std::sync::Arc::default(),
            limits,
            link::splice::Cut::new(),
        ));
        evil.send_all(&bytes).await.unwrap();
        assert_eq!(soon("the end", ending).await.unwrap().reason, CloseReason::Internal);
        let mut all = Vec::new();
        let read = soon("the reset", target.read_to_end(&mut all)).await;
        assert!(read.is_err() && all.is_empty(), "{} bytes came through", all.len());
    }
    beside.client.write_all(b"still here").await.unwrap();
    soon("the other tunnel", beside.target.read_exact(&mut [0; 10])).await.unwrap();
}
