//! Tries URLs before they are handed out.

mod after_invalidation;
mod until;
mod verdict;

pub use after_invalidation::VerifiedGenerations;
pub(crate) use until::{PATIENCE, Until};
pub use verdict::{Verified, WouldFail};

use presign::cache::{LookUp, UrlCache};
use presign::lifetime::{Asked, ExpiresIn, LifetimeMode};
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use presign::signed_request::UploadTrial;
use presign::signing_session::SigningSessions;
use s3_calls::S3CallError;

use crate::issuer::{Opened, Prepared, sign_error};
use crate::{Caller, IssueError, Issuer};

/// How long the requests of a trial are good for, which are sent at once.
const AT_ONCE: Asked = Asked { expires_in: ExpiresIn::MINUTE, mode: LifetimeMode::Clamp, minimum_remaining: None };

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Tries the URL, where the request asks for it or its profile does after an invalidation. None where it need not be tried.
    ///
    /// # Errors
    /// When the URL would fail, with the reason; and when S3 does not answer `until` then, so that nobody knows.
    pub(crate) async fn verify(
        &self,
        caller: &Caller,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        url: &PresignedUrl,
        until: Until,
    ) -> Result<Option<Verified>, IssueError> {
        let asked_for = prepared.bound.request().wants_verification();
        if !asked_for && !self.verified.is_due(prepared, found) {
            return Ok(None);
        }
        let until = match prepared.bound.request().operation() {
            Operation::PutObject => until.tidying_up(),
            _ => until,
        };
        // Boxed, since most URLs need none of it, and a batch has a thousand.
        let tried = Box::pin(until.reached(self.try_out(caller, prepared, found, url, asked_for))).await;
        tried.ok_or(IssueError::Untried)?
    }

    async fn try_out(
        &self,
        caller: &Caller,
        prepared: &Prepared<'_>,
        found: Option<&LookUp>,
        url: &PresignedUrl,
        asked_for: bool,
    ) -> Result<Option<Verified>, IssueError> {
        let tried = match prepared.bound.request().operation() {
            Operation::PutObject => self.try_upload(caller, prepared).await?,
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
                if !asked_for && would_fail.is_about_the_object() {
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
        caller: &Caller,
        prepared: &Prepared<'_>,
    ) -> Result<Result<Verified, S3CallError>, IssueError> {
        let bound = &prepared.bound;
        let policy = bound.session_policy();
        let Opened { session, bounds } =
            self.session(caller, bound.profile(), policy, &AT_ONCE, bound.scopes()).await?;
        let sign = |request: &_| {
            let signed = bound.sign_trial(request, &AT_ONCE, &bounds, &session, self.now());
            signed.map_err(|error| sign_error(error, &AT_ONCE, &bounds, &session))
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
                    tracing::warn!(%error, bucket = %bound.profile().bucket(), "an upload that was tried could not be aborted");
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
