use std::collections::BTreeMap;
use std::error::Error;
use std::time::SystemTime;

use super::{Fingerprint, Part, Sight, Subject};
use crate::cache::ScopeState;
use crate::generation::{Generations, Scope};
use crate::lifetime::ExpiresIn;

/// What is kept of the last look at a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Each part as it looked when it was last seen.
    pub parts: BTreeMap<Part, Fingerprint>,
    /// Where the subject's scope and its wider one stood after that look.
    pub generations: Generations,
    /// Of each part that it could not see, where they stood after the last look that could: an event since then may have told of
    /// it. What looks have advanced since is counted in, so that nothing but events makes a difference.
    pub unseen_since: BTreeMap<Part, Generations>,
    /// Whether that look found a change of which no event had told by then.
    pub unexplained: bool,
}

/// What the table holds of a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recalled {
    /// None where there is none that can be read: then the next look is the first.
    pub record: Option<Record>,
    /// How often a record was written, in the table's own digits, so that of two who write at once one notices; none where the
    /// table has no number of it. It is known of a record too that cannot be read, and only the table reads it.
    pub edition: Option<String>,
    /// Where its scope stands.
    pub state: ScopeState,
    /// Where the scopes stand that an event about it would advance.
    pub generations: Generations,
}

/// What a look leaves in the table: all of it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub record: Record,
    /// If the scope is advanced, until when nothing is stored under it.
    pub advance: Option<SystemTime>,
    pub ceiling: Option<ExpiresIn>,
}

/// Where looks are kept, beside the generations.
pub trait SightLedger {
    type Error: Error + Send + Sync + 'static;

    /// What is known of `scope`, and where it and the `wider` one stand.
    fn recall(
        &self,
        scope: &Scope,
        wider: Option<&Scope>,
    ) -> impl Future<Output = Result<Recalled, Self::Error>> + Send;

    /// Writes the record and the ceiling and advances the generation, all together or not at all. False where somebody else
    /// has written the record since `before` was recalled: then nothing is written.
    fn renew(
        &self,
        scope: &Scope,
        before: &Recalled,
        renewal: &Renewal,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// Whoever can look at roles, buckets and keys. What it cannot look at it says.
pub trait Observer {
    /// The same for another run: what this one remembers of the last is how things were then.
    #[must_use]
    fn afresh(&self) -> Self;

    fn look(&self, subject: &Subject) -> impl Future<Output = Sight> + Send;
}
