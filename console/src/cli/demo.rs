//! `demo`: a server, nodes and real services in this process. With a terminal it opens the console
//! on live traffic; `--serve` waits for other shells, `--headless` does the tour. Nothing of it is
//! left behind.

use super::Run;
use super::console::{as_asked, exit, has_terminal};
use super::runtime::{Ending, many};
use crate::ctx::{contexts, local};
use crate::exit::{Exit, Failure, Result};
use crate::tui::{self, Options};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use testbed::demo::{self, Chaos, Demo, Step, tour};

/// The context of a demo that serves, unless that name is taken.
const CONTEXT: &str = "demo";

/// How to show it.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many nodes to start; those beyond 50 only stay connected
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=5000))]
    nodes: u16,
    /// Do the tour without a terminal: one line per step, non-zero at the first that fails
    #[arg(long, conflicts_with_all = ["nodes", "serve", "chaos"])]
    headless: bool,
    /// Serve until Ctrl-C instead of opening the console, with a context for other shells
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:0", value_parser = loopback)]
    serve: Option<SocketAddr>,
    /// Let the nodes' networks fail, now and then or all the time
    #[arg(long, value_name = "LEVEL")]
    chaos: Option<Weather>,
    /// Where the chance of --chaos begins: the same number brings the same faults
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
}

/// How often something fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Weather {
    /// About every ten seconds.
    Low,
    /// About every second.
    High,
}

impl DemoArgs {
    fn options(&self) -> demo::Options {
        demo::Options {
            nodes: usize::from(self.nodes),
            listen: self.serve,
            chaos: self.chaos.map(|weather| match weather {
                Weather::Low => Chaos::Low,
                Weather::High => Chaos::High,
            }),
            seed: self.seed,
        }
    }
}

fn loopback(text: &str) -> std::result::Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "expected IP:PORT".to_owned())?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("a demo stays on the loopback: 127.0.0.1:PORT".to_owned()),
    }
}

/// `demo`.
///
/// # Errors
/// A step of the tour failed, or there is no terminal for the console.
pub fn run(args: &DemoArgs, run: &Run) -> Result {
    if args.headless {
        return headless(run);
    }
    if args.serve.is_some() {
        return many(serve(args, run));
    }
    if !has_terminal() {
        return Err(Failure::usage("the demo opens the console, and there is no terminal")
            .hint("tunnelctl demo --headless     does the tour without one"));
    }
    let ended = many(async {
        let demo = start(args, run).await?;
        let access = demo.access().map_err(|error| failed(&error));
        let shown = match access {
            Ok(access) => {
                let console = as_asked(Options::new(Ok(access), "demo".to_owned()), run);
                tui::run(console).await.map_err(|error| failed(&error))
            }
            Err(failure) => Err(failure),
        };
        let finished = demo.finish().await.map_err(|error| failed(&error));
        shown.and_then(|ended| finished.map(|()| ended))
    })?;
    Ok(exit(ended))
}

async fn start(args: &DemoArgs, run: &Run) -> Result<Demo> {
    run.out.aside(&format!("starting a server, {} nodes and traffic …", args.nodes));
    Demo::start(&args.options()).await.map_err(|error| failed(&error))
}

/// Serves until a signal, with a context that goes with it.
async fn serve(args: &DemoArgs, run: &Run) -> Result {
    let mut ending = Ending::without_hangup()?;
    let demo = tokio::select! {
        biased;
        signal = ending.next() => return Ok(Exit::Signal(signal)),
        demo = start(args, run) => demo?,
    };
    let served = match write_context(&demo) {
        Ok(context) => {
            let told = tell_where(args, run, &demo, &context);
            let signal = match &told {
                Ok(()) => Some(ending.next().await),
                Err(_) => None,
            };
            let removed = contexts::remove(&context);
            told.and(removed).map(|()| signal.map_or(Exit::Ok, Exit::Signal))
        }
        Err(failure) => Err(failure),
    };
    demo.finish().await.map_err(|error| failed(&error))?;
    served
}

fn write_context(demo: &Demo) -> Result<String> {
    let admin = demo.admin().map_err(|error| failed(&error))?;
    let address = demo.address().map_err(|error| failed(&error))?;
    Ok(local::write(CONTEXT, admin, &[address.to_string()])?.name)
}

fn tell_where(args: &DemoArgs, run: &Run, demo: &Demo, context: &str) -> Result<()> {
    let address = demo.address().map_err(|error| failed(&error))?;
    let shape = serde_json::json!({
        "address": address,
        "nodes": args.nodes,
        "seed": args.seed,
        "context": context,
        "web": demo.web,
    });
    run.out.single("Demo", context, &shape, |out| {
        let tick = out.look.tick();
        let (nodes, seed, web) = (args.nodes, args.seed, demo.web.port());
        out.line(&format!("{tick} demo server {address}, {nodes} nodes, seed {seed}   context {context} (this shell: eval \"$(tunnelctl context use {context} --shell)\")"))?;
        out.line(&format!("  try:  tunnelctl -c {context}            the console"))?;
        out.line(&format!("        tunnelctl -c {context} forward web1 8080:127.0.0.1:{web} & curl localhost:8080"))?;
        out.line("  Ctrl-C removes it all")
    })
}

fn headless(run: &Run) -> Result {
    if run.out.is_structured() {
        run.out.stream_header()?;
    }
    many(async {
        let mut ending = Ending::without_hangup()?;
        let mut broken_pipe = None;
        let touring = tour(|step| {
            if let Err(failure) = tell(run, step) {
                broken_pipe.get_or_insert(failure);
            }
        });
        let done = tokio::select! {
            biased;
            signal = ending.next() => return Ok(Exit::Signal(signal)),
            done = touring => done,
        };
        match (done, broken_pipe) {
            (Err(error), _) => Err(failed(&error)),
            (Ok(()), Some(failure)) => Err(failure),
            (Ok(()), None) => Ok(Exit::Ok),
        }
    })
}

fn tell(run: &Run, step: &Step) -> Result<()> {
    if run.out.is_structured() {
        return run.out.json_line(step);
    }
    let Step { step: name, value, unit, .. } = step;
    run.out.line(&format!("{} {name:<18} {value:>10.2} {unit}", run.out.look.tick()))
}

fn failed(error: &anyhow::Error) -> Failure {
    Failure::new(Exit::Failed, format!("the demo failed at {error:#}"))
        .hint("tunnelctl demo --headless -vv     shows what happened")
}
