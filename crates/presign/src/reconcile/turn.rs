use std::time::{Duration, SystemTime};

/// The same things, beginning with others at each run, of which there is one in every `interval` of time: of so many that a run is
/// over before the last of them, each is among the first soon. Runs that follow each other begin a golden section of the whole
/// apart, so that few of them leave no large gap.
#[must_use]
pub fn in_turn<T>(mut all: Vec<T>, now: SystemTime, interval: Duration) -> Vec<T> {
    /// Of 2^64: the golden section.
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let run = since.as_secs().checked_div(interval.as_secs()).unwrap_or_default();
    let first = (u128::from(run.wrapping_mul(STEP)) * all.len() as u128) >> 64;
    // Less than there are.
    all.rotate_left(usize::try_from(first).unwrap_or_default());
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const INTERVALS: [Duration; 4] =
        [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(15), Duration::from_hours(1)];

    /// A run that EventBridge starts some seconds late, now and then.
    fn at(run: u32, interval: Duration) -> SystemTime {
        SystemTime::UNIX_EPOCH + interval * (500_000 + run) + Duration::from_secs(u64::from(run % 7) * 5)
    }

    #[test]
    fn whoever_has_time_for_a_third_has_looked_at_all_after_a_few_runs() {
        for interval in INTERVALS {
            let all: Vec<_> = (0..300).collect();
            let mut seen = BTreeSet::new();
            for run in 0..5 {
                let turn = in_turn(all.clone(), at(run, interval), interval);
                assert_eq!(turn.len(), all.len());
                seen.extend(turn.into_iter().take(100));
            }
            assert_eq!(seen.len(), all.len(), "every {interval:?}");
        }
        assert_eq!(in_turn::<u8>(vec![], SystemTime::UNIX_EPOCH, Duration::from_mins(1)), [0; 0]);
    }

    #[test]
    fn whoever_has_time_for_one_has_looked_at_each_after_twice_as_many_runs() {
        for interval in INTERVALS {
            for count in 2..50 {
                let first = |run| in_turn((0..count).collect(), at(run, interval), interval).first().copied();
                for begin in 0..20 {
                    let firsts: BTreeSet<_> = (begin..begin + 2 * count).filter_map(first).collect();
                    assert_eq!(firsts.len(), count as usize, "every {interval:?}, from run {begin} on");
                    assert!(count == 2 || first(begin) != first(begin + 1), "{count} every {interval:?}");
                }
            }
        }
    }
}
