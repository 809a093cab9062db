// Tests may stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn list(entries: &[&str]) -> Allowlist {
    Allowlist::parse(entries).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn entries_follow_one_grammar() {
    for good in [
        "localhost:*",
        "10.0.0.0/8:22",
        "db.internal:5432",
        "*.lan:80,443",
        "[::1]:8000-8100",
        "fd00::/8:22",
        "[fd00::/8]:22",
        "LOCALHOST:1",
        "db.internal.:1,2-3,65535",
        "[::ffff:10.0.0.0/104]:80",
        "unix:/run/docker.sock",
    ] {
        assert!(good.parse::<Pattern>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "localhost",
        ":80",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "localhost:2-1",
        "localhost:80,",
        "localhost:+80",
        "10.0.0.0/33:80",
        "10.0.0.0/-1:80",
        "::1:80",
        "[::1:80",
        "[db]:80",
        "*:80",
        "*db:80",
        "a*.b:80",
        "127.1:80",
        "2130706433:80",
        "0x7f.1:80",
        "0177.0.0.1:80",
        "a b:80",
        "a..b:80",
        "http://a:80",
        "::ffff:0:0/95:80",
        "unix:/run/*.sock",
        "unix:/run/../a.sock",
        "unix:run/a.sock",
    ] {
        assert!(bad.parse::<Pattern>().is_err(), "{bad}");
    }
}

/// T-12: what each spelling becomes once resolved, against lists that should and should not hold it.
#[test]
fn decisions_are_made_on_the_address_that_would_be_dialled() {
    let node = list(&["localhost:*"]);
    let wide = list(&["0.0.0.0/0:*", "::/0:*", "*.evil.example:*", "rebind.example:*"]);
    for (host, resolved, by_node, by_wide) in [
        ("127.0.0.1", "127.0.0.1", true, false),
        ("127.1", "127.0.0.1", true, false),
        ("2130706433", "127.0.0.1", true, false),
        ("0177.0.0.1", "127.0.0.1", true, false),
        ("0x7f.1", "127.0.0.1", true, false),
        ("localhost.", "127.0.0.1", true, false),
        ("localhost", "::1", true, false),
        ("127.255.255.254", "127.255.255.254", true, false),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", true, false),
        ("::ffff:7f00:1", "::ffff:7f00:1", true, false),
        ("0.0.0.0", "0.0.0.0", false, false),
        ("::", "::", false, false),
        ("::127.0.0.1", "::127.0.0.1", false, false),
        ("64:ff9b::7f00:1", "64:ff9b::7f00:1", false, false),
        ("64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe", false, false),
        ("2002:7f00:1::", "2002:7f00:1::", false, false),
        ("fe80::1", "fe80::1", false, false),
        ("169.254.169.254", "169.254.169.254", false, false),
        ("fd00:ec2::254", "fd00:ec2::254", false, false),
        ("100.100.100.200", "100.100.100.200", false, false),
        ("255.255.255.255", "255.255.255.255", false, false),
        ("224.0.0.1", "224.0.0.1", false, false),
        ("ff02::1", "ff02::1", false, false),
        ("rebind.example", "127.0.0.1", true, false),
        ("rebind.example", "169.254.169.254", false, false),
        ("x.evil.example", "::1", true, false),
        ("10.0.0.1", "10.0.0.1", false, true),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", false, true),
        ("64:ff9b::a00:1", "64:ff9b::a00:1", false, true),
        ("2001:db8::1", "2001:db8::1", false, true),
    ] {
        assert_eq!(node.permits(host, ip(resolved), 80), by_node, "node: {host} at {resolved}");
        assert_eq!(wide.permits(host, ip(resolved), 80), by_wide, "wide: {host} at {resolved}");
    }
}

#[test]
fn link_local_and_metadata_open_only_when_listed_exactly() {
    let exact = list(&["169.254.169.254:80", "[fe80::1]:80", "[fd00:ec2::254]:80"]);
    for address in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254"] {
        assert!(exact.permits(address, ip(address), 80), "{address}");
        assert!(!exact.permits(address, ip(address), 81), "{address}");
    }
    let ranges = list(&["169.254.0.0/16:*", "fe80::/10:*", "fd00::/8:*"]);
    for address in ["169.254.169.254", "fe80::1", "fd00:ec2::254"] {
        assert!(!ranges.permits(address, ip(address), 80), "{address}");
    }
    assert!(ranges.permits("fd00::1", ip("fd00::1"), 80));
}

