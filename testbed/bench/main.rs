//! The benchmark: our published port and forward against plain proxies and installed peers, in one
//! run, interleaved, judged by ratios. Every party is its own process, started by this program.
//!
//! It never passes or fails on absolute time.

mod connect;
mod load;
mod ours;
mod peers;
mod process;
mod report;
mod roles;
mod rounds;
mod storm;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

// The same allocator as the shipped binary: it is part of what is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the data plane against other ways through the same machine.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    #[command(subcommand)]
    role: Option<Role>,
    /// Write the rows as JSON lines to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Interleaved rounds; a verdict needs five.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Agents that come back at once after the server was killed.
    #[arg(long, default_value_t = 10_000)]
    agents: usize,
    /// How often it is killed.
    #[arg(long, default_value_t = 5)]
    storms: usize,
    /// Nodes with a busy tunnel that are revoked in the middle of each storm.
    #[arg(long, default_value_t = 10)]
    revoked: usize,
    /// Shorter measurements: a smoke test, no verdict.
    #[arg(long)]
    quick: bool,
    /// Only configurations whose name contains one of these; memory and storm count as one each.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// What a child process of the benchmark is.
#[derive(Debug, Clone, Subcommand)]
#[command(hide = true)]
enum Role {
    /// Echo, source and sink.
    #[command(hide = true)]
    Target,
    /// One plain tokio proxy.
    #[command(hide = true)]
    Proxy {
        /// Where to.
        to: std::net::SocketAddr,
    },
    /// The fleet server.
    #[command(hide = true)]
    Server {
        /// Its data directory.
        dir: PathBuf,
        /// Where it listens; 0 for any.
        #[arg(default_value_t = 0)]
        port: u16,
        /// Lanes that agents keep.
        #[arg(default_value_t = 1)]
        warm_lanes: u32,
    },
    /// Agents, one per state directory.
    #[command(hide = true)]
    Agents {
        /// State directories of enrolled nodes.
        dirs: Vec<PathBuf>,
    },
    /// An operator's forward.
    #[command(hide = true)]
    Forward {
        /// The server's data directory (for the admin's identity).
        dir: PathBuf,
        /// The server's address.
        server: String,
        /// The node.
        node: String,
        /// The target's port there.
        port: u16,
    },
}

fn main() -> Result<()> {
    link::memory::small_pages();
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        match args.role {
            Some(role) => roles::run(role).await,
            None => {
                let (agents, storms, revoked) = (args.agents, args.storms, args.revoked);
                let storm = storm::Size { agents, storms, revoked, calm: storm::CALM };
                let plan = rounds::Plan::new(args.rounds, args.quick, storm, args.only);
                let rows = rounds::run(&plan).await?;
                report::write(&rows, args.json.as_deref())
            }
        }
    })
}
