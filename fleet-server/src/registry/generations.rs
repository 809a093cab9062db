//! The table behind I7: per node the newest generation ever seen and at most one live entry. Pure.

use super::Outdated;
use std::collections::HashMap;
use wire::{Generation, NodeId};

/// Entries by node; the newest generation wins and older clean-ups can't touch it.
pub(crate) struct Generations<S> {
    slots: HashMap<NodeId, Slot<S>>,
    live: usize,
}

struct Slot<S> {
    newest: Generation,
    entry: Option<S>,
}

impl<S> Default for Generations<S> {
    fn default() -> Self {
        Self { slots: HashMap::new(), live: 0 }
    }
}

impl<S> Generations<S> {
    /// Puts an entry in; gives back the one it replaces.
    pub(crate) fn register(
        &mut self,
        node: NodeId,
        generation: Generation,
        entry: S,
    ) -> Result<Option<S>, Outdated> {
        let slot =
            self.slots.entry(node).or_insert(Slot { newest: Generation::default(), entry: None });
        if generation <= slot.newest {
            return Err(Outdated);
        }
        slot.newest = generation;
        let old = slot.entry.replace(entry);
        if old.is_none() {
            self.live += 1;
        }
        Ok(old)
    }

    /// Removes the entry of exactly this generation.
    pub(crate) fn remove(&mut self, node: NodeId, generation: Generation) -> Option<S> {
        let slot = self.slots.get_mut(&node).filter(|slot| slot.newest == generation)?;
        let entry = slot.entry.take()?;
        self.live -= 1;
        Some(entry)
    }

    /// Removes the entry of whatever generation; the newest number stays known.
    pub(crate) fn take(&mut self, node: NodeId) -> Option<S> {
        let entry = self.slots.get_mut(&node)?.entry.take()?;
        self.live -= 1;
        Some(entry)
    }

    /// Removes all that is known of a node.
    pub(crate) fn forget(&mut self, node: NodeId) -> Option<S> {
        let entry = self.slots.remove(&node)?.entry?;
        self.live -= 1;
        Some(entry)
    }

    /// The live entry of a node.
    pub(crate) fn live(&self, node: NodeId) -> Option<&S> {
        self.slots.get(&node)?.entry.as_ref()
    }

    /// All live entries.
    pub(crate) fn all(&self) -> impl Iterator<Item = &S> {
        self.slots.values().filter_map(|slot| slot.entry.as_ref())
    }

    /// How many live entries there are.
    pub(crate) const fn len(&self) -> usize {
        self.live
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Register(u64, u64),
        Remove(u64, u64),
        Take(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..3u64, 1..8u64).prop_map(|(n, g)| Step::Register(n, g)),
            (0..3u64, 1..8u64).prop_map(|(n, g)| Step::Remove(n, g)),
            (0..3u64).prop_map(Step::Take),
        ]
    }

    proptest! {
        /// Against the plain statement of I7: what is live is the newest generation registered,
        /// unless exactly that one was removed or taken.
        #[test]
        fn the_newest_wins_and_older_clean_up_cannot_touch_it(steps in prop::collection::vec(step(), 0..60)) {
            let mut table = Generations::default();
            let mut model: BTreeMap<u64, (u64, bool)> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Register(n, g) => {
                        let (newest, live) = model.get(&n).copied().unwrap_or((0, false));
                        let result = table.register(NodeId::from_random(n), Generation(g), g);
                        if g > newest {
                            prop_assert_eq!(result, Ok(live.then_some(newest)));
                            model.insert(n, (g, true));
                        } else {
                            prop_assert_eq!(result, Err(Outdated));
                        }
                    }
                    Step::Remove(n, g) => {
                        let removed = table.remove(NodeId::from_random(n), Generation(g));
                        let hit = model.get(&n) == Some(&(g, true));
                        prop_assert_eq!(removed, hit.then_some(g));
                        if hit {
                            model.insert(n, (g, false));
                        }
                    }
                    Step::Take(n) => {
                        let taken = table.take(NodeId::from_random(n));
                        let expected = model.get(&n).filter(|(_, live)| *live).map(|(g, _)| *g);
                        prop_assert_eq!(taken, expected);
                        model.entry(n).and_modify(|entry| entry.1 = false);
                    }
                }
                for (n, (g, live)) in &model {
                    prop_assert_eq!(table.live(NodeId::from_random(*n)).copied(), live.then_some(*g));
                }
                prop_assert_eq!(table.len(), model.values().filter(|(_, live)| *live).count());
            }
        }
    }

    #[test]
    fn a_forgotten_node_starts_over() {
        let (mut table, node) = (Generations::default(), NodeId::from_random(1));
        assert_eq!(table.register(node, Generation(5), "old"), Ok(None));
        assert_eq!(table.forget(node), Some("old"));
        assert_eq!(table.register(node, Generation(1), "new"), Ok(None));
        assert_eq!(table.len(), 1);
    }
}
