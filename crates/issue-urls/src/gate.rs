use std::time::SystemTime;

use authorization::{Action, Asking, Denied, Policies, Resource, UrlAsking};
use http_api::Problem;
use presign::attribution::Asker;
use presign::encryption::ServerSideEncryption;
use presign::form::{FormContentType, FormKey, FormRequest};
use presign::names::BucketName;
use presign::operation::Operation;
use presign::request::UrlRequest;
use settings::CallerSettings;

use crate::Caller;

/// Asks the policies before anything else is done for a caller, the cache included.
pub struct Gate(http_api::Gate);

impl Gate {
    #[must_use]
    pub fn new(policies: Policies, callers: CallerSettings) -> Self {
        Self(http_api::Gate::new(policies, callers))
    }

    /// Who asks, as far as sessions bear it.
    #[must_use]
    pub fn asker<'a>(&self, caller: &'a Caller) -> Asker<'a> {
        self.0.asker(caller)
    }

    /// Whether the settings say how often a caller may ask.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.0.counts()
    }

    /// Whether they do, so that the same question may have another answer a moment later.
    #[must_use]
    pub fn policies_speak_of_the_time(&self) -> bool {
        self.0.policies_speak_of_the_time()
    }

    /// Counts a request of `caller`.
    ///
    /// # Errors
    /// When there were more than the settings allow.
    pub fn count(&self, caller: &Caller, now: SystemTime) -> Result<(), Problem> {
        self.0.count(caller, now)
    }

    /// The policies that permit `caller` the URL, for the audit. `headers` are those that the URL will be signed with, as far as they are
    /// known. Who copies must be permitted to read what is copied, too.
    ///
    /// # Errors
    /// When they do not.
    pub fn admit<N: AsRef<str>>(
        &self,
        caller: &Caller,
        request: &UrlRequest,
        headers: &[(N, String)],
        now: SystemTime,
    ) -> Result<Vec<String>, Denied> {
        let asked_encryption = request.encryption().server_side_encryption.map(ServerSideEncryption::as_str);
        let header = |wanted| headers.iter().find(|(name, _)| name.as_ref() == wanted).map(|(_, value)| value.as_str());
        let url = UrlAsking {
            expires_in: request.asked().expires_in.seconds(),
            content_type: header("content-type"),
            content_length: header("content-length").and_then(|value| value.parse().ok()),
            server_side_encryption: header("x-amz-server-side-encryption").or(asked_encryption),
        };
        let action = Action::Url(request.operation());
        let mut permitted_by = self.admit_to(caller, action, (request.bucket(), request.key().as_str()), url, now)?;
        if let Some(source) = request.copy_source() {
            let source = (&source.bucket, source.key.as_str());
            permitted_by.extend(self.admit_to(caller, Action::Url(Operation::GetObject), source, url, now)?);
        }
        Ok(permitted_by)
    }

    /// The policies that permit `caller` an upload by form, for the audit. `server_side_encryption` is what the form will say.
    ///
    /// # Errors
    /// When they do not.
    pub fn admit_form(
        &self,
        caller: &Caller,
        request: &FormRequest,
        server_side_encryption: Option<&str>,
        now: SystemTime,
    ) -> Result<Vec<String>, Denied> {
        let asking = UrlAsking {
            expires_in: request.asked().expires_in.seconds(),
            content_type: request.content_type().map(|content_type| match content_type {
                FormContentType::Exactly(value) => value.as_str(),
                FormContentType::StartsWith(beginning) => beginning,
            }),
            content_length: Some(request.content_length_range().maximum()),
            server_side_encryption,
        };
        let action = match request.key() {
            FormKey::Exactly(_) => Action::Url(Operation::PostObject),
            FormKey::StartsWith { .. } => Action::PostObjects,
        };
        self.admit_to(caller, action, (request.bucket(), request.key().beginning()), asking, now)
    }

    /// The policies that permit `caller` the action on an object, or on all keys with a beginning.
    ///
    /// # Errors
    /// When they do not.
    pub fn admit_to(
        &self,
        caller: &Caller,
        action: Action,
        (bucket, key): (&BucketName, &str),
        url: UrlAsking<'_>,
        now: SystemTime,
    ) -> Result<Vec<String>, Denied> {
        let asking = Asking { time: now, source_ip: caller.source_ip(), url: Some(url) };
        self.0.ask(caller, action, Resource::Object { bucket, key }, asking)
    }
}
