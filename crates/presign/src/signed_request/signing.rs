use std::sync::Arc;
use std::time::SystemTime;

use super::SignError;
use crate::lifetime::{Asked, Bounds, Lifetime};
use crate::multipart::S3Request;
use crate::names::Region;
use crate::presigned_url::PresignedUrl;
use crate::profile::{Address, BucketProfile};
use crate::signing_session::SigningSession;
use crate::sigv4::{AmzDate, RequestToSign, SigningKey, presign};

/// One moment at which a session signs, and the lifetime of all that it signs then.
pub(crate) struct Signing {
    pub date: AmzDate,
    pub key: Arc<SigningKey>,
    pub lifetime: Lifetime,
    pub expires_at: SystemTime,
}

impl Signing {
    /// With the very credentials whose expiry was measured, for as long as they, the `bounds` and the request allow.
    ///
    /// # Errors
    /// When the session leaves less than a second, or less than `asked` insists on.
    pub fn at(
        now: SystemTime,
        asked: &Asked,
        bounds: &Bounds,
        session: &SigningSession,
        region: &Region,
    ) -> Result<Self, SignError> {
        let date = AmzDate::at(now)?;
        let lifetime = asked.plan(bounds, session.expiry, date.second())?;
        let key = session.keys.key(&date, region);
        let expires_at = date.second() + lifetime.expires_in.duration();
        Ok(Self { date, key, lifetime, expires_at })
    }

    /// Signs a request about what is at `address` that the service sends itself, at once.
    ///
    /// # Errors
    /// When the session leaves less than a second.
    pub fn at_once(
        request: &S3Request,
        (profile, address): (&BucketProfile, &Address),
        bounds: &Bounds,
        session: &SigningSession,
        now: SystemTime,
    ) -> Result<PresignedUrl, SignError> {
        let signing = Self::at(now, &Asked::AT_ONCE, bounds, session, profile.region())?;
        Ok(signing.url(request.method, address, &request.query, &request.headers))
    }

    /// A URL for a request about what is at `address`.
    pub fn url<Q: AsRef<str>, H: AsRef<str>>(
        &self,
        method: &str,
        address: &Address,
        query: &[(Q, String)],
        headers: &[(H, String)],
    ) -> PresignedUrl {
        let query: Vec<_> = query.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
        let to_sign = RequestToSign {
            scheme: address.scheme,
            method,
            host: &address.host,
            path: &address.path,
            query: &query,
            headers: &headers,
        };
        presign(&to_sign, &self.key, &self.date, self.lifetime.expires_in)
    }
}
