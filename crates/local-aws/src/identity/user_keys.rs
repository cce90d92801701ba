use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Further access keys of the local administrator's user, and whether each is active. They are gone when the stack ends.
#[derive(Debug, Default)]
pub struct UserKeys(Mutex<BTreeMap<String, bool>>);

impl UserKeys {
    #[must_use]
    pub fn is_active(&self, access_key_id: &str) -> bool {
        self.keys().get(access_key_id).copied().unwrap_or_default()
    }

    pub fn add(&self, access_key_id: &str) {
        self.keys().insert(access_key_id.to_owned(), true);
    }

    /// Whether there is such a key.
    pub fn set_active(&self, access_key_id: &str, active: bool) -> bool {
        self.keys().get_mut(access_key_id).map(|key| *key = active).is_some()
    }

    /// Whether there was such a key.
    pub fn remove(&self, access_key_id: &str) -> bool {
        self.keys().remove(access_key_id).is_some()
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<String, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
