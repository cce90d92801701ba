use super::published::Wait;

/// Numbers that look like chance, the same in every run. Source: S. Vigna, splitmix64.
pub struct Chance(u64);

impl Chance {
    pub fn new() -> Self {
        Self(8)
    }

    /// From 0 to 1, never 0.
    pub fn fraction(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let fraction = (self.bits() >> 11) as f64;
        (fraction + 1.0) / 9_007_199_254_740_993.0
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// Some number of things, each asked for in proportion to 1 over its rank: what is asked for most, over and over.
pub struct Ranks {
    number: u32,
    logarithm: f64,
}

impl Ranks {
    pub fn of(number: u32) -> Self {
        Self { number, logarithm: (f64::from(number) + 1.0).ln() }
    }

    /// By rejection: of ranks whose logarithm is even, cut to whole ones, the first would be drawn too seldom.
    pub fn draw(&self, chance: &mut Chance) -> u32 {
        loop {
            let rank = (self.logarithm * chance.fraction()).exp().floor();
            let drawn_to_wanted = (1.0 / rank).ln_1p() * rank;
            if chance.fraction() * drawn_to_wanted <= std::f64::consts::LN_2 && rank <= f64::from(self.number) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to `number`")]
                let place = rank as u32 - 1;
                return place;
            }
        }
    }
}

/// Waits whose logarithm is normal, with a median and a 99th percentile: as many as there are places, each as likely as the others.
pub struct Waits(Vec<f32>);

impl Waits {
    const PLACES: usize = 1 << 12;

    pub fn of(wait: Wait) -> Self {
        const OF_P99: f64 = 2.326;
        const STEP: f64 = 1e-3;
        let sigma = (wait.p99 / wait.p50).ln() / OF_P99;
        let (mut normal, mut below) = (-5.0_f64, 0.0);
        let at_place = |place| {
            #[expect(clippy::cast_precision_loss, reason = "there are some thousand places")]
            let share = (place as f64 + 0.5) / Self::PLACES as f64;
            while below < share && normal < 5.0 {
                below += (-normal * normal / 2.0).exp() / std::f64::consts::TAU.sqrt() * STEP;
                normal += STEP;
            }
            #[expect(clippy::cast_possible_truncation, reason = "seven digits of a wait are enough")]
            let wait = (wait.p50 * (sigma * normal).exp()) as f32;
            wait
        };
        Self((0..Self::PLACES).map(at_place).collect())
    }

    /// Seconds.
    pub fn draw(&self, chance: &mut Chance) -> f64 {
        // The first bits of a number are as good as the others.
        let place = usize::try_from(chance.bits() >> 52).unwrap_or_default();
        self.0.get(place).copied().map_or(0.0, f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_have_the_median_and_the_tail_that_they_are_to_have() {
        let mut chance = Chance::new();
        let drawn = Waits::of(Wait { p50: 1.0, p99: 10.0 });
        let mut waits: Vec<f64> = (0..100_000).map(|_| drawn.draw(&mut chance)).collect();
        waits.sort_by(f64::total_cmp);
        assert!((waits[50_000] - 1.0).abs() < 0.05 && (waits[99_000] - 10.0).abs() < 1.0);
    }

    #[test]
    fn what_is_asked_for_most_is_asked_for_twice_as_often_as_the_next_and_a_hundred_times_as_often_as_the_hundredth() {
        let mut chance = Chance::new();
        let (ranks, mut asked) = (Ranks::of(1000), [0_u32; 1000]);
        for _ in 0..1_000_000 {
            asked[ranks.draw(&mut chance) as usize] += 1;
        }
        for (rank, times) in [(1, 2.0), (4, 5.0), (99, 100.0)] {
            let ratio = f64::from(asked[0]) / f64::from(asked[rank]);
            assert!((ratio / times - 1.0).abs() < 0.06, "{rank}: {ratio}");
        }
    }
}
