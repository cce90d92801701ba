use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{BucketProfile, S3Endpoint};
use crate::names::BucketName;

/// Profiles that were checked before, each at a place: they are read one by one when somebody asks for them.
pub trait UnreadProfiles: fmt::Debug + Send + Sync {
    /// How many places there are, of which the first is 0.
    fn places(&self) -> usize;

    /// Where the profile of this bucket is.
    fn place_of(&self, bucket: &BucketName) -> Option<usize>;

    /// Whose profile is there, if one is.
    fn bucket_at(&self, place: usize) -> Option<BucketName>;

    /// The profile of this bucket, which is there; none where what stands there is no such profile, which whoever checked it has
    /// excluded.
    fn read(&self, place: usize, bucket: &BucketName) -> Option<BucketProfile>;
}

/// Unread profiles, and what has been read of them. Boxed, for among many most are not asked for.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    source: Arc<dyn UnreadProfiles>,
    read: Vec<OnceLock<Option<Box<BucketProfile>>>>,
    default_endpoint: Option<S3Endpoint>,
}

impl Unread {
    pub(super) fn new(source: Arc<dyn UnreadProfiles>) -> Self {
        let read = (0..source.places()).map(|_| OnceLock::new()).collect();
        Self { source, read, default_endpoint: None }
    }

    /// What has been read is read again.
    pub(super) fn at_default_endpoint(self, endpoint: S3Endpoint) -> Self {
        Self { default_endpoint: Some(endpoint), ..Self::new(self.source) }
    }

    pub(super) fn has(&self, bucket: &BucketName) -> bool {
        self.source.place_of(bucket).is_some()
    }

    pub(super) fn get(&self, bucket: &BucketName) -> Option<&BucketProfile> {
        self.at(self.source.place_of(bucket)?, bucket)
    }

    /// All buckets, each with its profile, unless that cannot be read.
    pub(super) fn iter(&self) -> impl Iterator<Item = (BucketName, Option<&BucketProfile>)> {
        let buckets = (0..self.source.places()).filter_map(|place| Some((place, self.source.bucket_at(place)?)));
        buckets.map(|(place, bucket)| {
            let profile = self.at(place, &bucket);
            (bucket, profile)
        })
    }

    pub(super) fn buckets(&self) -> impl Iterator<Item = BucketName> {
        (0..self.source.places()).filter_map(|place| self.source.bucket_at(place))
    }

    fn at(&self, place: usize, bucket: &BucketName) -> Option<&BucketProfile> {
        let read = || {
            let profile = self.source.read(place, bucket)?;
            Some(Box::new(match &self.default_endpoint {
                Some(endpoint) => profile.at_default_endpoint(endpoint),
                None => profile,
            }))
        };
        self.read.get(place)?.get_or_init(read).as_deref()
    }
}
