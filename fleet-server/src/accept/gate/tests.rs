//! The bounds of the gate, who makes room for whom, and who pays.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;

fn source(n: u32) -> IpAddr {
    IpAddr::from(n.to_be_bytes())
}

fn full_of(gate: &Arc<Gate>, from: IpAddr, now: Instant) -> Vec<Ticket> {
    std::iter::from_fn(|| Gate::enter(gate, from, now).ok()).collect()
}

fn bar(gate: &Gate, from: IpAddr, now: Instant) {
    for _ in 0..3 {
        gate.fault(from, Fault::Auth, now);
    }
}

#[test]
fn a_fast_crowd_is_shed_and_a_dawdler_makes_room() {
    let (gate, start) = (Arc::new(Gate::default()), Instant::now());
    let crowd = full_of(&gate, source(1), start);
    assert_eq!(crowd.len(), PER_SOURCE);
    assert!(Gate::enter(&gate, source(2), start).is_ok(), "others have their own share");
    for ticket in &crowd {
        assert_eq!(ticket.heard(start), Some(Duration::ZERO));
    }
    assert!(Gate::enter(&gate, source(1), start + UNHEARD).is_err(), "they are at work");
    let newcomer = Gate::enter(&gate, source(1), start + DAWDLES).unwrap();
    assert!(crowd[0].evicted.is_cancelled() && !crowd[1].evicted.is_cancelled());
    drop((crowd, newcomer));
    assert_eq!(gate.counts(start), (0, 0));
    let inner = lock(&gate.inner);
    assert!(inner.by_source.is_empty() && inner.unheard.is_empty());
}

#[test]
fn who_has_not_greeted_makes_room_first_and_soon() {
    let (gate, start) = (Arc::new(Gate::default()), Instant::now());
    let crowd = full_of(&gate, source(1), start);
    assert!(crowd[0].heard(start).is_some());
    let newcomer = Gate::enter(&gate, source(1), start + UNHEARD).unwrap();
    assert!(!crowd[0].evicted.is_cancelled() && crowd[1].evicted.is_cancelled());
    drop(newcomer);
}

#[test]
fn the_whole_set_is_bounded() {
    let (gate, start) = (Arc::new(Gate::default()), Instant::now());
    let all: Vec<_> = (0..u32::try_from(MAX_PRE_AUTH).unwrap() + 10)
        .filter_map(|n| Gate::enter(&gate, source(n), start).ok())
        .collect();
    assert_eq!((all.len(), gate.counts(start).0), (MAX_PRE_AUTH, MAX_PRE_AUTH));
    assert!(Gate::enter(&gate, source(70_000), start + UNHEARD).is_ok(), "the silent make room");
}

#[test]
fn one_ipv6_site_is_one_source() {
    let a = share("2001:db8:1:2:3::4".parse().unwrap());
    assert_eq!(a, share("2001:db8:1:2:ffff::9".parse().unwrap()));
    assert_ne!(a, share("2001:db8:1:3::4".parse().unwrap()));
}

#[test]
fn three_noisy_sources_are_barred_and_their_neighbours_are_not() {
    let (gate, now) = (Arc::new(Gate::default()), Instant::now());
    let site = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 1, 0, 0, 0, n]);
    for n in 1..=3 {
        bar(&gate, source(n.into()), now);
        bar(&gate, site(n), now);
    }
    assert_eq!(gate.counts(now).1, 4, "three addresses and one /64");
    for n in 1..=3 {
        assert_eq!(Gate::enter(&gate, source(n), now).err(), Some(Turned::Barred));
    }
    assert_eq!(Gate::enter(&gate, site(9), now).err(), Some(Turned::Barred));
    assert!(Gate::enter(&gate, source(4), now).is_ok());
    let elsewhere = IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, 1]);
    assert!(Gate::enter(&gate, elsewhere, now).is_ok());
}

#[test]
fn a_site_with_a_proven_peer_is_not_barred_while_he_is_there() {
    let (gate, now) = (Arc::new(Gate::default()), Instant::now());
    let proven = Gate::enter(&gate, source(1), now).unwrap().proven();
    let second = Gate::enter(&gate, source(1), now).unwrap().proven();
    bar(&gate, source(1), now);
    drop(second);
    assert!(Gate::enter(&gate, source(1), now).is_ok());
    drop(proven);
    assert_eq!(Gate::enter(&gate, source(1), now).err(), Some(Turned::Barred));
}

#[test]
fn an_exempt_network_never_pays() {
    let gate = Arc::new(Gate::new(&["10.0.0.0/8".parse().unwrap()]));
    let now = Instant::now();
    bar(&gate, "10.1.2.3".parse().unwrap(), now);
    assert_eq!(gate.counts(now).1, 0);
    assert!(Gate::enter(&gate, "10.1.2.3".parse().unwrap(), now).is_ok());
}

#[test]
fn a_crowd_of_strangers_leaves_the_known_their_turns() {
    let (gate, now) = (Arc::new(Gate::default()), Instant::now());
    let proven = Gate::enter(&gate, source(1), now).unwrap().proven();
    let stranger = Gate::enter(&gate, source(2), now).unwrap();
    let known = Gate::enter(&gate, source(1), now).unwrap();
    while stranger.heard(now).is_some() {}
    assert_eq!(known.heard(now), Some(Duration::ZERO));
    drop(proven);
    assert_eq!(known.heard(now), None, "with nobody proven there it is a stranger's source");
}
