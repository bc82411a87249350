//! What was used lately, bounded.

use std::collections::HashMap;
use std::hash::Hash;

/// Entries of the young half at which the old half goes.
const HALF: usize = 20_000;

/// Two halves: what is used moves to the young one; when that is full it becomes the
/// old one, and what nobody used since is dropped. Within a batch nothing is dropped.
pub(super) struct Cache<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// Whether it is here; if so it is as good as used.
    pub(super) fn touch(&mut self, key: K) -> bool {
        if let Some(value) = self.old.remove(&key) {
            self.young.insert(key, value);
            return true;
        }
        self.young.contains_key(&key)
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Drops what was not used lately, if there is much.
    pub(super) fn age(&mut self) {
        self.age_at(HALF);
    }

    fn age_at(&mut self, half: usize) {
        if self.young.len() >= half {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_used_is_dropped_after_two_rounds() {
        let mut cache = Cache::default();
        cache.insert(1, "a");
        cache.insert(2, "b");
        cache.age_at(2);
        assert!(cache.touch(1));
        cache.insert(3, "c");
        cache.age_at(2);
        assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some(&"a"), None, Some(&"c")));
    }
}
