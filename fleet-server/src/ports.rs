//! Published ports: one listener per stored port, bound before anything else and owned by the stored
//! port, never by a connection. Visitors are handled in `ports::visitor`.

mod header;
mod health;
mod hold;
mod listener;
mod numbers;
mod visitor;

pub(crate) use header::Visit;
pub(crate) use health::away;
pub(crate) use listener::{accept, bind, bind_all};
pub(crate) use numbers::{Reserved, choose};
pub(crate) use visitor::{STALL, introduced};

use crate::core::{Core, lock};
use crate::fleet::PortRecord;
use health::Health;
use hold::HoldQueue;
use link::Shutdown;
use link::splice::{Limits, Rate};
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
    health: Mutex<Health>,
    /// Shared by all its tunnels.
    rate: Mutex<Option<Arc<Rate>>>,
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
            if let Some(there) = self.get(port.id) {
                there.pace(port.options.rate_bytes_per_s);
                continue;
            }
            let new = Arc::new(Published {
                id: port.id,
                number: port.number,
                hold: HoldQueue::default(),
                fault: Mutex::new(None),
                health: Mutex::default(),
                rate: Mutex::default(),
                shutdown: core.accepting.child(),
            });
            new.pace(port.options.rate_bytes_per_s);
            lock(&self.published).insert(port.id, Arc::clone(&new));
            listener::publish(core, new);
        }
        core.feed.ports();
    }

    pub(crate) fn get(&self, id: PortId) -> Option<Arc<Published>> {
        lock(&self.published).get(&id).cloned()
    }

    /// The state of a stored port, and why it is not as it should be.
    pub(crate) fn state(&self, core: &Core, port: &PortRecord) -> (PortState, Option<SafeText>) {
        let Some(published) = self.get(port.id).filter(|_| port.enabled) else {
            return (PortState::Disabled, None);
        };
        if let Some(fault) = lock(&published.fault).clone() {
            return (PortState::Fault, Some(fault));
        }
        match (core.registry.first(&port.nodes), port.on_drop.mode) {
            (Some(_), _) => (PortState::Serving, published.ailing(core)),
            (None, DropMode::Hold) => (PortState::Holding, health::nobody(core, port)),
            (None, DropMode::Refuse) => (PortState::Refusing, health::nobody(core, port)),
        }
    }
}

impl Published {
    /// Takes another rate; tunnels that are open keep to it from now on if they had one.
    fn pace(&self, per_second: Option<u64>) {
        let mut rate = lock(&self.rate);
        match (per_second, rate.as_ref()) {
            (Some(per_second), Some(rate)) => rate.set(per_second),
            (Some(per_second), None) => *rate = Some(Arc::new(Rate::new(per_second))),
            (None, _) => *rate = None,
        }
    }

    /// The limits of a tunnel to this port.
    pub(crate) fn limits(&self, port: &PortRecord) -> Limits {
        Limits {
            idle: port.idle_ms.map(Duration::from_millis),
            max: None,
            stall: Some(STALL),
            budget: port.options.budget_bytes,
            rate: lock(&self.rate).clone(),
            compress: None,
        }
    }

    /// Visitors that wait for a node.
    pub(crate) fn waiting(&self) -> usize {
        self.hold.waiting()
    }
}
