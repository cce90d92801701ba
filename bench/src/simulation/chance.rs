use super::published::Wait;

/// Numbers that look like chance, the same in every run. Source: S. Vigna, splitmix64.
pub struct Chance(u64);

impl Chance {
    pub fn new() -> Self {
        Self(8)
    }

    /// From 0 to 1, never 0.
    pub fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let fraction = ((bits ^ (bits >> 31)) >> 11) as f64;
        (fraction + 1.0) / 9_007_199_254_740_993.0
    }

    /// Until the next of events that come at random, so many a second.
    pub fn interval(&mut self, per_second: f64) -> f64 {
        -self.fraction().ln() / per_second
    }

    /// A wait whose logarithm is normal, with the median and the 99th percentile of `wait`.
    pub fn wait(&mut self, wait: Wait) -> f64 {
        const OF_P99: f64 = 2.326;
        let normal = (-2.0 * self.fraction().ln()).sqrt() * (std::f64::consts::TAU * self.fraction()).cos();
        wait.p50 * ((wait.p99 / wait.p50).ln() / OF_P99 * normal).exp()
    }

    /// One of `number` things, each asked for in proportion to 1 over its rank: what is asked for most, over and over.
    pub fn ranked(&mut self, number: u32) -> u32 {
        let rank = f64::from(number).powf(self.fraction());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to `number`")]
        let rank = rank as u32;
        rank.min(number) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_have_the_median_and_the_tail_that_they_are_to_have() {
        let mut chance = Chance::new();
        let mut waits: Vec<f64> = (0..100_000).map(|_| chance.wait(Wait { p50: 1.0, p99: 10.0 })).collect();
        waits.sort_by(f64::total_cmp);
        assert!((waits[50_000] - 1.0).abs() < 0.05 && (waits[99_000] - 10.0).abs() < 1.0);
    }

    #[test]
    fn what_is_asked_for_most_is_asked_for_twice_as_often_as_the_next() {
        let mut chance = Chance::new();
        let mut asked = [0_u32; 1000];
        for _ in 0..1_000_000 {
            asked[chance.ranked(1000) as usize] += 1;
        }
        let ratio = f64::from(asked[0]) / f64::from(asked[1]);
        assert!((1.6..1.8).contains(&ratio), "{ratio}");
    }
}
