use authorization::{Action, Asking, Denied, Resource, UrlAsking};
use presign::cache::UrlCache;
use presign::encryption::{AskedEncryption, ServerSideEncryption};
use presign::form::{FormContentType, FormKey, FormRequest};
use presign::names::BucketName;
use presign::operation::Operation;
use presign::request::UrlRequest;
use presign::signed_request::BoundRequest;
use presign::signing_session::SigningSessions;

use crate::steps::Admitted;
use crate::{Caller, IssueError, Issuer};

/// The header that says how an upload is encrypted.
pub(crate) const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// What policies see of an upload's encryption: the header that will be signed, and what is asked for where that is not known.
pub(crate) fn encryption<'a>(signed: Option<&'a str>, asked: &AskedEncryption) -> Option<&'a str> {
    signed.or(asked.server_side_encryption.map(ServerSideEncryption::as_str))
}

/// Asks the policies before anything else is done for a caller, the cache included.
impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// A request for a URL that the policies permit `caller`, and the profile serves. The policies come first: who may not have the URL
    /// learns nothing of the profiles, and gets nothing from the cache. They see the headers that the URL will be signed with, as far as
    /// they are known. Who copies must be permitted to read what is copied, too.
    ///
    /// # Errors
    /// When they do not permit it, or no profile serves it.
    pub(crate) fn admit_url<'a>(
        &'a self,
        caller: &Caller,
        request: &'a UrlRequest,
    ) -> Result<Admitted<'a>, IssueError> {
        let bound = BoundRequest::new(request, &self.profiles);
        let headers = bound.as_ref().map_or(request.headers(), BoundRequest::headers);
        let header = |wanted| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let asking = UrlAsking {
            expires_in: request.asked().expires_in.seconds(),
            content_type: header("content-type"),
            content_length: header("content-length").and_then(|value| value.parse().ok()),
            server_side_encryption: encryption(header(ENCRYPTION), request.encryption()),
        };
        let action = Action::Url(request.operation());
        let mut permitted_by = self.admit_to(caller, action, (request.bucket(), request.key().as_str()), asking)?;
        if let Some(source) = request.copy_source() {
            let source = (&source.bucket, source.key.as_str());
            permitted_by.extend(self.admit_to(caller, Action::Url(Operation::GetObject), source, asking)?);
        }
        Ok(Admitted { bound: bound?, permitted_by })
    }

    /// The policies that permit `caller` an upload by form, for the audit. `server_side_encryption` is what the form will say.
    ///
    /// # Errors
    /// When they do not.
    pub(crate) fn admit_form(
        &self,
        caller: &Caller,
        request: &FormRequest,
        server_side_encryption: Option<&str>,
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
        self.admit_to(caller, action, (request.bucket(), request.key().beginning()), asking)
    }

    /// The policies that permit `caller` the action on an object, or on all keys with a beginning.
    ///
    /// # Errors
    /// When they do not.
    pub(crate) fn admit_to(
        &self,
        caller: &Caller,
        action: Action,
        (bucket, key): (&BucketName, &str),
        url: UrlAsking<'_>,
    ) -> Result<Vec<String>, Denied> {
        let asking = Asking { time: self.now(), source_ip: caller.source_ip(), url: Some(url) };
        self.gate.ask(caller, action, Resource::Object { bucket, key }, asking)
    }
}
