//! The forwards this console owns: what they lead to, how they fare.

use crate::cli::human;
use crate::forwards::Shown;
use link::forward::{Event, Kind, OnDrop, Place, Spec, Through};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use wire::message::tunnel::OpenTo;
use wire::message::view::EndsView;
use wire::{SafeText, TunnelId, UnixMs};

/// The number of a forward in this console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Local(pub u32);

/// Where a forward stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Being bound.
    Starting,
    /// Accepting and carrying.
    Ready,
    /// Accepting; the other side is away.
    Waiting {
        /// What is away and why.
        reason: String,
        /// How long new connections wait.
        hold: Option<Duration>,
    },
    /// Could not be bound.
    Failed(String),
}

/// One forward.
#[derive(Debug, Clone)]
pub struct MyForward {
    /// Where it was asked to listen, or does.
    pub listen: Place,
    /// `fwd` or `socks`.
    pub kind: &'static str,
    /// The node.
    pub via: String,
    /// The target; `*` for a proxy.
    pub target: String,
    /// Where it stands.
    pub state: State,
    /// Tunnels opened so far.
    pub total: u64,
    /// Bytes of tunnels that ended, towards the target and from it.
    pub ended: (u64, u64),
    /// Open tunnels.
    pub open: HashMap<TunnelId, ()>,
    /// Why the newest connection got no tunnel, and when.
    pub refused: Option<(UnixMs, String)>,
    /// How soon what it leads to may not be reached any more.
    pub ends: Option<EndsView>,
    /// The command line that does the same.
    pub command: String,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Forwards {
    rows: BTreeMap<Local, MyForward>,
    next: u32,
}

impl Forwards {
    /// A new one, not yet bound.
    pub fn add(&mut self, spec: &Spec, command: String) -> Local {
        let Shown { kind, via, target, .. } = Shown::of(spec);
        let target = if kind == "socks" { "*".to_owned() } else { target };
        self.next += 1;
        let row = MyForward {
            listen: spec.listen.clone(),
            kind,
            via,
            target,
            state: State::Starting,
            total: 0,
            ended: (0, 0),
            open: HashMap::new(),
            refused: None,
            ends: None,
            command,
        };
        self.rows.insert(Local(self.next), row);
        Local(self.next)
    }

    /// It is bound.
    pub fn listening(&mut self, forward: Local, address: Place) {
        if let Some(row) = self.rows.get_mut(&forward) {
            row.listen = address;
            row.state = State::Ready;
        }
    }

    /// It could not be bound.
    pub fn failed(&mut self, forward: Local, why: String) {
        if let Some(row) = self.rows.get_mut(&forward) {
            row.state = State::Failed(why);
        }
    }

    /// Forgets it.
    pub fn remove(&mut self, forward: Local) -> Option<MyForward> {
        self.rows.remove(&forward)
    }

    /// Takes in news of one.
    pub fn apply(&mut self, forward: Local, event: Event, wall: UnixMs) {
        let Some(row) = self.rows.get_mut(&forward) else { return };
        match event {
            Event::Listening { address } => row.listen = address,
            Event::Opened { tunnel, .. } => {
                row.total += 1;
                row.open.insert(tunnel, ());
                row.state = State::Ready;
            }
            Event::Closed { tunnel, up, down, .. } => {
                row.open.remove(&tunnel);
                row.ended.0 = row.ended.0.saturating_add(up);
                row.ended.1 = row.ended.1.saturating_add(down);
            }
            Event::Refused { refusal, .. } => row.refused = Some((wall, refusal.to_string())),
            Event::Lost { reason, hold } => row.state = State::Waiting { reason, hold },
            Event::Back { .. } => row.state = State::Ready,
            Event::Done => row.state = State::Failed("its time is over".to_owned()),
            Event::Over { refusal, .. } => row.state = State::Failed(refusal.to_string()),
            Event::Ending(ends) => row.ends = Some(ends),
            Event::Extended => row.ends = None,
            Event::Traced { .. } => {}
        }
    }

    /// All, oldest first.
    pub fn all(&self) -> impl Iterator<Item = (Local, &MyForward)> {
        self.rows.iter().map(|(local, row)| (*local, row))
    }

    /// One.
    pub fn get(&self, forward: Local) -> Option<&MyForward> {
        self.rows.get(&forward)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many wait for something to come back.
    pub fn waiting(&self) -> usize {
        self.rows.values().filter(|row| matches!(row.state, State::Waiting { .. })).count()
    }

    /// Whether a tunnel belongs to one of them.
    pub fn own(&self, tunnel: TunnelId) -> bool {
        self.rows.values().any(|row| row.open.contains_key(&tunnel))
    }
}

/// The command line of a forward, as it would be typed.
pub fn command_line(spec: &Spec) -> String {
    let listen = match &spec.listen {
        Place::Net(at) if at.is_ipv4() && at.ip().is_loopback() => at.port().to_string(),
        place => quoted(&place.to_string()),
    };
    let mut line = match &spec.kind {
        Kind::Fixed(OpenTo::Node { node, target }) => {
            format!("tunnelctl forward {node} {listen}:{target}")
        }
        Kind::Fixed(OpenTo::Port(name)) => {
            format!("tunnelctl forward port/{name} {listen}")
        }
        Kind::Fixed(OpenTo::Through { node, target, via }) => {
            let via: Vec<&str> = via.iter().map(SafeText::as_str).collect();
            format!("tunnelctl forward {node} {listen}:{target} --via {}", via.join(","))
        }
        // Not to be had by a forward.
        Kind::Fixed(OpenTo::Listen { .. } | OpenTo::Arrival { .. } | OpenTo::Share { .. }) => {
            String::new()
        }
        Kind::Share { to, from, lasts, anyone_really } => {
            let from: String = from.iter().map(|net| format!(" --from {net}")).collect();
            let really = if *anyone_really { " --anyone-really" } else { "" };
            format!("tunnelctl share {to} --for {}{from}{really}", human::duration(*lasts))
        }
        Kind::Reverse { node, to } => format!("tunnelctl reverse {node} {} {to}", spec.listen),
        // No command line makes one; a file does.
        Kind::Group(group, target) => format!("tunnelctl forward -f FILE   # {group} {target}"),
        Kind::Proxy { through: Through::Fleet, .. } => {
            format!("tunnelctl socks --listen {}", spec.listen)
        }
        Kind::Proxy { through: Through::Group(group), .. } => {
            let labels: Vec<String> =
                group.to_string().split(' ').map(|label| format!("-l {label}")).collect();
            format!("tunnelctl socks {} --listen {}", labels.join(" "), spec.listen)
        }
        Kind::Proxy { through: Through::Node(node), .. } => {
            format!("tunnelctl socks {node} --listen {}", spec.listen)
        }
    };
    if spec.on_drop == OnDrop::Close {
        line.push_str(" --on-drop close");
    }
    for (flag, value) in [("--idle", spec.idle), ("--max", spec.max)] {
        if let Some(value) = value {
            line.push_str(&format!(
                " {flag} {}",
                humantime::format_duration(value).to_string().replace(' ', "")
            ));
        }
    }
    if let Some(note) = &spec.note {
        line.push_str(&format!(" --note {}", quoted(note.as_str())));
    }
    line
}

/// A word for a shell.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | '@' | ',')
    };
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
