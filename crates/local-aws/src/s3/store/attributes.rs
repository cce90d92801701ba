//! What an upload says of its object beside its type, its metadata and its encryption, and what `s3s-fs` does not keep: storage
//! class, tags and lock.

use jiff::Timestamp as Moment;
use s3s::dto::{ObjectLockLegalHoldStatus, ObjectLockMode, StorageClass, Tag, Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// They are recorded and told back as S3 would; a lock is not enforced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    storage_class: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock_mode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retain_until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legal_hold: Option<String>,
}

/// What a request says of them.
#[derive(Default)]
pub struct Said {
    pub storage_class: Option<StorageClass>,
    pub tagging: Option<String>,
    pub lock_mode: Option<ObjectLockMode>,
    pub retain_until: Option<Timestamp>,
    pub legal_hold: Option<ObjectLockLegalHoldStatus>,
}

/// Takes what an upload, a copy or the beginning of an upload in parts says, whose inputs are different types with the same
/// fields. The file system knows none of them; what it does not store it must not refuse.
macro_rules! take_said {
    ($input:ident) => {
        $crate::s3::store::attributes::Said {
            storage_class: $input.storage_class.take(),
            tagging: $input.tagging.take(),
            lock_mode: $input.object_lock_mode.take(),
            retain_until: $input.object_lock_retain_until_date.take(),
            legal_hold: $input.object_lock_legal_hold_status.take(),
        }
    };
}
pub(super) use take_said;

/// The classes of general purpose buckets.
const CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "GLACIER_IR",
    "DEEP_ARCHIVE",
];

const MOST_TAGS: usize = 10;

impl Said {
    /// Whether the object is to be locked.
    #[must_use]
    pub fn locks(&self) -> bool {
        self.lock_mode.is_some() || self.retain_until.is_some() || self.legal_hold.is_some()
    }

    /// Checks what is said, as S3 does at `now`.
    ///
    /// # Errors
    /// When S3 would refuse it.
    pub fn checked(self, now: Moment) -> S3Result<Attributes> {
        if let Some(class) = self.storage_class.as_ref().filter(|class| !CLASSES.contains(&class.as_str())) {
            return Err(s3_error!(InvalidStorageClass, "The storage class `{}` is not valid", class.as_str()));
        }
        if self.lock_mode.is_some() != self.retain_until.is_some() {
            return Err(s3_error!(
                InvalidArgument,
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
            ));
        }
        let retain_until = self.retain_until.as_ref().map(date_time).transpose()?;
        if retain_until.as_ref().is_some_and(|until| until.parse::<Moment>().is_ok_and(|until| until <= now)) {
            return Err(s3_error!(InvalidArgument, "The retain until date must be in the future!"));
        }
        Ok(Attributes {
            storage_class: self.storage_class.map(|class| class.as_str().to_owned()),
            tags: tags(self.tagging.as_deref().unwrap_or_default())?,
            lock_mode: self.lock_mode.map(|mode| mode.as_str().to_owned()),
            retain_until,
            legal_hold: self.legal_hold.map(|status| status.as_str().to_owned()),
        })
    }
}

impl Attributes {
    /// The class as S3 tells it, which it does of no object in the standard one.
    #[must_use]
    pub fn storage_class(&self) -> Option<StorageClass> {
        let class = self.storage_class.clone().filter(|class| class != "STANDARD");
        class.map(StorageClass::from)
    }

    /// Whether the bytes are out of reach until they are restored.
    #[must_use]
    pub fn archived(&self) -> bool {
        matches!(self.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE"))
    }

    /// How many tags there are, as S3 tells it, which it does of no object without one.
    #[must_use]
    pub fn tag_count(&self) -> Option<i32> {
        i32::try_from(self.tags.len()).ok().filter(|count| *count > 0)
    }

    #[must_use]
    pub fn tag_set(&self) -> Vec<Tag> {
        self.tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
    }

    #[must_use]
    pub fn lock_mode(&self) -> Option<ObjectLockMode> {
        self.lock_mode.clone().map(ObjectLockMode::from)
    }

    #[must_use]
    pub fn retain_until(&self) -> Option<Timestamp> {
        Timestamp::parse(TimestampFormat::DateTime, self.retain_until.as_deref()?).ok()
    }

    #[must_use]
    pub fn legal_hold(&self) -> Option<ObjectLockLegalHoldStatus> {
        self.legal_hold.clone().map(ObjectLockLegalHoldStatus::from)
    }
}

/// Reads a tagging header, which is encoded as a query.
fn tags(header: &str) -> S3Result<Vec<(String, String)>> {
    let malformed = || {
        s3_error!(
            InvalidArgument,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name \
             duplicates."
        )
    };
    let tags: Vec<(String, String)> = serde_urlencoded::from_str(header).map_err(|_| malformed())?;
    let twice = |(i, (key, _)): (usize, &(String, String))| tags.iter().skip(i + 1).any(|(other, _)| other == key);
    if tags.iter().enumerate().any(twice) {
        return Err(malformed());
    }
    if tags.len() > MOST_TAGS {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than 10"));
    }
    Ok(tags)
}

fn date_time(at: &Timestamp) -> S3Result<String> {
    let mut text = Vec::new();
    at.format(TimestampFormat::DateTime, &mut text).map_err(s3s::S3Error::internal_error)?;
    String::from_utf8(text).map_err(s3s::S3Error::internal_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-05-01T10:00:00Z";

    fn checked(said: Said) -> S3Result<Attributes> {
        said.checked(NOW.parse().unwrap())
    }

    #[test]
    fn tags_are_read_as_the_query_that_they_are() {
        let said = Said { tagging: Some("project=a%20b%2Bc&empty=".to_owned()), ..Default::default() };
        let attributes = checked(said).unwrap();
        assert_eq!(attributes.tags, [("project".into(), "a b+c".into()), ("empty".into(), String::new())]);
        assert_eq!(attributes.tag_count(), Some(2));
        for bad in ["a=1&a=2".to_owned(), (0..11).map(|i| format!("{i}=")).collect::<Vec<_>>().join("&")] {
            assert!(checked(Said { tagging: Some(bad), ..Default::default() }).is_err());
        }
    }

    #[test]
    fn a_lock_has_both_its_parts_and_ends_in_the_future() {
        let lock = |until: Option<&str>| Said {
            lock_mode: Some(ObjectLockMode::from_static("GOVERNANCE")),
            retain_until: until.map(|until| Timestamp::parse(TimestampFormat::DateTime, until).unwrap()),
            ..Default::default()
        };
        assert!(checked(lock(None)).is_err());
        assert!(checked(lock(Some(NOW))).is_err());
        let locked = checked(lock(Some("2026-05-01T10:00:01Z"))).unwrap();
        assert!(locked.lock_mode().is_some() && locked.retain_until().is_some());
    }

    #[test]
    fn what_is_recorded_is_read_back() {
        let said = Said {
            storage_class: Some(StorageClass::from_static("GLACIER")),
            tagging: Some("a=1".to_owned()),
            legal_hold: Some(ObjectLockLegalHoldStatus::from_static("ON")),
            ..Default::default()
        };
        let attributes = checked(said).unwrap();
        let text = serde_json::to_string(&attributes).unwrap();
        assert_eq!(serde_json::from_str::<Attributes>(&text).unwrap(), attributes);
        assert!(attributes.archived());
        assert_eq!(serde_json::from_str::<Attributes>("{}").unwrap(), Attributes::default(), "an earlier record");
    }
}
