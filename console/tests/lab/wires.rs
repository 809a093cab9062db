//! Nodes in network namespaces, each on a wire of its own to this machine, straight or through a router
//! that translates addresses. Everything goes with the value.

use super::{have, succeed};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A node's namespace, and its router's if it has one.
pub struct Wire {
    /// The node's namespace.
    pub node: String,
    /// This machine's address on the wire.
    pub host: String,
    /// This machine's end of the wire.
    device: String,
    router: Option<String>,
    /// The first three parts of the wire's addresses, and its block's first number.
    block: u32,
}

impl Wire {
    /// A wire straight to the node; None, with a printed reason, where that cannot be made.
    pub fn straight() -> Option<Self> {
        Self::new(false)
    }

    /// A router between that forgets connections which were silent for this many seconds.
    pub fn behind_nat(forgets: u32) -> Option<Self> {
        if !have("conntrack") {
            return None;
        }
        let wire = Self::new(true)?;
        let timeout = format!("net.netfilter.nf_conntrack_tcp_timeout_established={forgets}");
        for setting in ["net.ipv4.ip_forward=1", &timeout, "net.netfilter.nf_conntrack_tcp_loose=0"]
        {
            wire.at_router(&["sysctl", "-qw", setting]);
        }
        let nat = ["-t", "nat", "-A", "POSTROUTING", "-o", "up0", "-j", "MASQUERADE"];
        wire.at_router(&[&["iptables", "-w"], &nat[..]].concat());
        // What it has forgotten does not pass.
        let invalid = ["-A", "FORWARD", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP"];
        wire.at_router(&[&["iptables", "-w"], &invalid[..]].concat());
        Some(wire)
    }

    fn new(routed: bool) -> Option<Self> {
        if !have("ip") || !have("iptables") {
            return None;
        }
        // A block of its own per wire and process, of a range for documentation.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Relaxed);
        let tag = std::process::id().wrapping_mul(13).wrapping_add(number) % 60_000;
        let block = tag % 31 * 8;
        let wire = Self {
            node: format!("tcw{tag}"),
            host: format!("198.51.100.{}", block + 1),
            device: format!("tcw{tag}d"),
            router: routed.then(|| format!("tcr{tag}")),
            block,
        };
        if !Command::new("ip").args(["netns", "add", &wire.node]).status().unwrap().success() {
            println!("skipped: this user may not make network namespaces");
            return None;
        }
        if let Some(router) = &wire.router {
            ip(&["netns", "add", router]);
        }
        let far = wire.router.as_ref().unwrap_or(&wire.node);
        pair(("", &wire.device, &wire.host, "29"), (far, &wire.outside(2), "29"));
        if let Some(router) = &wire.router {
            pair((router, "lan", "10.77.0.1", "24"), (&wire.node, "10.77.0.2", "24"));
            ip(&["-n", &wire.node, "route", "add", "default", "via", "10.77.0.1"]);
            ip(&["-n", router, "link", "set", "lo", "up"]);
        }
        ip(&["-n", &wire.node, "link", "set", "lo", "up"]);
        Some(wire)
    }

    fn outside(&self, number: u32) -> String {
        format!("198.51.100.{}", self.block + number)
    }

    /// What a program of the node is started through.
    pub fn prefix(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.node]
    }

    /// Swallows what comes to the node, or lets it through again.
    pub fn swallow_in(&self, on: bool) {
        self.swallow("INPUT", "-i", on);
    }

    /// Swallows what leaves the node, or lets it through again.
    pub fn swallow_out(&self, on: bool) {
        self.swallow("OUTPUT", "-o", on);
    }

    fn swallow(&self, chain: &str, side: &str, on: bool) {
        let rule = [if on { "-I" } else { "-D" }, chain, "!", side, "lo", "-j", "DROP"];
        let mut command = Command::new("ip");
        succeed(command.args(&self.prefix()[1..]).args(["iptables", "-w"]).args(rule));
    }

    /// Pulls the plug, or puts it back in.
    pub fn plug(&self, is_in: bool) {
        ip(&["link", "set", &self.device, if is_in { "up" } else { "down" }]);
    }

    /// The router forgets every connection.
    pub fn forget(&self) {
        let router = self.router.as_ref().expect("a router");
        // Nothing to forget is an error of the program's.
        let _ = Command::new("ip").args(["netns", "exec", router, "conntrack", "-F"]).output();
    }

    /// The router starts anew and was given another address; returns it.
    pub fn renumber(&self) -> String {
        let router = self.router.as_ref().expect("a router");
        let (old, new) = (self.outside(2), self.outside(3));
        ip(&["-n", router, "addr", "add", &format!("{new}/29"), "dev", "up0"]);
        ip(&["-n", router, "addr", "del", &format!("{old}/29"), "dev", "up0"]);
        // The kernel took the second address away with the first, of which it was a part.
        let again = ["-n", router, "addr", "replace", &format!("{new}/29"), "dev", "up0"];
        ip(&again);
        self.forget();
        new
    }

    fn at_router(&self, command: &[&str]) {
        let router = self.router.as_ref().expect("a router");
        succeed(Command::new("ip").args(["netns", "exec", router]).args(command));
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        for namespace in self.router.iter().chain([&self.node]) {
            let _ = Command::new("ip").args(["netns", "del", namespace]).status();
        }
        // What lives on in a namespace of a program that has not ended yet.
        let _ = Command::new("ip").args(["link", "del", &self.device]).output();
    }
}

/// Joins two namespaces (or this machine: an empty name) by a wire with an address at either end.
fn pair(
    (from, device, address, bits): (&str, &str, &str, &str),
    (to, other, at): (&str, &str, &str),
) {
    let here = |args: &[&str]| match from {
        "" => ip(args),
        namespace => ip(&[&["-n", namespace], args].concat()),
    };
    here(&["link", "add", device, "type", "veth", "peer", "name", "up0", "netns", to]);
    here(&["addr", "add", &format!("{address}/{bits}"), "dev", device]);
    here(&["link", "set", device, "up"]);
    ip(&["-n", to, "addr", "add", &format!("{other}/{at}"), "dev", "up0"]);
    ip(&["-n", to, "link", "set", "up0", "up"]);
}

fn ip(args: &[&str]) {
    succeed(Command::new("ip").args(args));
}
