//! Strangers check the server by a public certificate (F1.7): chosen by name, for HTTPS alone, and
//! kept when its files are no good. With a real client: `console/tests/real_public.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use fleet_server::Config;
use pki::public::Pair;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, PublicAuthority, until};
use tokio::process::Command;
use wire::alpn;
use wire::message::operator::{Reply, Request};
use wire::message::view::ServerView;

const DAY: Duration = Duration::from_secs(86_400);

/// The leaf that a client is shown who asks for `name` by these protocols: whatever a stranger's client
/// offers, openssl can.
async fn shown(at: SocketAddr, name: &str, protocol: Option<&[u8]>) -> Vec<u8> {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &at.to_string(), "-showcerts"]);
    match name.parse::<std::net::IpAddr>() {
        Ok(_) => openssl.arg("-noservername"),
        Err(_) => openssl.args(["-servername", name]),
    };
    if let Some(protocol) = protocol {
        openssl.args(["-alpn", std::str::from_utf8(protocol).unwrap()]);
    }
    let out = openssl.stdin(Stdio::null()).output().await.unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let begin = "-----BEGIN CERTIFICATE-----";
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no certificate: {out:?}"));
    let (body, _) = rest.split_once("-----END").unwrap();
    let body: String = body.split_whitespace().collect();
    data_encoding::BASE64.decode(body.as_bytes()).unwrap()
}

/// Whether openssl is here; if not, says why a test does nothing.
fn can_look() -> bool {
    let found = std::process::Command::new("openssl").arg("version").output().is_ok();
    if !found {
        println!("skipped: openssl is not installed");
    }
    found
}

fn leaf(pair: &Pair) -> Vec<u8> {
    pki::pem::load_certificate(&pair.certificate).unwrap().to_vec()
}

fn with(pairs: &[Pair]) -> impl FnOnce(&mut Config) {
    let pairs = pairs.to_vec();
    |config| {
        config.public_names = vec!["tun.example.eu".to_owned()];
        config.tls_cert = pairs.iter().map(|pair| pair.certificate.clone()).collect();
        config.tls_key = pairs.into_iter().map(|pair| pair.key).collect();
    }
}

async fn server(fleet: &mut Fleet) -> ServerView {
    match fleet.ask(Request::Server).await.unwrap() {
        Reply::Server(view) => view,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn https_shows_the_certificate_of_the_name_and_everything_else_the_fleets_own() {
    if !can_look() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let authority = PublicAuthority::new(dir.path()).unwrap();
    let issue = |file, names| authority.issue(file, names, DAY * 90).unwrap();
    let wild = issue("wild", &["*.example.eu"][..]);
    let (main, other) = (issue("main", &["tun.example.eu"]), issue("other", &["vpn.example.org"]));
    let mut fleet = Fleet::with(with(&[wild.clone(), main.clone(), other.clone()])).await.unwrap();
    let at = fleet.address().unwrap();
    let own = shown(at, "localhost", Some(alpn::HTTP)).await;
    for http in [Some(alpn::HTTP), None] {
        assert_eq!(shown(at, "tun.example.eu", http).await, leaf(&main), "before the wildcard");
        assert_eq!(shown(at, "www.example.eu", http).await, leaf(&wild));
        assert_eq!(shown(at, "VPN.example.org", http).await, leaf(&other));
        assert_eq!(shown(at, "example.eu", http).await, own, "nobody's name");
        assert_eq!(shown(at, "127.0.0.1", http).await, own, "no name at all");
    }
    let ours = alpn::ALL.into_iter().filter(|name| *name != alpn::HTTP);
    for protocol in ours {
        let shown = shown(at, "tun.example.eu", Some(protocol)).await;
        assert_eq!(shown, own, "{}", String::from_utf8_lossy(protocol));
    }
    // Agents and operators are told the public name, and see the certificate that they pinned.
    fleet.add("web1").await.unwrap();
    let view = server(&mut fleet).await;
    let named: Vec<_> = view.certificates.iter().map(|c| c.name.as_str()).collect();
    let public = ["public *.example.eu", "public tun.example.eu", "public vpn.example.org"];
    assert_eq!(named[2..], public, "{named:?}");
    assert!(view.healthy && view.checks.is_empty(), "{:?}", view.checks);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_leave_the_old_certificate_in_use_and_are_told_until_they_are_good() {
    if !can_look() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let authority = PublicAuthority::new(dir.path()).unwrap();
    let pair = authority.issue("site", &["tun.example.eu"], DAY * 90).unwrap();
    let before = leaf(&pair);
    let mut fleet = Fleet::with(with(std::slice::from_ref(&pair))).await.unwrap();
    let at = fleet.address().unwrap();

    // The key of another certificate, as if a renewal had stopped half-way.
    let other = authority.issue("other", &["tun.example.eu"], DAY * 90).unwrap();
    std::fs::copy(&other.key, &pair.key).unwrap();
    let told = finding(&mut fleet, "the key is not the certificate's").await;
    assert_eq!(told.0, "warn");
    assert_eq!(shown(at, "tun.example.eu", None).await, before);

    std::fs::remove_file(&pair.certificate).unwrap();
    finding(&mut fleet, "No such file").await;
    assert_eq!(shown(at, "tun.example.eu", None).await, before);

    // Asked for, it is read at once; and what is good ends the finding.
    let pair = authority.issue("site", &["tun.example.eu"], DAY * 90).unwrap();
    fleet.server().unwrap().reload();
    until("the new certificate", PATIENCE, || async {
        (shown(at, "tun.example.eu", None).await == leaf(&pair)).then_some(())
    })
    .await
    .unwrap();
    assert!(server(&mut fleet).await.checks.is_empty());

    // What ends within a sixth of its life is told; what has ended is the server's failure.
    let now = time::OffsetDateTime::now_utc();
    let nearly = (now - DAY * 90, now + DAY);
    authority.issue_between("site", &["tun.example.eu"], nearly).unwrap();
    let told = finding(&mut fleet, "ends in").await;
    assert_eq!(told.0, "warn");
    let brief = (now - DAY, time::OffsetDateTime::now_utc() + Duration::from_secs(8));
    authority.issue_between("site", &["tun.example.eu"], brief).unwrap();
    fleet.server().unwrap().reload();
    let told = finding(&mut fleet, "has ended").await;
    assert_eq!(told.0, "fail");
    assert!(!server(&mut fleet).await.healthy);
    fleet.finish().await.unwrap();
}

/// Waits for a finding about the certificate that says this; its status and text.
async fn finding(fleet: &mut Fleet, says: &str) -> (String, String) {
    let begun = tokio::time::Instant::now();
    loop {
        let checks = server(fleet).await.checks;
        let about = checks.iter().filter(|check| check.id.as_str() == "tls-cert");
        if let Some(found) = about.into_iter().find(|check| check.message.as_str().contains(says)) {
            return (found.status.as_str().to_owned(), found.message.as_str().to_owned());
        }
        assert!(begun.elapsed() < PATIENCE, "{says}: {checks:?}");
        tokio::task::yield_now().await;
    }
}
