use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use diagnosis::facts::Looked;

/// What a call showed: what `found` makes of the answer, nothing for one of the codes in `nothing`, and a refusal for all else.
pub fn looked<O, E, T>(
    sent: Result<O, SdkError<E>>,
    permission: &str,
    nothing: &[&str],
    found: impl FnOnce(&O) -> Option<T>,
) -> Looked<T>
where
    E: ProvideErrorMetadata,
{
    match sent {
        Ok(answer) => found(&answer).map_or(Looked::Nothing, Looked::Found),
        Err(error) if error.code().is_some_and(|code| nothing.contains(&code)) => Looked::Nothing,
        Err(error) => could_not(&error, permission),
    }
}

/// Why it could not be looked. AWS's own words name ARNs and actions, and no secret.
pub fn could_not<T, E: ProvideErrorMetadata>(error: &SdkError<E>, permission: &str) -> Looked<T> {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let reason = match (error.code(), error.message(), status) {
        (Some(code), Some(message), _) => format!("{code}: {message}"),
        (Some(code), None, _) => code.to_owned(),
        (None, _, Some(status)) => format!("status {status}"),
        (None, _, None) => "no credentials, or AWS cannot be reached".to_owned(),
    };
    Looked::CouldNot(format!("{permission}: {reason}"))
}
