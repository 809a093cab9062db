//! The demo: a server, nodes and real services in one process on loopback, with live traffic; and
//! the tour, which does the product's main job step by step and measures each. Leaves nothing behind.

mod tour;
mod traffic;

use crate::fleet::Fleet;
use crate::service;
use anyhow::Result;
use link::operator::Access;
use std::net::SocketAddr;

pub use tour::{Step, tour};

/// What the demo starts with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Nodes to enrol.
    pub nodes: usize,
    /// Keep traffic flowing through them.
    pub traffic: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { nodes: 3, traffic: true }
    }
}

/// A running demo.
pub struct Demo {
    fleet: Fleet,
    /// The nodes' names.
    pub nodes: Vec<String>,
    /// A web server behind the first node, reachable only through it.
    pub web: SocketAddr,
}

impl Demo {
    /// Brings everything up.
    ///
    /// # Errors
    /// Any part does not start.
    pub async fn start(options: &Options) -> Result<Self> {
        let mut fleet = Fleet::start().await?;
        let nodes: Vec<String> = (1..=options.nodes).map(|n| format!("web{n}")).collect();
        let web = service::web(fleet.shutdown(), &nodes[0]).await?;
        for name in &nodes {
            fleet.add(name).await?;
        }
        if options.traffic {
            traffic::start(&mut fleet, &nodes).await?;
        }
        Ok(Self { fleet, nodes, web })
    }

    /// How a console or command line reaches the server.
    ///
    /// # Errors
    /// The admin's files can't be read.
    pub fn access(&self) -> Result<Access> {
        self.fleet.access()
    }

    /// The server's TLS address.
    ///
    /// # Errors
    /// The server is down.
    pub fn address(&self) -> Result<SocketAddr> {
        self.fleet.address()
    }

    /// The admin's files, for a context of another process.
    ///
    /// # Errors
    /// The server is down.
    pub fn admin(&self) -> Result<&fleet_server::server::AdminIdentity> {
        Ok(self.fleet.server()?.admin())
    }

    /// Stops it all and removes its directory.
    ///
    /// # Errors
    /// Tasks are left over.
    pub async fn finish(self) -> Result<()> {
        self.fleet.finish().await
    }
}
