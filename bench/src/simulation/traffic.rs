use super::chance::Chance;

/// How requests come: at random, so many a second on average.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    pub per_second: f64,
    /// Seconds for which it grows, from nothing and by as much in each; zero where all of it comes at once.
    pub grows_for: f64,
}

impl Traffic {
    /// When the next request comes after one at `now`.
    pub fn next(&self, now: f64, chance: &mut Chance) -> f64 {
        // Those that would come meanwhile if they came evenly.
        let requests = -chance.fraction().ln();
        if now >= self.grows_for {
            return now + requests / self.per_second;
        }
        // Of traffic that grows, `per_second / grows_for * time * time / 2` requests have come by `time`.
        (now * now + 2.0 * self.grows_for * requests / self.per_second).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_that_grows_has_half_of_the_requests_on_its_way() {
        let (traffic, mut chance) = (Traffic { per_second: 100.0, grows_for: 600.0 }, Chance::new());
        let (mut now, mut requests) = (0.0, [0, 0, 0]);
        while now < 900.0 {
            now = traffic.next(now, &mut chance);
            if let Some(third) = requests.get_mut(if now < 300.0 {
                0
            } else if now < 600.0 {
                1
            } else {
                2
            }) {
                *third += 1;
            }
        }
        for (third, expected) in requests.into_iter().zip([7_500.0, 22_500.0, 30_000.0]) {
            assert!((f64::from(third) / expected - 1.0).abs() < 0.05, "{requests:?}");
        }
    }
}
