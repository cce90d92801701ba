use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Further access keys of the local administrator's user. They are gone when the stack ends.
#[derive(Debug, Default)]
pub struct UserKeys(Mutex<BTreeMap<String, UserKey>>);

#[derive(Debug, Clone, Copy)]
pub struct UserKey {
    pub active: bool,
    pub created_at: Timestamp,
}

impl UserKeys {
    #[must_use]
    pub fn is_active(&self, access_key_id: &str) -> bool {
        self.keys().get(access_key_id).is_some_and(|key| key.active)
    }

    #[must_use]
    pub fn has(&self, access_key_id: &str) -> bool {
        self.keys().contains_key(access_key_id)
    }

    /// All of them, by their ids.
    #[must_use]
    pub fn all(&self) -> Vec<(String, UserKey)> {
        self.keys().iter().map(|(id, key)| (id.clone(), *key)).collect()
    }

    pub fn add(&self, access_key_id: &str, created_at: Timestamp) {
        self.keys().insert(access_key_id.to_owned(), UserKey { active: true, created_at });
    }

    /// Whether there is such a key.
    pub fn set_active(&self, access_key_id: &str, active: bool) -> bool {
        self.keys().get_mut(access_key_id).map(|key| key.active = active).is_some()
    }

    /// Whether there was such a key.
    pub fn remove(&self, access_key_id: &str) -> bool {
        self.keys().remove(access_key_id).is_some()
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<String, UserKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
