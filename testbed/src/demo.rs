//! The demo: a server, nodes and real services in one process on loopback, with live traffic; and
//! the tour, which does the product's main job step by step and measures each. Leaves nothing behind.

mod chaos;
mod tour;
mod traffic;

use crate::fleet::Fleet;
use crate::service;
use anyhow::Result;
use link::operator::Access;
use std::net::SocketAddr;

pub use chaos::Chaos;
pub use tour::{Step, tour};

/// Nodes that have weather of their own and carry traffic; those beyond only stay connected.
const LIVELY: usize = 50;

/// What the demo starts with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Nodes to enrol.
    pub nodes: usize,
    /// Where the server listens; any free port of the loopback where it is not said.
    pub listen: Option<SocketAddr>,
    /// What happens to the nodes' networks.
    pub chaos: Option<Chaos>,
    /// Where its chance begins.
    pub seed: u64,
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
        let mut fleet = Fleet::with(|config| {
            config.listen.splice(.., options.listen.or(config.listen.first().copied()));
            if options.nodes > LIVELY {
                // A socket for each is what many may cost.
                config.warm_lanes = 0;
            }
        })
        .await?;
        let nodes: Vec<String> = (1..=options.nodes).map(|n| format!("web{n}")).collect();
        let (lively, quiet) = nodes.split_at(nodes.len().min(LIVELY));
        let web = service::web(fleet.shutdown(), &nodes[0]).await?;
        for name in lively {
            fleet.add(name).await?;
        }
        if !quiet.is_empty() {
            fleet.crowd(quiet).await?;
        }
        traffic::start(&mut fleet, lively).await?;
        if let Some(chaos) = options.chaos {
            chaos::start(&fleet, lively, chaos, options.seed);
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
