use std::fmt;
use std::sync::OnceLock;

use super::{BucketProfile, S3Endpoint};
use crate::names::BucketName;

/// Profiles that were checked before, and are read one by one when somebody asks for them.
pub trait UnreadProfiles: fmt::Debug + Send + Sync {
    /// The profile at this place; none where what stands there is no profile of this bucket, which whoever checked it has excluded.
    fn read(&self, place: usize, bucket: &BucketName) -> Option<BucketProfile>;
}

/// A profile, or where it is until somebody asks for it. Boxed, for among many most are not asked for.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    Read(Box<BucketProfile>),
    Unread(usize, OnceLock<Option<Box<BucketProfile>>>),
}

impl Kept {
    pub(super) fn unread(place: usize) -> Self {
        Self::Unread(place, OnceLock::new())
    }

    pub(super) fn get_or_read(&self, read: impl FnOnce(usize) -> Option<BucketProfile>) -> Option<&BucketProfile> {
        match self {
            Self::Read(profile) => Some(profile),
            Self::Unread(place, profile) => profile.get_or_init(|| read(*place).map(Box::new)).as_deref(),
        }
    }

    /// What has been read of the unread ones is read again.
    pub(super) fn at_default_endpoint(self, endpoint: &S3Endpoint) -> Self {
        match self {
            Self::Read(profile) => Self::Read(Box::new(profile.at_default_endpoint(endpoint))),
            Self::Unread(place, _) => Self::unread(place),
        }
    }
}
