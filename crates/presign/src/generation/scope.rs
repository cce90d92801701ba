use std::fmt;

use crate::names::{AccountId, BucketName, KmsKeyArn, Principal};

/// What a policy change can be about, and a cached URL can depend on. Each has a generation: a counter that changes advance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everything that is signed in an account.
    Account(AccountId),
    /// Everything that a role or user signs.
    Principal(Principal),
    /// A role's sessions, but not the URLs they have signed: an edited trust policy or `MaxSessionDuration` concerns
    /// only sessions yet to be made.
    Sessions(Principal),
    Bucket(BucketName),
    KmsKey(KmsKeyArn),
}

impl Scope {
    /// Whether `text` is what it is written as.
    pub(super) fn is_written(&self, text: &str) -> bool {
        let pieces = self.pieces();
        // Most differ in their length already, which takes less to see.
        pieces.iter().map(|piece| piece.len()).sum::<usize>() == text.len()
            && pieces.iter().try_fold(text, |rest, piece| rest.strip_prefix(piece)).is_some()
    }

    /// As it is written, put together at once: each URL that is signed has a handful of them.
    pub(super) fn text(&self) -> String {
        self.pieces().concat()
    }

    fn pieces(&self) -> [&str; 5] {
        let (kind, [a, b, c, d]) = match self {
            Self::Account(account) => ("account/", [account.as_str(), "", "", ""]),
            Self::Principal(principal) => ("", principal.pieces()),
            Self::Sessions(principal) => ("sessions/", principal.pieces()),
            Self::Bucket(bucket) => ("bucket/", [bucket.as_str(), "", "", ""]),
            Self::KmsKey(arn) => ("key/", [arn.as_str(), "", "", ""]),
        };
        [kind, a, b, c, d]
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().into_iter().try_for_each(|piece| f.write_str(piece))
    }
}
