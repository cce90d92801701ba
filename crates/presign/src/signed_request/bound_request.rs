use std::borrow::Cow;
use std::time::SystemTime;

use super::{Refusal, Signing};
use crate::attribution::Attributed;
use crate::cache::CacheKey;
use crate::generation::Scope;
use crate::lifetime::{Bounds, ExpiresIn, Lifetime, LifetimeError};
use crate::multipart::S3Request;
use crate::operation::{Operation, OperationClass};
use crate::presigned_url::PresignedUrl;
use crate::profile::{Address, BucketProfile, LONGEST_SESSION_POLICY, Profiles};
use crate::request::{Header, UrlRequest};
use crate::signing_session::{SignerIdentity, SigningSession};
use crate::sigv4::AmzDateError;

/// A request as its URL will bind it: all that is signed, but for who signs and when.
#[derive(Debug, Clone)]
pub struct BoundRequest<'a> {
    request: &'a UrlRequest,
    profile: &'a BucketProfile,
    /// The profile that serves the source of a copy.
    source: Option<&'a BucketProfile>,
    session_policy: Cow<'a, str>,
    address: Address,
    headers: Vec<Header>,
}

/// A URL just signed.
#[derive(Debug, Clone)]
pub struct SignedUrl {
    pub url: PresignedUrl,
    pub lifetime: Lifetime,
    pub expires_at: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Lifetime(#[from] LifetimeError),
    #[error(transparent)]
    Date(#[from] AmzDateError),
    /// For what is known only once it is signed: how long it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl<'a> BoundRequest<'a> {
    /// # Errors
    /// When `profiles` do not serve the request, or it contradicts the one that does.
    pub fn new(request: &'a UrlRequest, profiles: &'a Profiles) -> Result<Self, Refusal> {
        let bucket = request.bucket();
        let profile = profiles.serving(bucket, "bucket")?;
        profile.check(request.operation(), request.key())?;
        let source = match request.copy_source() {
            Some(source) => {
                let profile = profiles.serving(&source.bucket, "copySource")?;
                profile.check(Operation::GetObject, &source.key).map_err(Refusal::Source)?;
                Some(profile)
            }
            None => None,
        };
        Refusal::check_query(request.query())?;
        Ok(Self {
            request,
            profile,
            source,
            session_policy: session_policy(request, profile, source)?,
            address: profile.endpoint().address(profile.addressing_style(), bucket, request.key()),
            headers: headers(request, profile)?,
        })
    }

    #[must_use]
    pub fn request(&self) -> &'a UrlRequest {
        self.request
    }

    #[must_use]
    pub fn profile(&self) -> &'a BucketProfile {
        self.profile
    }

    /// What the session that signs is confined to.
    #[must_use]
    pub fn session_policy(&self) -> &str {
        &self.session_policy
    }

    /// Exactly what the client must send, besides `Host`.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The scope of the key that the request names to encrypt with; the settings may name it as well. There are as many as callers like.
    #[must_use]
    pub fn scope_of_named_key(&self) -> Option<Scope> {
        self.request.encryption().ssekms_key_id.clone().map(Scope::KmsKey)
    }

    /// The scopes of what is read, written and encrypted with by the settings: what a change of a bucket or a key is about, whoever signs.
    #[must_use]
    pub fn scopes_of_profiles(&self) -> Vec<Scope> {
        let mut scopes: Vec<Scope> = self.profile.scopes().collect();
        for scope in self.source.into_iter().flat_map(BucketProfile::scopes) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }

    /// The identity of the URL: whoever asks for the same under the same profile, in the same name, finds the same row.
    #[must_use]
    pub fn cache_key(&self, attributed: &Attributed, signer: &SignerIdentity) -> CacheKey {
        let by = signer.name();
        let bounds = self.profile.bounds();
        let query = self.request.query();
        let numbers = [
            self.request.asked().expires_in.seconds().to_string(),
            bounds.longest.seconds().to_string(),
            bounds.signature_age.map_or(0, ExpiresIn::seconds).to_string(),
            bounds.clock_skew.as_secs().to_string(),
            self.profile.signer().promised().map_or(0, |promised| promised.as_secs()).to_string(),
            query.len().to_string(),
        ];
        let fixed = [
            by.as_str(),
            self.session_policy(),
            self.profile.region().as_str(),
            self.request.operation().method(),
            self.address.scheme,
            &self.address.host,
            &self.address.path,
        ];
        let query = query.iter().flat_map(|(name, value)| [*name, value.as_str()]);
        let headers = self.headers.iter().flat_map(|(name, value)| [name.as_ref(), value.as_str()]);
        let attributed = attributed.parts().into_iter();
        CacheKey::of(attributed.chain(fixed).chain(numbers.iter().map(String::as_str)).chain(query).chain(headers))
    }

    /// Signs it with the very credentials whose expiry was measured, for as long as they, the `bounds` and the request allow.
    ///
    /// # Errors
    /// When the session leaves less than a second, or less than the request insists on.
    pub fn sign(&self, bounds: &Bounds, session: &SigningSession, now: SystemTime) -> Result<SignedUrl, SignError> {
        let signing = Signing::at(now, self.request.asked(), bounds, session, self.profile.region())?;
        let method = self.request.operation().method();
        let url = signing.url(method, &self.address, self.request.query(), &self.headers);
        Ok(SignedUrl { url, lifetime: signing.lifetime, expires_at: signing.expires_at })
    }

    /// Signs another request about the same object, which tells whether this one would be let through.
    ///
    /// # Errors
    /// When the session leaves less than a second.
    pub fn sign_trial(
        &self,
        request: &S3Request,
        bounds: &Bounds,
        session: &SigningSession,
        now: SystemTime,
    ) -> Result<PresignedUrl, SignError> {
        Signing::at_once(request, (self.profile, &self.address), bounds, session, now)
    }
}

fn session_policy<'a>(
    request: &UrlRequest,
    profile: &'a BucketProfile,
    source: Option<&BucketProfile>,
) -> Result<Cow<'a, str>, Refusal> {
    match (source, request.operation().class()) {
        (Some(source), _) => {
            let policy = profile.session_policy_to_copy(source);
            match policy.chars().count() {
                length if length > LONGEST_SESSION_POLICY && profile.signer().is_confined() => {
                    Err(Refusal::CopyPolicyTooLong(length))
                }
                _ => Ok(Cow::Owned(policy)),
            }
        }
        (None, OperationClass::Write) if request.compares() => Ok(Cow::Borrowed(profile.session_policy_to_overwrite())),
        (None, class) => Ok(Cow::Borrowed(profile.session_policy(class))),
    }
}

fn headers(request: &UrlRequest, profile: &BucketProfile) -> Result<Vec<Header>, Refusal> {
    let mut headers = request.headers().to_vec();
    if matches!(request.operation(), Operation::PutObject | Operation::CopyObject) {
        headers.extend(profile.encryption().upload_headers(request.encryption(), profile.region())?);
    }
    headers.sort();
    Refusal::check_headers(&headers)?;
    Ok(headers)
}
