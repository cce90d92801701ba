use std::time::Duration;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

/// How long a failed attempt is taken for the answer to the next one too.
pub const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Codes with which AWS says "later". All its other refusals last until someone changes something.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
];

pub fn is_throttled<E>(error: &SdkError<E>) -> bool
where
    SdkError<E>: ProvideErrorMetadata,
{
    error.code().is_some_and(|code| THROTTLED.contains(&code))
}

/// The code of a refusal; none of an outage, or of a service that is asked too often.
pub fn is_refusal<E>(error: &SdkError<E>) -> Option<String>
where
    SdkError<E>: ProvideErrorMetadata,
{
    let server_error = error.raw_response().is_some_and(|response| response.status().is_server_error());
    error.code().filter(|_| !server_error && !is_throttled(error)).map(str::to_owned)
}
