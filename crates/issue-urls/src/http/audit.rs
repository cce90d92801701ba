//! Who was given what, and who was not: a line and a count for each URL, form, and step of an upload in parts. No line has the URL, and of the
//! key it has the digest only, which `printf %s KEY | sha256sum` tells too: keys are names that people gave.

use metrics::counter;
use presign::form::FormRequest;
use presign::lifetime::LimitedBy;
use presign::multipart::PartUrls;
use presign::names::{BucketName, ObjectKey};
use presign::request::UrlRequest;

use super::problem::Problem;
use crate::known::digest;
use crate::{CacheUse, Caller, IssueError, IssuedForm, IssuedPartUrls, IssuedUrl};

pub fn of_url(caller: &Caller, request: &UrlRequest, key_sha256: &str, outcome: &Result<IssuedUrl, IssueError>) {
    let (operation, bucket) = (request.operation().as_str(), request.bucket().as_str());
    match outcome {
        Ok(url) => {
            counter!("UrlIssued").increment(1);
            if url.row.limited_by == LimitedBy::Session {
                counter!("LifetimeShortened").increment(1);
            }
            if url.cache == CacheUse::Hit {
                counter!("UrlFromCache").increment(1);
            }
            tracing::info!(
                caller = caller.name(),
                operation,
                bucket,
                key_sha256,
                expires_in = url.expires_in.as_secs(),
                limited_by = url.row.limited_by.as_str(),
                cache = url.cache.as_str(),
                session_age = url.session_age.map(|age| age.as_secs()),
                signed_by = url.row.signed_by,
                permitted_by = ?url.permitted_by,
                "issued a URL"
            );
        }
        Err(error) => refused(caller, (bucket, key_sha256), (Some(operation), None), "refused a URL", error),
    }
}

pub fn of_form(caller: &Caller, request: &FormRequest, outcome: &Result<IssuedForm, IssueError>) {
    let (bucket, key_sha256) = (request.bucket().as_str(), digest(request.key().beginning()));
    match outcome {
        Ok(form) => {
            counter!("FormIssued").increment(1);
            tracing::info!(
                caller = caller.name(),
                bucket,
                key_sha256,
                expires_in = form.expires_in.as_secs(),
                limited_by = form.limited_by.as_str(),
                session_age = form.session_age.map(|age| age.as_secs()),
                signed_by = form.signed_by,
                permitted_by = ?form.permitted_by,
                "issued a form"
            );
        }
        Err(error) => refused(caller, (bucket, &key_sha256), (None, None), "refused a form", error),
    }
}

/// One line for each part, as for any URL.
pub fn of_parts(caller: &Caller, request: &PartUrls, outcome: &Result<IssuedPartUrls, IssueError>) {
    let (bucket, key_sha256) = (request.bucket.as_str(), digest(request.key.as_str()));
    match outcome {
        Ok(urls) => {
            counter!("PartUrlIssued").increment(urls.parts.len() as u64);
            logging::together(|| {
                for part in &urls.parts {
                    tracing::info!(
                        caller = caller.name(),
                        bucket,
                        key_sha256,
                        part_number = part.part_number,
                        expires_in = urls.expires_in.as_secs(),
                        limited_by = urls.limited_by.as_str(),
                        session_age = urls.session_age.map(|age| age.as_secs()),
                        signed_by = urls.signed_by,
                        permitted_by = ?urls.permitted_by,
                        "issued the URL of a part"
                    );
                }
            });
        }
        Err(error) => refused(caller, (bucket, &key_sha256), (None, None), "refused URLs of parts", error),
    }
}

/// An upload that was created, listed, completed or aborted, or was not.
pub fn of_step<T>(
    caller: &Caller,
    (bucket, key): (&BucketName, &ObjectKey),
    step: &'static str,
    outcome: &Result<T, IssueError>,
) {
    let (bucket, key_sha256) = (bucket.as_str(), digest(key.as_str()));
    match outcome {
        Ok(_) => tracing::info!(caller = caller.name(), bucket, key_sha256, step, "served a multipart upload"),
        Err(error) => refused(caller, (bucket, &key_sha256), (None, Some(step)), "refused a multipart upload", error),
    }
}

/// Counts a refusal, and says it: a warning where somebody has to see to the service. Tells neither what the policies say no to nor S3's
/// own words, which name the key. That may be anything that a caller has sent, a whole URL too. The gate has logged which policies it was.
fn refused(
    caller: &Caller,
    (bucket, key_sha256): (&str, &str),
    (operation, step): (Option<&str>, Option<&str>),
    what: &str,
    error: &IssueError,
) {
    let problem = Problem::from(error.clone());
    let of_the_service = problem.is_of_the_service();
    let (caller, problem) = (caller.name(), problem.kind.name());
    counter!("Refused", "Kind" => problem).increment(1);
    let error = match error {
        IssueError::Denied(_) => None,
        IssueError::S3(error) => Some(error.without_names()),
        IssueError::WouldFail(would_fail) => Some(would_fail.without_names()),
        error => Some(error.to_string()),
    };
    if of_the_service {
        tracing::warn!(caller, operation, bucket, key_sha256, step, problem, error, "{what}");
    } else {
        tracing::info!(caller, operation, bucket, key_sha256, step, problem, error, "{what}");
    }
}
