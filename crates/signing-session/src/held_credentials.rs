use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use presign::generation::Generations;

use crate::aws_error::PAUSE_AFTER_FAILURE;
use crate::place::Use;

/// Credentials that others have handed out: held for a moment, so that not each request has to ask for them, and for as long as nobody
/// answers.
pub struct HeldCredentials {
    pub credentials: Credentials,
    read_at: SystemTime,
    /// What was current before they were read, as far as who asked knew: a key that is deactivated since is not used again.
    generations: Option<Generations>,
}

/// How long credentials are taken for what they were. What their owner's policies change is noticed sooner, by its event.
const STALENESS: Duration = Duration::from_mins(1);

impl HeldCredentials {
    /// As they were read, by somebody who needs them to belong to `needed`, in the place of what was held `before`.
    pub fn new(
        credentials: Credentials,
        read_at: SystemTime,
        needed: Option<&Generations>,
        before: Option<&Self>,
    ) -> Self {
        let same = before.filter(|before| before.credentials.access_key_id() == credentials.access_key_id());
        let known = || same.and_then(|before| before.generations.clone());
        let generations = needed.cloned().or_else(known);
        Self { credentials, read_at, generations }
    }

    /// They are good where they were read a moment ago, and usable until their end; of no use are those from before `needed`. What ends
    /// soon is read again sooner, for what follows it may be there already.
    pub fn judge(&self, needed: Option<&Generations>, now: SystemTime) -> Use {
        if !self.belongs(needed) || !self.lives_beyond(now) {
            return Use::No;
        }
        let staleness = if self.lives_beyond(now + STALENESS) { STALENESS } else { PAUSE_AFTER_FAILURE };
        let fresh = now.duration_since(self.read_at).unwrap_or_default() < staleness;
        if fresh { Use::Good } else { Use::Usable }
    }

    fn belongs(&self, needed: Option<&Generations>) -> bool {
        needed.is_none_or(|needed| self.generations.as_ref().is_some_and(|held| held.cover(needed)))
    }

    fn lives_beyond(&self, moment: SystemTime) -> bool {
        self.credentials.expiry().is_none_or(|end| moment < end)
    }
}
