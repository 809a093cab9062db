//! Does the effects that wait for something; each in an owned task with a deadline.

use super::clip;
use super::data::forwards::Local;
use super::msg::{Answer, Failure, Job, Msg};
use super::net::Live;
use crate::forwards::{Board, Desk, OwnerKind, Shown, Words};
use link::Shutdown;
use link::forward::{self, Forward, Place, Spec};
use link::operator::{Access, Operator, OperatorError};
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::mpsc;
use wire::ForwardId;
use wire::message::operator::Request;

/// No answer is waited for longer, whatever the access says.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs effects.
#[derive(Debug)]
pub struct Runner {
    access: Option<Access>,
    live: Option<Live>,
    out: mpsc::Sender<Msg>,
    shutdown: Shutdown,
    forwards: HashMap<Local, Shutdown>,
    /// What others see of them.
    board: Board,
    desk: Option<Desk>,
}

impl Runner {
    /// A runner whose tasks belong to `shutdown`.
    pub fn new(
        access: Option<Access>,
        live: Option<Live>,
        out: mpsc::Sender<Msg>,
        shutdown: Shutdown,
    ) -> Self {
        let (forwards, board) = (HashMap::new(), Board::new(OwnerKind::Console));
        Self { access, live, out, shutdown, forwards, board, desk: None }
    }

    /// Where its tasks belong.
    pub const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    fn operator(&self) -> Option<Operator> {
        self.live.as_ref().and_then(|live| live.borrow().clone())
    }

    /// Runs `work` and sends its answer.
    fn answer<F>(&self, job: Job, work: F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let (out, stop) = (self.out.clone(), self.shutdown.clone());
        self.shutdown.spawn("console effect", async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                answer = tokio::time::timeout(DEADLINE, work) => {
                    let answer = answer.unwrap_or_else(|_| Answer::Failed(Failure::Unknown("no answer in time".to_owned())));
                    // A console that is gone needs no answer.
                    let _ = out.send(Msg::Done { job, answer }).await;
                }
            }
        });
    }

    /// Asks the server.
    pub fn ask(&self, job: Job, request: Request) {
        let operator = self.operator();
        self.answer(job, async move {
            let Some(operator) = operator else {
                return Answer::Failed(Failure::Other("not connected".to_owned()));
            };
            match operator.request(request).await {
                Ok(reply) => Answer::Reply(Box::new(reply)),
                Err(error) => Answer::Failed(failure(error)),
            }
        });
    }

    /// Tries whether an address can be bound.
    pub fn check_listen(&self, job: Job, listen: SocketAddr) {
        self.answer(job, async move {
            match TcpListener::bind(listen) {
                Ok(_) => Answer::PortFree,
                Err(error) => Answer::PortTaken(taken(&listen.into(), &error)),
            }
        });
    }

    /// Starts a forward and passes on what happens to it.
    pub fn open_forward(&mut self, job: Job, local: Local, spec: Spec) {
        let Some(access) = self.access.clone() else { return };
        self.show_forwards();
        let (operator, out, stop) = (self.operator(), self.out.clone(), self.shutdown.child());
        self.forwards.insert(local, stop.clone());
        let board = self.board.clone();
        self.shutdown.spawn("console forward", async move {
            let shown = Shown::of(&spec);
            let answer = match forward::start(spec.clone(), access, operator, &stop).await {
                Ok(running) => {
                    let listening = Answer::Listening(running.address.clone());
                    let _ = out.send(Msg::Done { job, answer: listening }).await;
                    pass_on((local, &shown), running, &board, &out, &stop).await;
                    // A console that is gone needs no news.
                    let _ = out.send(Msg::Stopped(local)).await;
                    return;
                }
                Err(error) => Answer::Failed(Failure::Other(taken(&spec.listen, &error))),
            };
            let _ = out.send(Msg::Done { job, answer }).await;
        });
    }

    /// From the first forward on, others may ask about them.
    fn show_forwards(&mut self) {
        if self.desk.is_some() {
            return;
        }
        match Desk::open(&self.board, &self.shutdown) {
            Ok(desk) => self.desk = Some(desk),
            Err(failure) => {
                tracing::warn!(%failure, "tunnelctl forward list will not show this console's");
            }
        }
    }

    /// Stops a forward.
    pub fn close_forward(&mut self, local: Local) {
        if let Some(stop) = self.forwards.remove(&local) {
            stop.cancel();
        }
    }

    /// Gives text to a clipboard program.
    pub fn copy(&self, job: Job, way: clip::Way, text: String) {
        self.answer(job, async move {
            let clip::Way::Program(argv) = way else {
                return Answer::Failed(Failure::Other(
                    "too long for the terminal's clipboard".to_owned(),
                ));
            };
            match clip::feed(argv, &text).await {
                Ok(()) => Answer::Copied(way.name()),
                Err(why) => Answer::Failed(Failure::Other(why)),
            }
        });
    }
}

/// Tells the console and whoever attached what happens to a forward, until it ends.
async fn pass_on(
    (local, shown): (Local, &Shown),
    mut running: Forward,
    board: &Board,
    out: &mpsc::Sender<Msg>,
    stop: &Shutdown,
) {
    let (id, mut words) = (ForwardId::from_random(crate::exit::random()), Words::plain());
    let shown = Shown { rule: running.rule, ..shown.clone() };
    board.add(id, &shown, stop.clone());
    let address = running.address.to_string();
    board.bound(id, &address, &shown, running.traffic.clone());
    board.tell(words.listening(id, &address, &shown));
    loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            event = running.events.recv() => event,
        };
        let Some(event) = event else { break };
        board.apply(id, &event);
        words.event(id, &event).into_iter().for_each(|news| board.tell(news));
        if out.send(Msg::Forward { forward: local, event }).await.is_err() {
            break;
        }
    }
    board.tell(words.closed(id, "it was stopped"));
    board.remove(id);
}

fn taken(listen: &Place, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("{listen} is in use"),
        std::io::ErrorKind::PermissionDenied => format!("{listen} needs more rights"),
        _ => format!("{listen}: {error}"),
    }
}

fn failure(error: OperatorError) -> Failure {
    match error {
        OperatorError::Refused(refusal) | OperatorError::Open { refusal, .. } => {
            Failure::Refused(refusal)
        }
        OperatorError::Lost | OperatorError::Timeout(_) => Failure::Unknown(error.to_string()),
        OperatorError::Dial(_) | OperatorError::Unsupported | OperatorError::Protocol(_) => {
            Failure::Other(error.to_string())
        }
    }
}
