use std::fmt::{self, Write};

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
        let mut unread = Unread(text);
        write!(unread, "{self}").is_ok() && unread.0.is_empty()
    }
}

/// The rest of a text that begins with what has been written.
struct Unread<'a>(&'a str);

impl Write for Unread<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account/{account}"),
            Self::Principal(principal) => write!(f, "{principal}"),
            Self::Sessions(principal) => write!(f, "sessions/{principal}"),
            Self::Bucket(bucket) => write!(f, "bucket/{bucket}"),
            Self::KmsKey(arn) => write!(f, "key/{arn}"),
        }
    }
}