#[test]
fn loopback_entries_open_what_they_name() {
    let one = list(&["127.0.0.2:80", "[::1]:81"]);
    assert!(one.permits("x", ip("127.0.0.2"), 80) && one.permits("x", ip("::1"), 81));
    assert!(!one.permits("x", ip("127.0.0.1"), 80) && !one.permits("x", ip("::1"), 80));
    assert!(list(&["127.0.0.0/8:80"]).permits("x", ip("127.9.9.9"), 80));
    assert!(!list(&["126.0.0.0/7:80"]).permits("x", ip("127.0.0.1"), 80));
}

#[test]
fn names_match_whole_and_without_case_or_root_dot() {
    let names = list(&["db.internal:5432", "*.lan:*"]);
    let at = ip("10.1.2.3");
    for host in ["db.internal", "DB.Internal", "db.internal.", "a.lan", "a.b.LAN."] {
        assert!(names.permits(host, at, 5432), "{host}");
    }
    for host in ["xdb.internal", "db.internal.example", "lan", ".lan", "evil-lan", "10.1.2.3"] {
        assert!(!names.permits(host, at, 5432), "{host}");
    }
}

#[test]
fn of_a_mixed_answer_only_the_permitted_addresses_are_left() {
    let gate = Gate::new(list(&["rebind.example:80"]));
    let target = Target::new("rebind.example", 80).unwrap();
    let answer = ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::ffff:10.0.0.7", "0.0.0.0"].map(ip);
    assert_eq!(gate.passing(&target, &answer), ["10.0.0.7:80".parse().unwrap()]);
}

#[test]
fn an_unreadable_narrowing_entry_allows_nothing() {
    let gate = Gate::new(list(&["10.0.0.0/8:*"]));
    gate.narrow(Some(Allowlist::from_peer(&["everything".into()])));
    assert!(!gate.permits("x", ip("10.0.0.1"), 80));
    gate.narrow(None);
    assert!(gate.permits("x", ip("10.0.0.1"), 80));
}

#[test]
fn a_socket_needs_both_lists_and_its_exact_path() {
    let gate = Gate::new(list(&["localhost:*", "unix:/run/a.sock", "unix:/run/b.sock"]));
    assert!(gate.permits_socket("/run/a.sock"));
    assert!(!gate.permits_socket("/run/A.sock") && !gate.permits_socket("/run/a.sock/"));
    gate.narrow(Some(list(&["unix:/run/b.sock", "unix:/run/c.sock"])));
    let may = ["/run/a.sock", "/run/b.sock", "/run/c.sock"].map(|path| gate.permits_socket(path));
    assert_eq!(may, [false, true, false]);
    assert!(!list(&["unix:/run/a.sock"]).permits("/run/a.sock", ip("127.0.0.1"), 1));
}

fn any_ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits))),
        any::<u32>().prop_map(|bits| IpAddr::V6(Ipv4Addr::from(bits).to_ipv6_mapped())),
        (any::<u8>(), any::<u8>()).prop_map(|(a, b)| IpAddr::V4(Ipv4Addr::new(127, 0, a, b))),
        (any::<u8>(), any::<u8>()).prop_map(|(a, b)| IpAddr::V4(Ipv4Addr::new(169, 254, a, b))),
    ]
}

fn any_entry() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("localhost:*".to_owned()),
        Just("*.lan:1-1000".to_owned()),
        (any::<u32>(), 0u8..=32).prop_map(|(a, b)| format!("{}/{b}:*", Ipv4Addr::from(a))),
        (any::<u128>(), 0u8..=128)
            .prop_filter("mapped", |(a, _)| Ipv6Addr::from(*a).to_ipv4_mapped().is_none())
            .prop_map(|(a, b)| format!("{}/{b}:*", Ipv6Addr::from(a))),
    ]
}

