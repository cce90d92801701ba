use std::time::SystemTime;

use super::S3Request;
use crate::encryption::AskedEncryption;
use crate::lifetime::{Asked, Bounds, Lifetime};
use crate::names::{BucketName, ObjectKey};
use crate::operation::{Operation, OperationClass};
use crate::presigned_url::PresignedUrl;
use crate::profile::{Address, BucketProfile, Profiles};
use crate::signed_request::{Refusal, SignError, Signing};
use crate::signing_session::SigningSession;

/// The object of an upload, where a profile serves it.
#[derive(Debug, Clone)]
pub struct BoundUpload<'a> {
    profile: &'a BucketProfile,
    address: Address,
}

/// Requests just signed, in their order.
#[derive(Debug, Clone)]
pub struct SignedRequests {
    pub urls: Vec<PresignedUrl>,
    pub lifetime: Lifetime,
    pub expires_at: SystemTime,
}

impl<'a> BoundUpload<'a> {
    /// # Errors
    /// When `profiles` do not serve uploads in parts to this key.
    pub fn new(bucket: &BucketName, key: &ObjectKey, profiles: &'a Profiles) -> Result<Self, Refusal> {
        let profile = profiles.serving(bucket, "bucket")?;
        profile.check(Operation::MultipartUpload, key)?;
        Ok(Self { profile, address: profile.endpoint().address(profile.addressing_style(), bucket, key) })
    }

    #[must_use]
    pub fn profile(&self) -> &'a BucketProfile {
        self.profile
    }

    /// What the session that signs is confined to; one that `compares` may also read what is there.
    #[must_use]
    pub fn session_policy(&self, compares: bool) -> &'a str {
        if compares {
            self.profile.session_policy_to_overwrite()
        } else {
            self.profile.session_policy(OperationClass::Write)
        }
    }

    /// Adds the headers of encryption, which belong on the request that creates the upload and on no other.
    ///
    /// # Errors
    /// When `asked` contradicts the profile, or what S3 accepts.
    pub fn encrypt(&self, mut request: S3Request, asked: &AskedEncryption) -> Result<S3Request, Refusal> {
        request.headers.extend(self.profile.encryption().upload_headers(asked, self.profile.region())?);
        Refusal::check_headers(&request.headers)?;
        Ok(request)
    }

    /// Signs a request that the service sends itself, at once.
    ///
    /// # Errors
    /// When the session leaves less than a second.
    pub fn sign_at_once(
        &self,
        request: &S3Request,
        bounds: &Bounds,
        session: &SigningSession,
        now: SystemTime,
    ) -> Result<PresignedUrl, SignError> {
        Signing::at_once(request, (self.profile, &self.address), bounds, session, now)
    }

    /// Signs them all with the very credentials whose expiry was measured, so that they end together.
    ///
    /// # Errors
    /// When the session leaves less than a second, or less than `asked` insists on, or no answer could have them all.
    pub fn sign<'r>(
        &self,
        requests: impl IntoIterator<Item = &'r S3Request>,
        asked: &Asked,
        bounds: &Bounds,
        session: &SigningSession,
        now: SystemTime,
    ) -> Result<SignedRequests, SignError> {
        let signing = Signing::at(now, asked, bounds, session, self.profile.region())?;
        let urls = requests.into_iter().map(|it| signing.url(it.method, &self.address, &it.query, &it.headers));
        let urls: Vec<PresignedUrl> = urls.collect();
        if urls.iter().map(|url| url.expose().len()).sum::<usize>() > Refusal::LONGEST_ANSWER {
            return Err(Refusal::AnswerTooLong.into());
        }
        Ok(SignedRequests { urls, lifetime: signing.lifetime, expires_at: signing.expires_at })
    }
}
