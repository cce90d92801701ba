use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{AmzDate, SigningKey};
use crate::credentials::Credentials;
use crate::names::Region;

/// Credentials that sign, with the key that they signed with last: a session signs in one region, and a day is long.
pub struct SigningKeys {
    credentials: Credentials,
    last: Mutex<Option<Arc<SigningKey>>>,
}

impl SigningKeys {
    #[must_use]
    pub fn of(credentials: Credentials) -> Self {
        Self { credentials, last: Mutex::default() }
    }

    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The key of that day and region.
    #[must_use]
    pub fn key(&self, date: &AmzDate, region: &Region) -> Arc<SigningKey> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.as_ref().filter(|key| key.is_for(date, region)) {
            Some(key) => Arc::clone(key),
            None => Arc::clone(last.insert(Arc::new(SigningKey::derive(&self.credentials, date, region)))),
        }
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.credentials, f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_key_is_derived_once_for_its_day_and_region() {
        let keys = SigningKeys::of(Credentials::long_term("AKIA1", "s"));
        let at = |hours| AmzDate::at(SystemTime::UNIX_EPOCH + Duration::from_hours(hours)).unwrap();
        let region = "us-east-1".parse().unwrap();
        let first = keys.key(&at(0), &region);
        assert!(Arc::ptr_eq(&first, &keys.key(&at(23), &region)));
        assert_eq!(keys.key(&at(24), &region).scope(), "19700102/us-east-1/s3/aws4_request");
        assert_eq!(keys.key(&at(24), &"us-east-2".parse().unwrap()).scope(), "19700102/us-east-2/s3/aws4_request");
    }
}
