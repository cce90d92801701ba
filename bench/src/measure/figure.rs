use serde::{Deserialize, Serialize};

/// What many rounds have measured: the median, and how far the middle four fifths of the rounds lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub median: f64,
    pub p10: f64,
    pub p90: f64,
}

impl Figure {
    /// Of no rounds it is not a number.
    #[must_use]
    pub fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let at = |tenth: usize| rounds.get(rounds.len().saturating_sub(1) * tenth / 10).copied().unwrap_or(f64::NAN);
        Self { median: at(5), p10: at(1), p90: at(9) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_was_disturbed_does_not_move_the_median() {
        let figure = Figure::of(vec![3.0, 1.0, 2.0, 900.0, 2.0]);
        assert_eq!((figure.median, figure.p10), (2.0, 1.0));
    }
}
