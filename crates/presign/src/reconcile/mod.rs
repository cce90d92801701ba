//! Reconciling: how policies look now, compared with how they looked before, so that a change whose event never came is
//! noticed too.

mod compare;
mod fingerprint;
mod port;
mod sight;
mod signature_age;
mod subject;
mod turn;

pub use compare::{Judgement, compare};
pub use fingerprint::Fingerprint;
pub use port::{Observer, Recalled, Record, Renewal, SightLedger};
pub use sight::{Ceiling, Sight, Unseen};
pub use signature_age::signature_age_limit;
pub use subject::{Part, Subject, subjects};
pub use turn::in_turn;
