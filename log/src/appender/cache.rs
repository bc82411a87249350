//! A bounded map that forgets what was not used for long.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Keeps at least the last `generation` keys that were put in or asked for, and at most
/// twice as many: when the young half is full it becomes the old one, and what nobody
/// asked for in between is forgotten.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    generation: usize,
    young: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub(super) fn new(generation: usize) -> Self {
        Self { generation, young: FxHashMap::default(), old: FxHashMap::default() }
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.generation && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// What is known, without counting as use.
    pub(super) fn peek(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Whether the key is known; if so it is kept for another generation.
    pub(super) fn touch(&mut self, key: &K) -> bool {
        if self.young.contains_key(key) {
            return true;
        }
        match self.old.remove(key) {
            Some(value) => {
                self.put(key.clone(), value);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten() {
        let mut cache = Cache::new(10);
        cache.put(0, "kept");
        for key in 1..1000 {
            assert!(cache.touch(&0));
            cache.put(key, "passing");
        }
        assert_eq!(cache.peek(&0), Some(&"kept"));
        assert!(cache.peek(&500).is_none());
        assert!((990..1000).all(|key| cache.peek(&key).is_some()));
        assert!(cache.young.len() + cache.old.len() <= 20);
    }
}
