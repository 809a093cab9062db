//! Published ports: one listener per stored port, bound before anything else and owned by the stored
//! port, never by a connection. Visitors are handled in `ports::visitor`.

mod hold;
mod listener;
mod numbers;
mod visitor;

pub(crate) use listener::bind;
pub(crate) use numbers::{Reserved, choose};
pub(crate) use visitor::STALL;

use crate::core::{Core, lock};
use crate::fleet::PortRecord;
use hold::HoldQueue;
use link::Shutdown;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wire::message::view::{DropMode, PortState};
use wire::{PortId, SafeText};

/// How long a listener may take to let its number go.
const RELEASE: Duration = Duration::from_secs(2);

/// The ports that are or should be bound.
#[derive(Default)]
pub(crate) struct Ports {
    published: Mutex<HashMap<PortId, Arc<Published>>>,
    turn: tokio::sync::Mutex<()>,
}

/// One stored port that is switched on.
pub(crate) struct Published {
    pub(crate) id: PortId,
    pub(crate) number: u16,
    hold: HoldQueue,
    fault: Mutex<Option<SafeText>>,
    /// Its listeners and the visitors that wait; tunnels outlive it until they are cut.
    shutdown: Shutdown,
}

impl Ports {
    /// Makes the listeners match the stored ports: binds what is new, lets go what is gone.
    pub(crate) async fn reconcile(&self, core: &Arc<Core>) {
        let _turn = self.turn.lock().await;
        let fleet = core.state.fleet();
        let wanted: HashMap<PortId, Arc<PortRecord>> =
            fleet.ports().filter(|port| port.enabled).map(|port| (port.id, port)).collect();
        let gone: Vec<Arc<Published>> = {
            let mut published = lock(&self.published);
            let stays = |p: &Published| wanted.get(&p.id).is_some_and(|w| w.number == p.number);
            let gone = published.values().filter(|p| !stays(p)).cloned().collect();
            published.retain(|_, port| stays(port));
            gone
        };
        for port in gone {
            port.shutdown.finish(RELEASE).await;
        }
        for port in wanted.into_values() {
            if lock(&self.published).contains_key(&port.id) {
                continue;
            }
            let new = Arc::new(Published {
                id: port.id,
                number: port.number,
                hold: HoldQueue::default(),
                fault: Mutex::new(None),
                shutdown: core.accepting.child(),
            });
            lock(&self.published).insert(port.id, Arc::clone(&new));
            listener::publish(core, new);
        }
        core.feed.ports();
    }

    pub(crate) fn get(&self, id: PortId) -> Option<Arc<Published>> {
        lock(&self.published).get(&id).cloned()
    }

    /// The state of a stored port, and why it is in fault.
    pub(crate) fn state(&self, core: &Core, port: &PortRecord) -> (PortState, Option<SafeText>) {
        let Some(published) = self.get(port.id).filter(|_| port.enabled) else {
            return (PortState::Disabled, None);
        };
        if let Some(fault) = lock(&published.fault).clone() {
            return (PortState::Fault, Some(fault));
        }
        let state = match (core.registry.first(&port.nodes), port.on_drop.mode) {
            (Some(_), _) => PortState::Serving,
            (None, DropMode::Hold) => PortState::Holding,
            (None, DropMode::Refuse) => PortState::Refusing,
        };
        (state, None)
    }
}

impl Published {
    /// Visitors that wait for a node.
    pub(crate) fn waiting(&self) -> usize {
        self.hold.waiting()
    }
}
