//! Interleaved rounds, so that what else runs on the machine slows everyone alike.

mod contender;
mod figure;
mod rounds;

pub use contender::{Contender, InProcess};
pub use figure::Figure;
pub use rounds::{Effort, interleave};
