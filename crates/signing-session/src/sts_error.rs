use std::time::Duration;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use presign::signing_session::SessionError;

/// How long a failed attempt is taken for the answer to the next one too.
pub const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Codes with which STS says "later". All its other refusals last until someone changes something.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
];

/// Tells a refusal from an outage. STS's own words go to the log: they name ARNs, but no secret.
pub fn session_error<E>(signer: &str, error: &SdkError<E>) -> SessionError
where
    SdkError<E>: ProvideErrorMetadata,
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let throttled = error.code().is_some_and(|code| THROTTLED.contains(&code));
    if throttled {
        metrics::counter!("StsThrottled").increment(1);
    }
    tracing::warn!(signer, throttled, error = %logging::causes(error), "STS gives no session");
    let server_error = error.raw_response().is_some_and(|response| response.status().is_server_error());
    match error.code() {
        Some(code) if !server_error && !throttled => {
            SessionError::Refused { signer: signer.to_owned(), reason: code.to_owned() }
        }
        _ => SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE },
    }
}
