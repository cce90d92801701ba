use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use presign::signing_session::SessionError;

use crate::aws_error::{PAUSE_AFTER_FAILURE, is_refusal, is_throttled};

/// Tells a refusal from an outage. STS's own words go to the log: they name ARNs, but no secret.
pub fn session_error<E>(signer: &str, error: &SdkError<E>) -> SessionError
where
    SdkError<E>: ProvideErrorMetadata,
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let throttled = is_throttled(error);
    if throttled {
        metrics::counter!("StsThrottled").increment(1);
    }
    tracing::warn!(signer, throttled, error = %logging::causes(error), "STS gives no session");
    match is_refusal(error) {
        Some(code) => SessionError::Refused { signer: signer.to_owned(), reason: code },
        None => SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE },
    }
}
