use std::sync::Arc;

use checked_file::CheckedFile;
use presign::names::BucketName;
use presign::profile::{BucketProfile, Profiles, UnreadProfiles};
use serde::Deserialize;

use super::AT_START;
use crate::bucket::Bucket;
use crate::file::from_json;
use crate::placeholders::fill;
use crate::{CacheSettings, CallerSettings, Settings};

/// What a checked file begins with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    #[serde(default)]
    cache: CacheSettings,
    #[serde(default)]
    callers: CallerSettings,
}

/// The settings, unless what a placeholder stands for is a mistake: the text tells which.
pub fn settings(file: CheckedFile, variable: impl Fn(&str) -> Option<String>) -> Option<Settings> {
    let heading: Heading = from_json(&fill(file.heading(), &variable).ok()?).ok()?;
    let mut read = vec![];
    for place in file.find(AT_START) {
        let part = file.part(place).ok()?;
        let table = fill(&part, &variable).ok()?;
        let Bucket(profile) = from_json(&table).ok()?;
        read.push(profile);
    }
    let profiles = Profiles::with_unread(read, Arc::new(CheckedTables(file))).ok()?;
    Some(Settings { cache: heading.cache, callers: heading.callers, profiles })
}

#[derive(Debug)]
struct CheckedTables(CheckedFile);

impl UnreadProfiles for CheckedTables {
    fn places(&self) -> usize {
        self.0.parts()
    }

    fn place_of(&self, bucket: &BucketName) -> Option<usize> {
        self.0.find(bucket.as_str()).next()
    }

    fn bucket_at(&self, place: usize) -> Option<BucketName> {
        self.0.key(place).filter(|key| *key != AT_START)?.parse().ok()
    }

    fn read(&self, place: usize, bucket: &BucketName) -> Option<BucketProfile> {
        let part = self.0.part(place).map_err(|error| error.to_string());
        match part.and_then(|part| from_json(&part).map_err(|error| error.to_string())) {
            Ok(Bucket(profile)) if profile.bucket() == bucket => Some(profile),
            other => {
                let error = other.err();
                tracing::error!(%bucket, error, "the checked settings have no profile of it: run `presign check-settings`");
                None
            }
        }
    }
}
