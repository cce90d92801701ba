use std::borrow::Cow;
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::policy::PostPolicy;
use super::{FormContentType, FormKey, FormRequest, PostForm};
use crate::generation::Scope;
use crate::lifetime::{Bounds, Lifetime};
use crate::operation::{Operation, OperationClass};
use crate::profile::{BucketProfile, Profiles};
use crate::signed_request::{Refusal, SignError, Signing};
use crate::signing_session::SigningSession;
use crate::sigv4::encode;

/// A request for a form as its policy will bind it: all that is signed, but for who signs and when.
#[derive(Debug, Clone)]
pub struct BoundForm<'a> {
    request: &'a FormRequest,
    profile: &'a BucketProfile,
    /// The fields that must be sent as they are, but for those of the signature.
    fields: Vec<(Cow<'a, str>, String)>,
}

/// A form just signed.
#[derive(Debug, Clone)]
pub struct SignedForm {
    pub form: PostForm,
    pub lifetime: Lifetime,
    pub expires_at: SystemTime,
}

impl<'a> BoundForm<'a> {
    /// # Errors
    /// When `profiles` do not serve the request, or it contradicts the one that does.
    pub fn new(request: &'a FormRequest, profiles: &'a Profiles) -> Result<Self, Refusal> {
        let bucket = request.bucket();
        let not_served = || Refusal::BucketNotServed { bucket: bucket.clone(), field: "bucket" };
        let profile = profiles.get(bucket).ok_or_else(not_served)?;
        match request.key() {
            FormKey::Exactly(key) => profile.check(Operation::PostObject, key)?,
            FormKey::StartsWith { beginning, .. } => profile.check_beginning(Operation::PostObject, beginning)?,
        }
        let mut fields: Vec<(Cow<'a, str>, String)> = request.fields().to_vec();
        if let Some(FormContentType::Exactly(value)) = request.content_type() {
            fields.push((Cow::Borrowed("Content-Type"), value.as_str().to_owned()));
        }
        let encryption = profile.encryption().upload_headers(request.encryption(), profile.region())?;
        fields.extend(encryption.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)));
        let length = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        if length > Refusal::LONGEST_FIELDS {
            return Err(Refusal::FieldsTooLong { length });
        }
        Ok(Self { request, profile, fields })
    }

    #[must_use]
    pub fn request(&self) -> &'a FormRequest {
        self.request
    }

    #[must_use]
    pub fn profile(&self) -> &'a BucketProfile {
        self.profile
    }

    /// What the session that signs is confined to.
    #[must_use]
    pub fn session_policy(&self) -> &'a str {
        self.profile.session_policy(OperationClass::Write)
    }

    /// The value of one of the form's fields.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The scopes of what is written and encrypted with.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        let mut scopes: Vec<Scope> = self.profile.scopes().collect();
        let key = self.request.encryption().ssekms_key_id.clone().map(Scope::KmsKey);
        scopes.extend(key.filter(|key| !scopes.contains(key)));
        scopes
    }

    /// Signs it with the very credentials whose expiry was measured, for as long as they, `bounds` and the request allow.
    ///
    /// # Errors
    /// When the session leaves less than a second, or less than the request insists on.
    pub fn sign(&self, bounds: &Bounds, session: &SigningSession, now: SystemTime) -> Result<SignedForm, SignError> {
        let signing = Signing::at(now, self.request.asked(), bounds, session, self.profile.region())?;
        let Signing { date, key, lifetime, expires_at } = signing;
        let credentials = session.keys.credentials();

        let mut fields: Vec<(String, String)> =
            self.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
        add("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned());
        add("x-amz-credential", format!("{}/{}", credentials.access_key_id(), key.scope()));
        add("x-amz-date", date.as_str().to_owned());
        if let Some(token) = credentials.session_token() {
            add("x-amz-security-token", token.expose().to_owned());
        }
        let policy = PostPolicy {
            expires_at,
            bucket: self.request.bucket(),
            key: self.request.key(),
            content_type: self.request.content_type(),
            content_length_range: self.request.content_length_range(),
            fields: &fields,
        };
        let policy = BASE64_STANDARD.encode(policy.document());
        fields.push(("x-amz-signature".to_owned(), encode::hex(&key.sign(&policy))));
        fields.push(("policy".to_owned(), policy));
        fields.push(("key".to_owned(), self.request.key().field().to_owned()));
        let url = self.profile.bucket_url();
        Ok(SignedForm { form: PostForm::new(url, fields), lifetime, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::credentials::Credentials;
    use crate::sigv4::{AmzDate, SigningKey};

    /// The worked example of AWS's own documentation, "Example: Browser-Based Upload using HTTP POST".
    #[test]
    fn the_documented_policy_gives_the_documented_signature() {
        let policy = include_str!("documented_policy.txt").trim_end();
        let credentials = Credentials::long_term("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let date = AmzDate::at(SystemTime::UNIX_EPOCH + Duration::from_hours(403_152)).unwrap();
        assert_eq!(date.as_str(), "20151229T000000Z");
        let key = SigningKey::derive(&credentials, &date, &"us-east-1".parse().unwrap());
        assert_eq!(encode::hex(&key.sign(policy)), "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
    }
}
