//! Every form of the header, what is none, and that no byte behind it is touched.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;
use crate::harness::Parser;
use crate::ports::Visit;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

fn from(at: &str) -> Says {
    Says::Visitor(at.parse().unwrap())
}

/// Of version 2, by hand.
fn two(version: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[version, family], &length, body].concat()
}

const V4: [u8; 12] = [203, 0, 113, 9, 192, 0, 2, 1, 0xC7, 0x38, 1, 0xBB];

#[test]
fn both_versions_name_the_visitor() {
    let six = "2001:db8::7".parse::<Ipv6Addr>().unwrap().octets();
    let v6 = [&six[..], &six, &[0xC7, 0x38, 1, 0xBB]].concat();
    let more = [&V4[..], &[0x05, 0, 1, b'x']].concat();
    for (header, says) in [
        (b"PROXY TCP4 203.0.113.9 192.0.2.1 51000 443\r\n".to_vec(), from("203.0.113.9:51000")),
        (b"PROXY TCP6 2001:db8::7 ::1 51000 443\r\n".to_vec(), from("[2001:db8::7]:51000")),
        (b"PROXY TCP6 ::ffff:203.0.113.9 ::1 1 443\r\n".to_vec(), from("203.0.113.9:1")),
        (b"PROXY UNKNOWN\r\n".to_vec(), Says::Own),
        (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), Says::Own),
        (two(0x21, 0x11, &V4), from("203.0.113.9:51000")),
        (two(0x21, 0x11, &more), from("203.0.113.9:51000")),
        (two(0x21, 0x21, &v6), from("[2001:db8::7]:51000")),
        (two(0x21, 0x00, b""), Says::Own),
        (two(0x21, 0x31, &[0; 216]), Says::Own),
        (two(0x20, 0x11, &V4), Says::Own),
        (two(0x20, 0xFF, b"whatever"), Says::Own),
    ] {
        let shown = String::from_utf8_lossy(&header).into_owned();
        assert_eq!(judge(&header), Read::Whole(says, header.len()), "{shown:?}");
        let behind = [&header[..], b"\x16\x03\x01"].concat();
        assert_eq!(judge(&behind), Read::Whole(says, header.len()), "{shown:?} and more");
        // Never more than the header is asked for, whatever has come.
        for cut in 0..header.len() {
            match judge(&header[..cut]) {
                Read::More(count) => assert!(count > 0 && cut + count <= header.len(), "{shown:?}"),
                other => panic!("{shown:?} cut at {cut}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_is_no_header_is_none() {
    for wrong in [
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03ab".to_vec(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 192.0.2.1 51000\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 192.0.2.1 51000 443 1\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 192.0.2.1 51000 443\n".to_vec(),
        b"PROXY TCP4 203.0.113.9  192.0.2.1 51000 443\r\n".to_vec(),
        b"PROXY TCP4 ::1 ::1 51000 443\r\n".to_vec(),
        b"PROXY TCP6 203.0.113.9 192.0.2.1 1 2\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 192.0.2.1 +1 2\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 192.0.2.1 01 2\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 192.0.2.1 1 65536\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.009 192.0.2.1 1 2\r\n".to_vec(),
        b"PROXY UDP4 203.0.113.9 192.0.2.1 1 2\r\n".to_vec(),
        [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 100]].concat(),
        two(0x31, 0x11, &V4),
        two(0x22, 0x11, &V4),
        two(0x21, 0x11, &V4[..11]),
        two(0x21, 0x21, &V4),
        two(0x21, 0x12, &V4),
        two(0x21, 0x11, &[0; BODY + 1]),
    ] {
        assert_eq!(judge(&wrong), Read::Not, "{:?}", String::from_utf8_lossy(&wrong));
    }
}

#[tokio::test]
async fn the_header_is_taken_off_the_connection_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for header in [b"PROXY TCP4 203.0.113.9 192.0.2.1 51000 443\r\n".to_vec(), two(0x21, 0x11, &V4)]
    {
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut tcp, remote) = listener.accept().await.unwrap();
        client.write_all(&[&header[..], b"hello"].concat()).await.unwrap();
        let visitor = read(&mut tcp, remote).await.unwrap();
        assert_eq!(visitor, "203.0.113.9:51000".parse().unwrap());
        let mut rest = [0; 5];
        tcp.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"hello");
    }
}

#[tokio::test]
async fn a_header_that_ends_early_is_an_error_and_one_that_never_comes_is_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut tcp, remote) = listener.accept().await.unwrap();
    client.write_all(b"PROXY TCP4 203").await.unwrap();
    client.shutdown().await.unwrap();
    let error = read(&mut tcp, remote).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

    let _silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut tcp, remote) = listener.accept().await.unwrap();
    tokio::time::pause();
    let error = read(&mut tcp, remote).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn proxy_header_survives_mutation() {
    let (a, b) = ("203.0.113.9:51000".parse().unwrap(), "192.0.2.1:443".parse().unwrap());
    let ours = Visit { from: a, to: b, tunnel: "t_1", operator: Some("mira"), session: None };
    Parser::new("proxy-header", BODY + 64).with([ours.bytes()]).survives(|input| {
        match judge(input) {
            Read::More(count) => assert!((1..=BODY + FIXED).contains(&count)),
            Read::Whole(_, end) => {
                assert!(end <= input.len());
                assert_eq!(judge(&input[..end]), judge(input), "what follows changes nothing");
            }
            Read::Not => {}
        }
    });
}
