//! An ordered map whose copies share everything that did not change: one small chunk is copied per
//! edit. It does not know what it holds; the order is a type.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Entries of one chunk: an edit copies this many pointers.
const CHUNK: usize = 128;

/// A total order of the entries; equal entries replace each other.
pub(crate) trait Order<T> {
    /// How `a` stands to `b`.
    fn order(a: &T, b: &T) -> Ordering;
}

/// The map. A clone costs one reference count.
pub(crate) struct Map<T, O> {
    /// No chunk is empty.
    chunks: Arc<Vec<Arc<Vec<T>>>>,
    len: usize,
    order: PhantomData<fn() -> O>,
}

impl<T, O> Clone for Map<T, O> {
    fn clone(&self) -> Self {
        Self { chunks: Arc::clone(&self.chunks), len: self.len, order: PhantomData }
    }
}

impl<T, O> Default for Map<T, O> {
    fn default() -> Self {
        Self { chunks: Arc::default(), len: 0, order: PhantomData }
    }
}

impl<T, O> fmt::Debug for Map<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<T: Clone, O: Order<T>> Map<T, O> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The entry for which `place` says `Equal`; `place` tells how an entry stands to the wanted one.
    pub(crate) fn find(&self, place: impl Fn(&T) -> Ordering) -> Option<&T> {
        let chunk = self.chunks.get(self.chunk_for(&place))?;
        let at = chunk.binary_search_by(place).ok()?;
        chunk.get(at)
    }

    /// All entries that are not `Less`, ascending.
    pub(crate) fn from(&self, place: impl Fn(&T) -> Ordering) -> impl Iterator<Item = &T> {
        let first = self.chunk_for(&place);
        let skip = self
            .chunks
            .get(first)
            .map_or(0, |chunk| chunk.partition_point(|v| place(v) == Ordering::Less));
        self.chunks.iter().skip(first).flat_map(|chunk| chunk.iter()).skip(skip)
    }

    /// All entries, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// Puts `value` in its place; the one it replaced.
    pub(crate) fn insert(&mut self, value: T) -> Option<T> {
        let at = self.chunk_for(&|v: &T| O::order(v, &value));
        let chunks = Arc::make_mut(&mut self.chunks);
        // Behind the last chunk means: at the end of the last chunk.
        let at = at.min(chunks.len().saturating_sub(1));
        let Some(chunk) = chunks.get_mut(at).map(Arc::make_mut) else {
            chunks.push(Arc::new(vec![value]));
            self.len = 1;
            return None;
        };
        match chunk.binary_search_by(|v| O::order(v, &value)) {
            Ok(found) => Some(std::mem::replace(&mut chunk[found], value)),
            Err(gap) => {
                chunk.insert(gap, value);
                if chunk.len() > CHUNK {
                    let rest = chunk.split_off(CHUNK / 2);
                    chunks.insert(at + 1, Arc::new(rest));
                }
                self.len += 1;
                None
            }
        }
    }

    /// Takes out the entry equal to `value`.
    pub(crate) fn remove(&mut self, value: &T) -> Option<T> {
        let at = self.chunk_for(&|v: &T| O::order(v, value));
        let found = self.chunks.get(at)?.binary_search_by(|v| O::order(v, value)).ok()?;
        let chunks = Arc::make_mut(&mut self.chunks);
        let chunk = Arc::make_mut(&mut chunks[at]);
        let taken = chunk.remove(found);
        if chunk.is_empty() {
            chunks.remove(at);
        }
        self.len -= 1;
        Some(taken)
    }

    /// Replaces `old` by `new`, wherever the order puts it.
    pub(crate) fn update(&mut self, old: Option<&T>, new: Option<&T>) {
        if let Some(old) = old
            && new.is_none_or(|new| O::order(old, new) != Ordering::Equal)
        {
            self.remove(old);
        }
        if let Some(new) = new {
            self.insert(new.clone());
        }
    }

    /// The first chunk whose last entry is not `Less`.
    fn chunk_for(&self, place: &impl Fn(&T) -> Ordering) -> usize {
        self.chunks
            .partition_point(|chunk| chunk.last().is_some_and(|v| place(v) == Ordering::Less))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Clone, Copy)]
    struct Natural;
    impl Order<u16> for Natural {
        fn order(a: &u16, b: &u16) -> Ordering {
            a.cmp(b)
        }
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_set_and_older_copies_stay_as_they_were(
            steps in proptest::collection::vec((any::<bool>(), 0u16..600), 0..1500),
            probe in 0u16..600,
        ) {
            let (mut map, mut model) = (Map::<u16, Natural>::default(), BTreeSet::new());
            let mut kept = None;
            for (at, (add, value)) in steps.iter().enumerate() {
                if *add {
                    prop_assert_eq!(map.insert(*value).is_some(), !model.insert(*value));
                } else {
                    prop_assert_eq!(map.remove(value).is_some(), model.remove(value));
                }
                if at == steps.len() / 2 {
                    kept = Some((map.clone(), model.clone()));
                }
            }
            prop_assert_eq!(map.len(), model.len());
            prop_assert!(map.iter().eq(model.iter()));
            prop_assert!(map.from(|v| v.cmp(&probe)).eq(model.range(probe..)));
            prop_assert_eq!(map.find(|v| v.cmp(&probe)), model.get(&probe));
            if let Some((old, expected)) = kept {
                prop_assert!(old.iter().eq(expected.iter()));
            }
        }
    }
}
