//! What must hold of the agent's own texts: `agent.toml`, and the allowlist. No text opens a way to an
//! address that must never be reached.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a finding")]

use crate::harness::{Case, Parser};
use agent::Config;
use agent::targets::{Allowlist, Gate};
use std::net::IpAddr;
use std::path::Path;
use wire::{SafeText, Target};

pub(crate) fn agent_toml() -> Case {
    Parser::new("agent-toml", 16 * 1024).holds(move |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(config) = Config::parse(Path::new("/nowhere"), &text) else { return };
        assert!(config.server.len() <= 8 && config.tunnels > 0);
        assert!(config.server.iter().all(|server| server.parse::<Target>().is_ok()));
        assert!(Allowlist::parse(&config.allow).is_ok());
    })
}

/// What no entry may open, however it is written.
const NEVER: [&str; 7] = [
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::",
    "ff02::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
];
/// What only an entry of its own opens.
const EXACT: [&str; 3] = ["169.254.169.254", "fe80::1", "fd00:ec2::254"];

pub(crate) fn allowlists() -> Case {
    Parser::new("targets", 4096).holds(move |input| {
        let text = String::from_utf8_lossy(input);
        let entries: Vec<&str> = text.lines().collect();
        let parsed = Allowlist::parse(&entries);
        let cleaned: Vec<SafeText> = entries.iter().map(|entry| SafeText::clean(entry)).collect();
        for list in [parsed.clone().unwrap_or_default(), Allowlist::from_peer(&cleaned)] {
            for never in NEVER {
                let ip: IpAddr = never.parse().unwrap();
                assert!(!list.permits(never, ip, 80), "{never}");
                assert!(!list.permits("name.lan", ip, 80), "{never} by a name");
            }
            for exact in EXACT {
                let ip: IpAddr = exact.parse().unwrap();
                let named = entries.iter().any(|entry| spells(entry, ip));
                assert!(named || !list.permits(exact, ip, 80), "{exact}");
            }
            // A narrowing list never widens.
            let gate = Gate::new(Allowlist::parse(&["localhost:22"]).unwrap());
            gate.narrow(Some(list));
            assert!(!gate.permits("10.0.0.1", "10.0.0.1".parse().unwrap(), 22));
        }
    })
}

/// Whether an entry is about this one address.
fn spells(entry: &str, ip: IpAddr) -> bool {
    let host = entry.rsplit_once(':').map_or(entry, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let (address, bits) = host.split_once('/').unwrap_or((host, ""));
    let single = matches!(bits, "" | "32" | "128" | "032" | "0128")
        || bits.parse().is_ok_and(|bits: u8| bits == 32 || bits == 128);
    single && address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical() == ip)
}
