use std::collections::BTreeMap;

use super::{Fingerprint, Part};
use crate::lifetime::ExpiresIn;

/// Why a part could not be looked at, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen(pub String);

/// How a subject looks now, as far as it could be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    pub parts: BTreeMap<Part, Result<Fingerprint, Unseen>>,
    pub ceiling: Ceiling,
}

/// The longest that is granted: a role's `MaxSessionDuration`, or the `s3:signatureAge` of a bucket's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceiling {
    /// It could not be looked at, or the subject has none.
    Unseen,
    /// Nothing limits it.
    None,
    At(ExpiresIn),
}

impl Sight {
    /// The sight of nothing, for one reason.
    #[must_use]
    pub fn unseen(parts: &[Part], reason: &str) -> Self {
        let parts = parts.iter().map(|part| (*part, Err(Unseen(reason.to_owned())))).collect();
        Self { parts, ceiling: Ceiling::Unseen }
    }
}
