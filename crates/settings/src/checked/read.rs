use std::sync::Arc;

use checked_file::CheckedFile;
use presign::names::BucketName;
use presign::profile::{BucketProfile, Profiles, UnreadProfiles};
use serde::Deserialize;

use super::{AT_START, RULES};
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

/// What `file` says, if it is of this text, and by these rules.
pub fn of(text: &str, file: Vec<u8>) -> Option<CheckedFile> {
    CheckedFile::of(&[RULES, text], file)
}

/// The settings, unless what a placeholder stands for is a mistake: the text tells which.
pub fn settings(file: CheckedFile, variable: impl Fn(&str) -> Option<String>) -> Option<Settings> {
    let heading: Heading = from_json(&fill(file.heading(), &variable).ok()?).ok()?;
    let mut read = vec![];
    for place in file.find(AT_START) {
        let table = fill(file.part(place)?, &variable).ok()?;
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
        match from_json(self.0.part(place)?) {
            Ok(Bucket(profile)) if profile.bucket() == bucket => Some(profile),
            other => {
                let error = other.err().map(|error| error.to_string());
                tracing::error!(%bucket, error, "the checked settings have no profile of it: run `presign check-settings`");
                None
            }
        }
    }
}
