//! `demo`: a server, nodes and real services in this process. With a terminal it opens the console
//! on live traffic; `--headless` does the tour. Nothing of it is left behind.

use super::Run;
use super::console::{as_asked, exit, has_terminal};
use super::runtime::{Ending, many};
use crate::exit::{Exit, Failure, Result};
use crate::tui::{self, Options};
use clap::Args;
use testbed::demo::{Demo, Step, tour};

/// How to show it.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many nodes to start
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=50))]
    nodes: u16,
    /// Do the tour without a terminal: one line per step, non-zero at the first that fails
    #[arg(long, conflicts_with = "nodes")]
    headless: bool,
}

/// `demo`.
///
/// # Errors
/// A step of the tour failed, or there is no terminal for the console.
pub fn run(args: &DemoArgs, run: &Run) -> Result {
    if args.headless {
        return headless(run);
    }
    if !has_terminal() {
        return Err(Failure::usage("the demo opens the console, and there is no terminal")
            .hint("tunnelctl demo --headless     does the tour without one"));
    }
    let options = testbed::demo::Options { nodes: usize::from(args.nodes), traffic: true };
    let ended = many(async {
        run.out.aside("starting a server, nodes and traffic …");
        let demo = Demo::start(&options).await.map_err(|error| failed(&error))?;
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
