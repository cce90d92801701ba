//! From a request and its profile to what is signed, and the signing itself.

use std::time::SystemTime;

use crate::cache::CacheKey;
use crate::lifetime::{ExpiresIn, Lifetime, LifetimeError};
use crate::operation::Operation;
use crate::presigned_url::PresignedUrl;
use crate::profile::{Address, BucketProfile};
use crate::request::UrlRequest;
use crate::signing_session::{SignerIdentity, SigningSession};
use crate::sigv4::{AmzDate, AmzDateError, RequestToSign, SigningKey, presign};

/// A request as its URL will bind it: all that is signed, but for who signs and when.
#[derive(Debug, Clone)]
pub struct BoundRequest {
    method: &'static str,
    address: Address,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
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
}

impl BoundRequest {
    #[must_use]
    pub fn new(request: &UrlRequest, profile: &BucketProfile) -> Self {
        let mut headers = request.headers().to_vec();
        if request.operation() == Operation::PutObject {
            headers.extend(profile.encryption().upload_headers());
        }
        headers.sort();
        Self {
            method: request.operation().method(),
            address: profile.endpoint().address(profile.addressing_style(), request.bucket(), request.key()),
            query: request.query().to_vec(),
            headers,
        }
    }

    /// The HTTP method the URL is good for.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Exactly what the client must send, besides `Host`.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The identity of the URL for `caller`: whoever asks for the same under the same profile finds the same row.
    #[must_use]
    pub fn cache_key(
        &self,
        caller: &str,
        request: &UrlRequest,
        profile: &BucketProfile,
        signer: &SignerIdentity,
    ) -> CacheKey {
        let by = signer.principal.as_ref().map_or_else(|| signer.arn.clone(), ToString::to_string);
        let bounds = profile.bounds();
        let numbers = [
            request.asked().expires_in.seconds().to_string(),
            bounds.longest.seconds().to_string(),
            bounds.signature_age.map_or(0, ExpiresIn::seconds).to_string(),
            bounds.clock_skew.as_secs().to_string(),
            profile.signer().promised().map_or(0, |promised| promised.as_secs()).to_string(),
            self.query.len().to_string(),
        ];
        let fixed = [
            caller,
            &by,
            profile.session_policy(request.operation().class()),
            profile.region().as_str(),
            self.method,
            &self.address.scheme,
            &self.address.host,
            &self.address.path,
        ];
        let pairs = self.query.iter().chain(&self.headers).flat_map(|(name, value)| [*name, value.as_str()]);
        CacheKey::of(fixed.into_iter().chain(numbers.iter().map(String::as_str)).chain(pairs))
    }

    /// Signs it with the very credentials whose expiry was measured, for as long as they, the profile and the request allow.
    ///
    /// # Errors
    /// When the session leaves less than a second, or less than the request insists on.
    pub fn sign(
        &self,
        request: &UrlRequest,
        profile: &BucketProfile,
        session: &SigningSession,
        now: SystemTime,
    ) -> Result<SignedUrl, SignError> {
        let date = AmzDate::at(now)?;
        let lifetime = request.asked().plan(profile.bounds(), session.expiry, date.second())?;
        let key = SigningKey::derive(session.credentials.secret(), &date, profile.region());
        let to_sign = RequestToSign {
            scheme: &self.address.scheme,
            method: self.method,
            host: &self.address.host,
            path: &self.address.path,
            query: &borrowed(&self.query),
            headers: &borrowed(&self.headers),
        };
        let url = presign(&to_sign, &session.credentials, &key, &date, lifetime.expires_in);
        Ok(SignedUrl { url, lifetime, expires_at: date.second() + lifetime.expires_in.duration() })
    }
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
