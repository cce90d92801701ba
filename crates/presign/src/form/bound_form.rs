use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::policy::PostPolicy;
use super::{FormContentType, FormKey, FormRequest, PostForm};
use crate::lifetime::{Bounds, Lifetime};
use crate::operation::{Operation, OperationClass};
use crate::profile::{BucketProfile, Profiles};
use crate::request::Header;
use crate::signed_request::{Refusal, SignError, Signing};
use crate::signing_session::SigningSession;
use crate::sigv4::encode;

/// A request for a form as its policy will bind it: all that is signed, but for who signs and when.
#[derive(Debug, Clone)]
pub struct BoundForm<'a> {
    request: &'a FormRequest,
    profile: &'a BucketProfile,
    /// The fields that must be sent as they are, but for those of the signature.
    fields: Vec<Header>,
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
        let profile = profiles.serving(request.bucket(), "bucket")?;
        match request.key() {
            FormKey::Exactly(key) => profile.check(Operation::PostObject, key)?,
            FormKey::StartsWith { beginning, .. } => profile.check_beginning(Operation::PostObject, beginning)?,
        }
        let mut fields = request.fields().to_vec();
        if let Some(FormContentType::Exactly(value)) = request.content_type() {
            fields.push(("Content-Type".into(), value.as_str().to_owned()));
        }
        fields.extend(profile.encryption().upload_headers(request.encryption(), profile.region())?);
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

    /// Signs it with the very credentials whose expiry was measured, for as long as they, `bounds` and the request allow.
    ///
    /// # Errors
    /// When the session leaves less than a second, or less than the request insists on, and when the form is longer than S3 takes.
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
        let length = self.length(&fields);
        if length > Refusal::LONGEST_FORM {
            return Err(Refusal::FormTooLong { length }.into());
        }
        let url = self.profile.bucket_url();
        Ok(SignedForm { form: PostForm::new(url, fields), lifetime, expires_at })
    }

    /// The bytes of the form as it is sent, but for its file: these fields, the content type where its holder is to say it, and the
    /// file's own head, with its name.
    fn length(&self, fields: &[(String, String)]) -> usize {
        let added = match self.request.content_type() {
            Some(FormContentType::StartsWith(_)) => AROUND_A_FIELD + LONGEST_NAME,
            Some(FormContentType::Exactly(_)) | None => 0,
        };
        let sent: usize = fields.iter().map(|(name, value)| AROUND_A_FIELD + name.len() + value.len()).sum();
        sent + added + AROUND_A_FIELD + LONGEST_NAME
    }
}

/// The bytes around a field's name and value: its line `Content-Disposition`, four line breaks, and a boundary of up to the 70
/// characters that RFC 2046 allows. Browsers' have no more than 60.
const AROUND_A_FIELD: usize = 120;
/// The bytes of a file's name, and those of a media type, at the most.
const LONGEST_NAME: usize = 255;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::credentials::Credentials;
    use crate::form::FormRequestBody;
    use crate::generation::Generations;
    use crate::lifetime::CredentialsExpiry;
    use crate::profile::ProfileParts;
    use crate::signing_session::SignerIdentity;
    use crate::sigv4::{AmzDate, SigningKey, SigningKeys};

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    /// A form with so many fields of metadata, whose values are this one.
    fn signed(fields: usize, value: &str) -> Result<SignedForm, SignError> {
        let metadata: BTreeMap<_, _> = (0..fields).map(|i| (format!("{i:x}"), value)).collect();
        let body: FormRequestBody = serde_json::from_value(json!({
            "bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": {"maximum": 10}, "metadata": metadata,
        }))
        .unwrap();
        let request = FormRequest::try_from(body).unwrap();
        let parts = ProfileParts::of_whole_bucket(&[Operation::PostObject]);
        let profiles = Profiles::new([BucketProfile::new(parts).unwrap()]).unwrap();
        let session = SigningSession {
            keys: SigningKeys::of(Credentials::temporary("ASIA1", "s", "t".repeat(1000))),
            expiry: CredentialsExpiry::Never,
            fresh: None,
            signed_by: String::new(),
            owner: SignerIdentity { arn: String::new(), account: "123456789012".parse().unwrap(), principal: None },
            generations: Generations::default(),
        };
        let bound = BoundForm::new(&request, &profiles).unwrap();
        bound.sign(bound.profile().bounds(), &session, NOW)
    }

    #[test]
    fn a_form_that_s3_would_not_take_is_refused() {
        assert!(signed(60, "v").is_ok());
        // Hardly four kilobytes of names and values, but there are three hundred parts and conditions of them.
        assert!(
            matches!(signed(300, "v"), Err(SignError::Refused(Refusal::FormTooLong { length })) if length > 40_000)
        );
    }

    #[test]
    fn what_stands_around_a_field_is_not_counted_short() {
        let boundary = "b".repeat(70);
        let field = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n");
        assert!(field.len() <= AROUND_A_FIELD, "{}", field.len());
    }

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
