use std::time::{Duration, SystemTime};

use presign::cache::UrlCache;
use presign::form::{BoundForm, FormContentType, FormRequest, PostForm};
use presign::lifetime::LimitedBy;
use presign::signing_session::SigningSessions;

use crate::admission::{ENCRYPTION, encryption};
use crate::issue_error::sign_error;
use crate::issued_url::told;
use crate::steps::Opened;
use crate::{Caller, IssueError, Issuer};

/// A form that is signed, and all that its holder must know of it.
#[derive(Debug, Clone)]
pub struct IssuedForm {
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
    pub form: PostForm,
    /// With what the type of the file has to begin, where the holder is to say it.
    pub content_type: Option<String>,
    pub expires_at: SystemTime,
    pub expires_in: Duration,
    pub limited_by: LimitedBy,
    /// The ARN that S3 sees as the signer.
    pub signed_by: String,
    /// How old the session was that has signed it, where that is known.
    pub session_age: Option<Duration>,
    /// Whether the answer is to have a command line that sends the form.
    pub wants_curl: bool,
}

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Issues a form for `request` to `caller`. Each is signed afresh: a form is used once, and nothing caches it.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, the lifetime cannot be had, or nothing signs.
    pub async fn issue_form(&self, caller: &Caller, request: &FormRequest) -> Result<IssuedForm, IssueError> {
        let bound = BoundForm::new(request, &self.profiles);
        let signed = bound.as_ref().ok().and_then(|bound| bound.field(ENCRYPTION));
        let encryption = encryption(signed, request.encryption());
        // The policies come first: who may not have the form learns nothing of the profiles.
        let permitted_by = self.admit_form(caller, request, encryption)?;
        let bound = bound?;
        let (profile, asked) = (bound.profile(), request.asked());
        self.check_bounds(profile, asked).await?;
        let Opened { session, bounds, .. } = self.session(caller, profile, bound.session_policy(), asked).await?;
        let signed = bound.sign(&bounds, &session, self.now());
        let signed = signed.map_err(|error| sign_error(error, asked, &bounds, &session))?;
        Ok(IssuedForm {
            permitted_by,
            form: signed.form,
            content_type: match request.content_type() {
                Some(FormContentType::StartsWith(beginning)) => Some(beginning.clone()),
                Some(FormContentType::Exactly(_)) | None => None,
            },
            expires_at: signed.expires_at,
            expires_in: told(signed.lifetime.expires_in, signed.expires_at, session.expiry, self.now()),
            limited_by: signed.lifetime.limited_by,
            signed_by: session.signed_by.clone(),
            session_age: session.age(self.now()),
            wants_curl: request.wants_curl(),
        })
    }
}
