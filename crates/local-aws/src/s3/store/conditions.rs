//! The conditions that a read may be under: `If-Match` and its kin.

use s3s::dto::{ETag, ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};

/// The conditions of a read.
pub struct Conditions {
    pub matching: Option<ETagCondition>,
    pub none_matching: Option<ETagCondition>,
    pub modified_since: Option<Timestamp>,
    pub unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// Fails with 412 or 304 unless they hold; the tag conditions outweigh those on time.
    pub fn check(&self, e_tag: Option<&ETag>, last_modified: Option<&Timestamp>) -> S3Result<()> {
        let matches = |condition: &ETagCondition| {
            condition.is_any() || condition.as_etag().zip(e_tag).is_some_and(|(wanted, found)| wanted.weak_cmp(found))
        };
        // HTTP dates have whole seconds.
        let newer_than = |bound: &Timestamp| match (last_modified.and_then(http_date), last_modified) {
            (Some(text), Some(modified)) => Some(text) != http_date(bound) && modified > bound,
            _ => false,
        };
        let unmet = match (&self.matching, &self.unmodified_since) {
            (Some(condition), _) => !matches(condition),
            (None, Some(bound)) => newer_than(bound),
            (None, None) => false,
        };
        if unmet {
            return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
        }
        let unchanged = match (&self.none_matching, &self.modified_since) {
            (Some(condition), _) => matches(condition),
            (None, Some(bound)) => !newer_than(bound),
            (None, None) => false,
        };
        if unchanged {
            let mut error = s3_error!(NotModified);
            let mut headers = http::HeaderMap::new();
            if let Some(value) = e_tag.and_then(|e_tag| e_tag.to_http_header().ok()) {
                headers.insert(http::header::ETAG, value);
            }
            error.set_headers(headers);
            return Err(error);
        }
        Ok(())
    }
}

/// A time as an HTTP header has it.
fn http_date(at: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    at.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}
