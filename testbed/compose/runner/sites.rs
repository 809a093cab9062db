//! The sites, as docker-compose.yml lays them out.

/// A private network behind a gateway, with a node and services in it.
#[derive(Debug)]
pub(crate) struct Site {
    /// Its name, and its node's.
    pub(crate) name: &'static str,
    /// Its services' address, as a target writes it.
    pub(crate) services: &'static str,
    /// The beginning of its gateway's outer address.
    pub(crate) wan: &'static str,
    /// The site whose network is written the same.
    pub(crate) twin: Option<&'static str>,
    /// The way out that its node has to find.
    pub(crate) way: &'static str,
}

pub(crate) const SITES: &[Site] = &[
    Site { name: "restricted", services: "10.11.0.20", wan: "203.0.113.", twin: None, way: "tls" },
    Site { name: "symmetric", services: "10.12.0.20", wan: "203.0.113.", twin: None, way: "tls" },
    Site { name: "cgnat", services: "10.13.0.20", wan: "100.64.0.", twin: None, way: "tls" },
    Site { name: "short", services: "10.14.0.20", wan: "203.0.113.", twin: None, way: "tls" },
    Site { name: "flaky", services: "10.15.0.20", wan: "203.0.113.", twin: None, way: "tls" },
    Site { name: "six", services: "[fd00:16::20]", wan: "fd00:113::", twin: None, way: "tls" },
    Site {
        name: "twin-a",
        services: "10.0.0.20",
        wan: "203.0.113.",
        twin: Some("twin-b"),
        way: "tls",
    },
    Site {
        name: "twin-b",
        services: "10.0.0.20",
        wan: "203.0.113.",
        twin: Some("twin-a"),
        way: "tls",
    },
    Site { name: "proxied", services: "10.17.0.20", wan: "203.0.113.", twin: None, way: "proxy" },
    Site { name: "filtered", services: "10.18.0.20", wan: "203.0.113.", twin: None, way: "wss" },
    Site { name: "balanced", services: "10.19.0.20", wan: "203.0.113.", twin: None, way: "wss" },
];

impl Site {
    pub(crate) fn node(&self) -> String {
        format!("node-{}", self.name)
    }

    pub(crate) fn gateway(&self) -> String {
        format!("gateway-{}", self.name)
    }
}
