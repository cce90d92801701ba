use bench::measure::Latency;

/// How long very many requests took, each to a part in 256, in as much memory as for one.
#[derive(Clone)]
pub struct Histogram(Vec<u32>);

/// What a number's bits are shifted by to leave its exponent and the first eight binary digits behind the point.
const SHIFT: u32 = 44;
/// Places from a microsecond, or less, to two minutes, or more.
const LEAST: u64 = 1e-6_f64.to_bits() >> SHIFT;
const PLACES: usize = 27 * 256;

impl Histogram {
    pub fn new() -> Self {
        Self(vec![0; PLACES])
    }

    pub fn add(&mut self, seconds: f64) {
        let place = (seconds.to_bits() >> SHIFT).saturating_sub(LEAST);
        let place = usize::try_from(place).unwrap_or(PLACES).min(PLACES - 1);
        if let Some(number) = self.0.get_mut(place) {
            *number += 1;
        }
    }

    pub fn latency(&self) -> Latency {
        Latency { p50: self.percentile(50), p99: self.percentile(99) }
    }

    /// Of no requests it is zero.
    fn percentile(&self, percent: u64) -> f64 {
        let all: u64 = self.0.iter().copied().map(u64::from).sum();
        let (mut below, wanted) = (0, (all * percent).div_ceil(100).max(1));
        let reached = |number: &u32| {
            below += u64::from(*number);
            below >= wanted
        };
        let place = self.0.iter().position(reached).and_then(|place| u64::try_from(place).ok());
        place.map_or(0.0, |place| f64::from_bits((place + LEAST) << SHIFT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_a_part_in_256() {
        let mut histogram = Histogram::new();
        for milliseconds in 1..=1000 {
            histogram.add(f64::from(milliseconds) / 1000.0);
        }
        let Latency { p50, p99 } = histogram.latency();
        assert!((0.498..=0.5).contains(&p50) && (0.986..=0.99).contains(&p99), "{p50} {p99}");
        assert_eq!(Histogram::new().latency(), Latency { p50: 0.0, p99: 0.0 });
    }

    #[test]
    fn what_takes_no_time_or_very_long_is_counted_too() {
        let mut histogram = Histogram::new();
        for seconds in [0.0, 1e9] {
            histogram.add(seconds);
        }
        assert!(histogram.latency().p99 > 120.0);
    }
}
