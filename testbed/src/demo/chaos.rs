//! Bad weather for the demo: again and again something happens to one node's network, and ends.

use crate::dice::Dice;
use crate::fleet::Fleet;
use crate::weather::{Sky, Weather};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How bad the weather is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chaos {
    /// Something about every ten seconds.
    Low,
    /// Something about every second.
    High,
}

impl Chaos {
    const fn pause(self) -> Duration {
        match self {
            Self::Low => Duration::from_secs(10),
            Self::High => Duration::from_secs(1),
        }
    }
}

/// The longest silence: longer than it takes until a node is called offline.
const SILENCE: u64 = 100;

/// Lets it happen to these nodes until the fleet ends; the same seed brings the same faults in the
/// same order.
pub(super) fn start(fleet: &Fleet, nodes: &[String], chaos: Chaos, seed: u64) {
    let weathers: Vec<Arc<Weather>> = nodes
        .iter()
        .filter_map(|name| fleet.node(name).ok())
        .map(|node| Arc::clone(&node.weather))
        .collect();
    let (shutdown, tasks) = (fleet.shutdown().clone(), fleet.shutdown().clone());
    shutdown.clone().spawn("chaos", async move {
        let mut dice = Dice::new(seed);
        let storm = async {
            loop {
                let pause = u64::try_from(chaos.pause().as_millis()).unwrap_or_default();
                sleep(Duration::from_millis(pause / 2 + dice.below(pause))).await;
                let index = usize::try_from(dice.below(weathers.len() as u64)).unwrap_or_default();
                if let Some(weather) = weathers.get(index) {
                    strike(weather, &mut dice, &tasks);
                }
            }
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            () = storm => {}
        }
    });
}

fn strike(weather: &Arc<Weather>, dice: &mut Dice, tasks: &link::Shutdown) {
    match dice.below(3) {
        0 => weather.cut(),
        1 => weather.forget(),
        _ => {
            weather.change(Sky::BlackHole);
            let (weather, ending) = (Arc::clone(weather), tasks.clone());
            let silence = Duration::from_secs(1 + dice.below(SILENCE));
            tasks.spawn("black hole", async move {
                tokio::select! {
                    biased;
                    () = ending.cancelled() => {}
                    () = sleep(silence) => weather.change(Sky::Clear),
                }
            });
        }
    }
}