proptest! {
    #[test]
    fn narrowing_never_widens(
        own in prop::collection::vec(any_entry(), 0..5),
        narrow in prop::collection::vec(any_entry(), 0..5),
        address in any_ip(), port in 1u16.., host in "[a-z]{1,3}(\\.lan)?",
    ) {
        let (own, narrow) = (Allowlist::parse(&own).unwrap(), Allowlist::parse(&narrow).unwrap());
        let gate = Gate::new(own.clone());
        gate.narrow(Some(narrow.clone()));
        let both = own.permits(&host, address, port) && narrow.permits(&host, address, port);
        prop_assert_eq!(gate.permits(&host, address, port), both);
    }

    #[test]
    fn mapped_and_plain_addresses_are_decided_alike(entries in prop::collection::vec(any_entry(), 0..5), bits in any::<u32>(), port in 1u16..) {
        let (list, plain) = (Allowlist::parse(&entries).unwrap(), Ipv4Addr::from(bits));
        prop_assert_eq!(
            list.permits("x", plain.into(), port),
            list.permits("x", plain.to_ipv6_mapped().into(), port)
        );
    }

    #[test]
    fn no_network_opens_loopback_or_link_local(wide in 0u8..8, a in any::<u8>(), b in any::<u8>()) {
        let list = Allowlist::parse(&[format!("127.0.0.1/{wide}:*"), format!("169.254.0.0/{wide}:*")]).unwrap();
        prop_assert!(!list.permits("x", Ipv4Addr::new(127, a, b, 1).into(), 80));
        prop_assert!(!list.permits("x", Ipv4Addr::new(169, 254, a, b).into(), 80));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<Pattern>();
    }
}

/// A tunnel to the server's own listeners was dialled like any other target.
#[test]
fn the_servers_own_addresses_are_targets_only_where_they_are_listed_exactly() {
    let gate = |entries: &[&str]| {
        let gate = Gate::new(list(entries));
        gate.server_is_at(&["192.0.2.7:7443".parse().unwrap(), "127.0.0.1:7443".parse().unwrap()]);
        gate
    };
    let wide =
        gate(&["localhost:*", "0.0.0.0/0:*", "::/0:*", "*.example.eu:*", "192.0.2.7:1-9999"]);
    for (host, at, port, may) in [
        ("192.0.2.7", "192.0.2.7", 7443, false),
        ("192.0.2.7", "192.0.2.7", 20_001, false),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7", 443, false),
        ("tun.example.eu", "192.0.2.7", 7443, false),
        ("localhost", "127.0.0.1", 7443, false),
        ("localhost", "::1", 7443, false),
        ("127.0.0.9", "127.0.0.9", 7443, false),
        ("localhost", "127.0.0.1", 80, true),
        ("192.0.2.8", "192.0.2.8", 7443, true),
    ] {
        assert_eq!(wide.permits(host, ip(at), port), may, "{host} {at} {port}");
    }
    let exact = gate(&["192.0.2.7:22,7443", "localhost:7443", "tun.example.eu:8443"]);
    for (host, at, port, may) in [
        ("192.0.2.7", "192.0.2.7", 7443, true),
        ("192.0.2.7", "192.0.2.7", 22, true),
        ("localhost", "127.0.0.1", 7443, true),
        ("tun.example.eu", "192.0.2.7", 8443, true),
        ("other.example.eu", "192.0.2.7", 8443, false),
        ("192.0.2.7", "192.0.2.7", 8443, false),
    ] {
        assert_eq!(exact.permits(host, ip(at), port), may, "{host} {at} {port}");
    }
    exact.narrow(Some(list(&["10.0.0.0/8:*"])));
    assert!(!exact.permits("192.0.2.7", ip("192.0.2.7"), 7443), "the server may still narrow");
}
