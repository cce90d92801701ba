use std::collections::BTreeMap;

use super::Scope;

/// The generations of some scopes at one moment, by the scopes' text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generations(BTreeMap<String, u64>);

impl Generations {
    /// A scope that was never advanced is at 0.
    pub fn insert(&mut self, scope: &Scope, generation: u64) {
        self.0.insert(scope.text(), generation);
    }

    /// Takes over what `others` know of newer generations. What was never advanced is not kept: it says nothing, and callers may name as
    /// many keys as they like.
    pub fn catch_up(&mut self, others: &Self) {
        for (scope, generation) in others.0.iter().filter(|(_, generation)| **generation > 0) {
            let known = self.0.entry(scope.clone()).or_default();
            *known = (*known).max(*generation);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(scope, generation)| (scope.as_str(), *generation))
    }

    /// Whether each scope that these generations name stands in `current` at the very same one.
    ///
    /// They are few, so that comparing each with each takes less than writing down what the scopes are called.
    #[must_use]
    pub fn are_current(&self, current: &[(&Scope, u64)]) -> bool {
        let mut named = self.0.iter();
        named.all(|(text, generation)| current.iter().any(|(scope, n)| n == generation && scope.is_written(text)))
    }

    /// Whether each of `scopes` is among them.
    #[must_use]
    pub fn name_all(&self, scopes: &[Scope]) -> bool {
        scopes.iter().all(|scope| self.0.keys().any(|text| scope.is_written(text)))
    }

    /// Whether one of them is of after `current`: whoever reads these knows of a change that `current` does not.
    #[must_use]
    pub fn are_ahead_of<'a>(&self, current: impl IntoIterator<Item = (&'a Scope, u64)>) -> bool {
        current.into_iter().any(|(scope, n)| self.0.get(&scope.text()).is_some_and(|held| *held > n))
    }

    /// Whether what belongs to these generations may still be used where `needed` are asked for: it knows all of their
    /// scopes that were ever advanced, and none in an older generation. A newer one is no harm: it comes of a change that the
    /// asker has yet to see.
    #[must_use]
    pub fn cover(&self, needed: &Self) -> bool {
        needed.0.iter().all(|(scope, needed)| *needed == 0 || self.0.get(scope).is_some_and(|held| held >= needed))
    }

    /// Those of `scopes`, as far as they are known.
    #[must_use]
    pub fn of<'a>(&self, scopes: impl IntoIterator<Item = &'a Scope>) -> Self {
        let known = scopes.into_iter().filter_map(|scope| self.0.get_key_value(&scope.text()));
        Self(known.map(|(scope, generation)| (scope.clone(), *generation)).collect())
    }
}

impl FromIterator<(String, u64)> for Generations {
    fn from_iter<I: IntoIterator<Item = (String, u64)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generations(pairs: &[(&str, u64)]) -> Generations {
        pairs.iter().map(|(scope, generation)| ((*scope).to_owned(), *generation)).collect()
    }

    #[test]
    fn an_older_or_unknown_scope_is_not_covered() {
        let held = generations(&[("a", 2), ("b", 1)]);
        assert!(held.cover(&generations(&[("a", 2)])));
        assert!(held.cover(&generations(&[("a", 1), ("b", 0)])));
        assert!(!held.cover(&generations(&[("a", 3)])));
        assert!(!held.cover(&generations(&[("c", 1)])));
        assert!(held.cover(&generations(&[("c", 0)])), "nothing has ever changed there");
    }
}
