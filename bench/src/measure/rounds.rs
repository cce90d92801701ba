use std::time::Duration;

use anyhow::Result;

use super::{Contender, Figure};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    pub rounds: usize,
    /// The processor time that each contender takes in a round, about.
    pub slice: Duration,
}

impl Effort {
    /// For figures.
    pub const FULL: Self = Self { rounds: 41, slice: Duration::from_millis(10) };
    /// To see that the bench works: its figures mean nothing.
    pub const QUICK: Self = Self { rounds: 3, slice: Duration::from_millis(1) };

    /// Whether figures come of it.
    #[must_use]
    pub fn is_for_figures(self) -> bool {
        self == Self::FULL
    }
}

/// The seconds that each contender's work takes once. In each round another one begins.
///
/// # Errors
/// When a contender's work fails.
pub fn interleave(contenders: &mut [Box<dyn Contender + '_>], effort: Effort) -> Result<Vec<Figure>> {
    let times = contenders.iter_mut().map(|contender| times_in(contender.as_mut(), effort.slice));
    let times: Vec<u32> = times.collect::<Result<_>>()?;
    let mut measured: Vec<Vec<f64>> = vec![vec![]; contenders.len()];
    for round in 0..effort.rounds {
        let mut turns: Vec<_> = contenders.iter_mut().zip(&times).zip(&mut measured).collect();
        let first = round % turns.len().max(1);
        turns.rotate_left(first);
        for ((contender, times), measured) in turns {
            measured.push(contender.run(*times)?.as_secs_f64() / f64::from(*times));
        }
    }
    Ok(measured.into_iter().map(Figure::of).collect())
}

/// How often the work fits into `slice`, once it is warm.
fn times_in(contender: &mut dyn Contender, slice: Duration) -> Result<u32> {
    let mut times = 1;
    loop {
        let took = contender.run(times)?;
        if took >= slice / 2 || times >= 1 << 24 {
            let fit = f64::from(times) * slice.as_secs_f64() / took.as_secs_f64().max(1e-9);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 2^25")]
            return Ok(fit.clamp(1.0, f64::from(1 << 25)) as u32);
        }
        times *= 2;
    }
}
