//! Tries URLs before they are handed out.

mod after_invalidation;
mod until;
mod verdict;

pub use after_invalidation::VerifiedGenerations;
pub(crate) use until::{PATIENCE, Until};
pub use verdict::{Verified, WouldFail};

use presign::cache::{LookUp, UrlCache};
use presign::lifetime::Asked;
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use presign::signed_request::UploadTrial;
use presign::signing_session::SigningSessions;
use s3_calls::{Reading, S3CallError};

use crate::issue_error::sign_error;
use crate::steps::{Opened, Origin, Prepared, Settled};
use crate::{IssueError, Issuer};

/// How a URL is tried.
#[derive(Clone, Copy)]
enum Trial<'a> {
    /// It is used.
    Reading(Reading),
    /// It is not used, for that would write: what S3 says to the session that has signed it.
    Upload(&'a Opened),
}

impl<'a> Trial<'a> {
    fn of(operation: Operation, settled: &'a Settled) -> Option<Self> {
        match operation {
            _ if !settled.then.to_try => None,
            Operation::GetObject => Some(Self::Reading(Reading::Get)),
            Operation::HeadObject => Some(Self::Reading(Reading::Head)),
            Operation::PutObject => match &settled.origin {
                Origin::Signed { by, .. } | Origin::Like { by } => Some(Self::Upload(by)),
                Origin::Cache => None,
            },
            _ => None,
        }
    }
}

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Whether the URL is to be tried: the request asks for it, or its profile does after an invalidation.
    pub(crate) fn is_to_be_tried(&self, prepared: &Prepared<'_>, found: Option<&LookUp>) -> bool {
        prepared.bound.request().wants_verification() || self.verified.is_due(prepared, found)
    }

    /// Tries the URL that is settled on. None where it need not be tried.
    ///
    /// # Errors
    /// When the URL would fail, with the reason; and when S3 does not answer `until` then, so that nobody knows.
    pub(crate) async fn verify(
        &self,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        settled: &Settled,
        until: Until,
    ) -> Result<Option<Verified>, IssueError> {
        let Some(trial) = Trial::of(prepared.bound.request().operation(), settled) else { return Ok(None) };
        // Meanwhile another of the batch may have been found to work.
        if !self.is_to_be_tried(prepared, found) {
            return Ok(None);
        }
        let until = match trial {
            Trial::Upload(_) => until.tidying_up(),
            Trial::Reading(_) => until,
        };
        // Boxed, since most URLs need none of it, and a batch has a thousand.
        let tried = Box::pin(until.reached(self.try_out(prepared, found, &settled.row.url, trial))).await;
        tried.ok_or(IssueError::Untried)?
    }

    async fn try_out(
        &self,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        url: &PresignedUrl,
        trial: Trial<'_>,
    ) -> Result<Option<Verified>, IssueError> {
        let tried = match trial {
            Trial::Upload(by) => self.try_upload(prepared, by).await?,
            Trial::Reading(reading) => {
                self.s3.try_reading(reading, prepared.bound.headers(), url).await.map(|()| Verified::Used)
            }
        };
        match tried {
            Ok(verified) => {
                self.verified.note(prepared, found);
                Ok(Some(verified))
            }
            Err(S3CallError::Refused { status: status @ 400..500, code, message }) => {
                let would_fail = WouldFail::of(prepared, url, (status, code, &message), self.now());
                // Whether the object is there no policy decides.
                if !prepared.bound.request().wants_verification() && would_fail.is_about_the_object() {
                    self.verified.note(prepared, found);
                    return Ok(None);
                }
                Err(IssueError::WouldFail(Box::new(would_fail)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing is written: what S3 says to an upload in parts that never gets one, or to a part of none.
    async fn try_upload(
        &self,
        prepared: &Prepared<'_>,
        Opened { session, bounds, .. }: &Opened,
    ) -> Result<Result<Verified, S3CallError>, IssueError> {
        let bound = &prepared.bound;
        let sign = |request: &_| {
            let signed = bound.sign_trial(request, bounds, session, self.now());
            signed.map_err(|error| sign_error(error, &Asked::AT_ONCE, bounds, session))
        };
        match UploadTrial::of(bound) {
            UploadTrial::Create(request) => {
                let created = match self.s3.create_upload(&request, &sign(&request)?).await {
                    Ok(created) => created,
                    Err(error) => return Ok(Err(error)),
                };
                let abort = UploadTrial::abort(&created.upload_id);
                if let Err(error) = self.s3.abort_upload(&abort, &sign(&abort)?).await {
                    // It has no part and costs nothing. Unless the bucket has a lifecycle rule for such uploads, it stays.
                    let (error, bucket) = (error.without_names(), bound.profile().bucket());
                    tracing::warn!(error, %bucket, "an upload that was tried could not be aborted");
                }
                Ok(Ok(Verified::PermissionAndKey))
            }
            UploadTrial::Part(request) => Ok(match self.s3.upload_part(&request, &sign(&request)?).await {
                Err(error) if !error.is_no_such_upload() => Err(error),
                // That there is no such upload S3 answers once it has looked for the permission.
                _ => Ok(Verified::Permission),
            }),
        }
    }
}
