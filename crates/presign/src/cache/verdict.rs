use std::sync::Arc;
use std::time::SystemTime;

use super::{CacheKey, CachedUrl, LookUp};
use crate::generation::Scope;
use crate::lifetime::Asked;

/// What to do with what the cache holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is current and has life enough left.
    Serve(Arc<CachedUrl>),
    /// Sign afresh, and store it.
    SignAndStore,
    /// Sign afresh, but store nothing: a change is still settling.
    SignOnly,
}

/// Decides on what was `found` for `key`, if the request may be answered from the cache at all: a row is served only if it
/// belongs to the current generation of each of `scopes` and enough is left of it at `now` to answer `asked`.
#[must_use]
pub fn judge(found: &LookUp, key: Option<&CacheKey>, scopes: &[Scope], asked: &Asked, now: SystemTime) -> Verdict {
    let current: Vec<(&Scope, u64)> = scopes.iter().map(|scope| (scope, found.generation(scope))).collect();
    let is_current = |row: &CachedUrl| row.generations.name_all(scopes) && row.generations.are_current(&current);
    match key.and_then(|key| found.urls.get(key)) {
        Some(row) if is_current(row) && row.answers(asked, now) => Verdict::Serve(Arc::clone(row)),
        _ if found.on_hold(scopes, now) => Verdict::SignOnly,
        _ => Verdict::SignAndStore,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::IssuedFor;
    use crate::cache::ScopeState;
    use crate::lifetime::{ExpiresIn, LifetimeMode, LimitedBy};
    use crate::operation::Operation;
    use crate::presigned_url::PresignedUrl;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn scopes() -> [Scope; 2] {
        [Scope::Bucket("demo".parse().unwrap()), Scope::Account("123456789012".parse().unwrap())]
    }

    /// A row signed under bucket generation 4, with a minute left, and the bucket as it stands now.
    fn found(bucket: ScopeState) -> LookUp {
        let mut found = LookUp::default();
        let [demo, account] = scopes();
        found.scopes.insert(demo.clone(), ScopeState { generation: 4, hold_until: None, ceiling: None });
        found.scopes.insert(account, ScopeState::default());
        let generations = found.generations(&scopes());
        found.scopes.insert(demo, bucket);
        let row = CachedUrl {
            url: PresignedUrl::new("https://h/k".to_owned()),
            headers: vec![],
            expires_at: NOW + Duration::from_mins(1),
            signed_for: ExpiresIn::from_seconds(60).unwrap(),
            limited_by: LimitedBy::Request,
            signed_by: String::new(),
            generations,
            issued_for: IssuedFor {
                caller: "alice".to_owned(),
                tenant: None,
                operation: Operation::GetObject,
                bucket: "demo".parse().unwrap(),
                key: "k".to_owned(),
            },
        };
        found.urls.insert(CacheKey::of(["k"]), Arc::new(row));
        found
    }

    fn judged(found: &LookUp, least: u64) -> Verdict {
        let asked = Asked {
            expires_in: ExpiresIn::from_seconds(900).unwrap(),
            mode: LifetimeMode::Clamp,
            minimum_remaining: Some(ExpiresIn::from_seconds(least).unwrap()),
        };
        judge(found, Some(&CacheKey::of(["k"])), &scopes(), &asked, NOW)
    }

    #[test]
    fn a_current_row_with_life_enough_is_served() {
        let found = found(ScopeState { generation: 4, hold_until: None, ceiling: None });
        assert!(matches!(judged(&found, 60), Verdict::Serve(_)));
        assert_eq!(judged(&found, 61), Verdict::SignAndStore);
    }

    #[test]
    fn a_row_of_another_generation_is_never_served() {
        for generation in [0, 3, 5] {
            assert_eq!(
                judged(&found(ScopeState { generation, hold_until: None, ceiling: None }), 1),
                Verdict::SignAndStore
            );
        }
    }

    #[test]
    fn nothing_is_stored_while_a_change_settles() {
        let hold_until = Some(NOW + Duration::from_millis(1));
        assert_eq!(judged(&found(ScopeState { generation: 5, hold_until, ceiling: None }), 1), Verdict::SignOnly);
        assert_eq!(
            judged(&found(ScopeState { generation: 5, hold_until: Some(NOW), ceiling: None }), 1),
            Verdict::SignAndStore
        );
    }

    #[test]
    fn a_row_that_lacks_a_scope_is_not_served() {
        let mut found = found(ScopeState { generation: 4, hold_until: None, ceiling: None });
        for row in found.urls.values_mut() {
            Arc::make_mut(row).generations = std::iter::once(("bucket/demo".to_owned(), 4)).collect();
        }
        assert_eq!(judged(&found, 1), Verdict::SignAndStore);
    }
}
