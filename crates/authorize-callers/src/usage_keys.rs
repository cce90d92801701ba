use std::num::NonZeroU32;

use sha2::{Digest, Sha256};

/// The keys of a usage plan, whose requests API Gateway counts apart. Each caller has one of them, the same each time, and some
/// callers have the same: nobody gets more than the limit, and who asks without end takes nothing but of those few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageKeys {
    prefix: String,
    count: NonZeroU32,
}

impl UsageKeys {
    /// So many keys, whose values are `prefix` and a number of two digits, from 00.
    #[must_use]
    pub fn new(prefix: String, count: NonZeroU32) -> Self {
        Self { prefix, count }
    }

    /// The value of the key that counts the requests of `caller`. It admits nobody to anything: the API takes keys from its
    /// authorizer alone.
    #[must_use]
    pub fn of(&self, caller: &str) -> String {
        let digest = Sha256::digest(caller);
        let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        format!("{}{:02}", self.prefix, number % u64::from(self.count.get()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn keys(count: u32) -> UsageKeys {
        UsageKeys::new("a-prefix-".to_owned(), NonZeroU32::new(count).unwrap())
    }

    #[test]
    fn a_caller_has_the_same_key_each_time() {
        assert_eq!(keys(32).of("alice"), keys(32).of("alice"));
        assert_eq!(keys(1).of("alice"), "a-prefix-00");
    }

    #[test]
    fn callers_are_spread_over_all_keys() {
        let mut callers = BTreeMap::<String, u32>::new();
        for number in 0..3_200 {
            *callers.entry(keys(32).of(&format!("caller-{number}"))).or_default() += 1;
        }
        let named: Vec<_> = (0..32).map(|number| format!("a-prefix-{number:02}")).collect();
        assert_eq!(callers.keys().cloned().collect::<Vec<_>>(), named);
        assert!(callers.values().all(|callers| (60..140).contains(callers)), "{callers:?}");
    }
}
