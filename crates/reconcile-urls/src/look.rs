use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use presign::reconcile::{Fingerprint, Unseen};

/// What a call of AWS has shown, or why it has not.
pub type Look<T> = Result<T, Unseen>;

/// What a call answers; none where the service says, by one of the codes `absent`, that there is no such thing.
pub fn unless_absent<T, E, R>(answer: Result<T, SdkError<E, R>>, absent: &[&str]) -> Look<Option<T>>
where
    SdkError<E, R>: ProvideErrorMetadata,
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code().is_some_and(|code| absent.contains(&code)) => Ok(None),
        // The service's own code where it answered: its text may hold a policy.
        Err(error) => Err(Unseen(error.code().map_or_else(|| logging::causes(&error), str::to_owned))),
    }
}

/// The fingerprint of what is there, or that of nothing.
pub fn fingerprint<T>(seen: Option<T>, of: impl FnOnce(T) -> Fingerprint) -> Fingerprint {
    seen.map_or_else(Fingerprint::absent, of)
}

pub fn unseen(reason: &str) -> Unseen {
    Unseen(reason.to_owned())
}
