use std::time::{Duration, SystemTime};

use crate::generation::Generations;
use crate::lifetime::{Asked, ExpiresIn, LimitedBy};
use crate::names::BucketName;
use crate::operation::Operation;
use crate::presigned_url::PresignedUrl;

/// A URL as it was issued, with what it takes to know whether it may be served again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedUrl {
    pub url: PresignedUrl,
    /// Exactly what the client must send.
    pub headers: Vec<(String, String)>,
    pub expires_at: SystemTime,
    /// The lifetime it had when it was new.
    pub signed_for: ExpiresIn,
    pub limited_by: LimitedBy,
    /// The ARN that S3 sees as the signer.
    pub signed_by: String,
    /// What was current when its signing began.
    pub generations: Generations,
    pub issued_for: IssuedFor,
}

/// What a URL was issued for, and to whom: what an operator sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedFor {
    /// The caller's name; where a tenant's callers share their URLs, of the first.
    pub caller: String,
    /// The caller's tenant, as far as it is known.
    pub tenant: Option<String>,
    pub operation: Operation,
    pub bucket: BucketName,
    pub key: String,
}

impl CachedUrl {
    /// What is left of it at `now`.
    #[must_use]
    pub fn left(&self, now: SystemTime) -> Duration {
        self.expires_at.duration_since(now).unwrap_or_default()
    }

    /// Whether enough is left of it at `now` to answer a request for `asked`.
    #[must_use]
    pub fn answers(&self, asked: &Asked, now: SystemTime) -> bool {
        self.left(now) >= asked.least_left_for_reuse(self.signed_for).duration()
    }
}
