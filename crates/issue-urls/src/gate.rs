use std::time::SystemTime;

use authorization::{Action, Asking, Denied, Policies, Question, Resource, UrlAsking};
use presign::operation::Operation;
use presign::request::UrlRequest;
use settings::CallerSettings;

use crate::Caller;

/// Asks the policies before anything else is done for a caller, the cache included.
pub struct Gate {
    policies: Policies,
    callers: CallerSettings,
}

impl Gate {
    #[must_use]
    pub fn new(policies: Policies, callers: CallerSettings) -> Self {
        Self { policies, callers }
    }

    /// The policies that permit `caller` the URL, for the audit. `headers` are those that the URL will be signed with. Who copies
    /// must be permitted to read what is copied, too.
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
        let header = |wanted| headers.iter().find(|(name, _)| name.as_ref() == wanted).map(|(_, value)| value.as_str());
        let url = UrlAsking {
            expires_in: request.asked().expires_in.seconds(),
            content_type: header("content-type"),
            content_length: header("content-length").and_then(|value| value.parse().ok()),
            server_side_encryption: header("x-amz-server-side-encryption"),
        };
        let asking = Asking { time: now, source_ip: caller.source_ip(), url: Some(url) };
        let object = Resource::Object { bucket: request.bucket(), key: request.key() };
        let mut permitted_by = self.ask(caller, Action::Url(request.operation()), object, asking)?;
        if let Some(source) = request.copy_source() {
            let object = Resource::Object { bucket: &source.bucket, key: &source.key };
            permitted_by.extend(self.ask(caller, Action::Url(Operation::GetObject), object, asking)?);
        }
        Ok(permitted_by)
    }

    fn ask(
        &self,
        caller: &Caller,
        action: Action,
        resource: Resource<'_>,
        asking: Asking<'_>,
    ) -> Result<Vec<String>, Denied> {
        let caller_identity = caller.identity(&self.callers);
        let decided = self.policies.decide(&Question { caller: &caller_identity, action, resource, asking });
        if let Err(denied) = &decided {
            tracing::info!(
                caller = caller.name(),
                action = denied.action,
                policies = ?denied.policies,
                errors = ?denied.errors,
                "denied a caller"
            );
        }
        decided.map(|decision| decision.policies)
    }
}
