//! Tries URLs before they are handed out.

mod after_invalidation;
mod until;
mod verdict;

pub use after_invalidation::VerifiedGenerations;
pub(crate) use until::{PATIENCE, Until};
pub use verdict::{Verified, WouldFail};

use std::time::Duration;

use presign::cache::{CachedUrl, LookUp, UrlCache};
use presign::lifetime::{Asked, ExpiresIn, LifetimeMode};
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use presign::signed_request::UploadTrial;
use presign::signing_session::SigningSessions;
use s3_calls::S3CallError;

use crate::issuer::{Opened, Prepared, sign_error};
use crate::{IssueError, Issuer};

/// How long the requests of a trial are good for, which are sent at once.
const AT_ONCE: Asked = Asked { expires_in: ExpiresIn::MINUTE, mode: LifetimeMode::Clamp, minimum_remaining: None };

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Whether the URL is to be tried: the request asks for it, or its profile does after an invalidation.
    pub(crate) fn is_tried(&self, prepared: &Prepared<'_>, found: Option<&LookUp>) -> bool {
        prepared.bound.request().wants_verification() || self.verified.is_due(prepared, found)
    }

    /// Tries the URL of `row`, which is signed `by` that session unless it comes from the cache. None where it need not be tried.
    ///
    /// # Errors
    /// When the URL would fail, with the reason; when S3 does not answer `until` then, so that nobody knows; and when the trial has taken so
    /// long that too little is left.
    pub(crate) async fn verify(
        &self,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        row: &CachedUrl,
        by: Option<&Opened>,
        until: Until,
    ) -> Result<Option<Verified>, IssueError> {
        if !self.is_tried(prepared, found) {
            return Ok(None);
        }
        let until = match prepared.bound.request().operation() {
            Operation::PutObject => until.tidying_up(),
            _ => until,
        };
        // Boxed, since most URLs need none of it, and a batch has a thousand.
        let tried = Box::pin(until.reached(self.try_out(prepared, found, &row.url, by))).await;
        let verified = tried.ok_or(IssueError::Untried)??;
        let insisted_on =
            prepared.bound.request().asked().minimum_remaining.map_or(Duration::ZERO, ExpiresIn::duration);
        let left = row.left(self.now());
        if left.is_zero() || left < insisted_on { Err(IssueError::Untried) } else { Ok(verified) }
    }

    async fn try_out(
        &self,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        url: &PresignedUrl,
        by: Option<&Opened>,
    ) -> Result<Option<Verified>, IssueError> {
        let tried = match (prepared.bound.request().operation(), by) {
            (Operation::PutObject, Some(by)) => self.try_upload(prepared, by).await?,
            _ => self
                .s3
                .try_reading(prepared.bound.request().operation().method(), prepared.bound.headers(), url)
                .await
                .map(|()| Verified::Used),
        };
        match tried {
            Ok(verified) => {
                self.verified.note(prepared, found);
                Ok(Some(verified))
            }
            Err(refusal @ S3CallError::Refused { status: 400..500, .. }) => {
                let would_fail = WouldFail::of(prepared, url, &refusal, self.now());
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
        Opened { session, bounds }: &Opened,
    ) -> Result<Result<Verified, S3CallError>, IssueError> {
        let bound = &prepared.bound;
        let sign = |request: &_| {
            let signed = bound.sign_trial(request, &AT_ONCE, bounds, session, self.now());
            signed.map_err(|error| sign_error(error, &AT_ONCE, bounds, session))
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
            UploadTrial::Part(request) => Ok(match self.s3.list_parts(&request, &sign(&request)?).await {
                // That is what S3 answers to a part of none, once it has looked for the permission.
                Err(error) if error.is_no_such_upload() => Ok(Verified::Permission),
                Err(error) => Err(error),
                Ok(_) => Ok(Verified::Permission),
            }),
        }
    }
}
