use std::time::Duration;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use presign::signing_session::SessionError;

/// How long a failed attempt is taken for the answer to the next one too.
pub const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// An outage, or an answer that cannot be used: the next attempt may do better. Also where nobody is to be asked.
pub const UNAVAILABLE: SessionError = SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE };

/// Codes with which AWS says "later", because it is asked too often.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
];

/// STS could not ask the provider of a token for its keys: AWS advises to try again.
/// Source: AWS STS API reference, `AssumeRoleWithWebIdentity`, "Errors".
const PROVIDER_UNREACHABLE: &str = "IDPCommunicationError";

pub fn is_throttled<E>(error: &SdkError<E>) -> bool
where
    SdkError<E>: ProvideErrorMetadata,
{
    error.code().is_some_and(|code| THROTTLED.contains(&code))
}

/// The code of a refusal, which lasts until someone changes something; none of an outage, or of a service that is asked too often.
pub fn refusal_code<E>(error: &SdkError<E>) -> Option<String>
where
    SdkError<E>: ProvideErrorMetadata,
{
    let server_error = error.raw_response().is_some_and(|response| response.status().is_server_error());
    error.code().filter(|code| !server_error && lasts(code)).map(str::to_owned)
}

fn lasts(code: &str) -> bool {
    !THROTTLED.contains(&code) && code != PROVIDER_UNREACHABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_no_refusal() {
        assert!(lasts("AccessDenied") && lasts("InvalidIdentityToken"));
        assert!(!lasts("Throttling") && !lasts("IDPCommunicationError"));
    }
}
