use std::time::SystemTime;

/// The same things, beginning with another at each minute of `now`: of so many that a run is over before the last of them,
/// each is among the first soon. They begin a golden section of the whole apart, so that few runs leave no large gap.
#[must_use]
pub fn in_turn<T>(mut all: Vec<T>, now: SystemTime) -> Vec<T> {
    /// Of 2^64: the golden section.
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let minute = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / 60;
    let first = (u128::from(minute.wrapping_mul(STEP)) * all.len() as u128) >> 64;
    // Less than there are.
    all.rotate_left(usize::try_from(first).unwrap_or_default());
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_has_time_for_a_third_has_looked_at_all_after_a_few_runs() {
        for runs_every in [1, 5, 15, 60] {
            let all: Vec<_> = (0..300).collect();
            let mut seen = BTreeSet::new();
            for run in 0..10 {
                let now = SystemTime::UNIX_EPOCH + Duration::from_mins(29_000_000 + run * runs_every);
                let turn = in_turn(all.clone(), now);
                assert_eq!(turn.len(), all.len());
                seen.extend(turn.into_iter().take(100));
            }
            assert_eq!(seen.len(), all.len(), "every {runs_every} minutes");
        }
        assert_eq!(in_turn::<u8>(vec![], SystemTime::UNIX_EPOCH), [0; 0]);
    }
}
