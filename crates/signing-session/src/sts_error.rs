use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use presign::signing_session::SessionError;

use crate::aws_error::{UNAVAILABLE, is_throttled, refusal_code};

/// Tells a refusal from an outage. STS's own words go to the log: they name ARNs, but no secret. What to do about a refusal its
/// code tells, or else it is what `usually` helps.
pub fn session_error<E>(signer: &str, error: &SdkError<E>, usually: &'static str) -> SessionError
where
    SdkError<E>: ProvideErrorMetadata,
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let throttled = is_throttled(error);
    if throttled {
        metrics::counter!("StsThrottled").increment(1);
    }
    tracing::warn!(signer, throttled, error = %logging::causes(error), "STS gives no session");
    match refusal_code(error) {
        Some(code) => {
            let advice = advice(&code, error.message().unwrap_or_default()).unwrap_or(usually);
            SessionError::Refused { signer: signer.to_owned(), reason: code, advice }
        }
        None => UNAVAILABLE,
    }
}

/// Why STS gives no session of a role.
#[derive(Debug)]
pub enum NoSession {
    /// The role gives none that lasts for so long.
    TooLong(SessionError),
    Other(SessionError),
}

impl NoSession {
    /// The same as [`session_error`], of a role.
    pub fn of<E>(signer: &str, error: &SdkError<E>, usually: &'static str) -> Self
    where
        SdkError<E>: ProvideErrorMetadata,
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let too_long = is_too_long(error.code().unwrap_or_default(), error.message().unwrap_or_default());
        let error = session_error(signer, error, usually);
        if too_long { Self::TooLong(error) } else { Self::Other(error) }
    }
}

impl From<SessionError> for NoSession {
    fn from(error: SessionError) -> Self {
        Self::Other(error)
    }
}

impl From<NoSession> for SessionError {
    fn from(no_session: NoSession) -> Self {
        match no_session {
            NoSession::TooLong(error) | NoSession::Other(error) => error,
        }
    }
}

/// Whether it is the role that gives shorter sessions. The hour of role chaining, of which there is another message, nobody lowers.
fn is_too_long(code: &str, message: &str) -> bool {
    code == "ValidationError" && message.to_ascii_lowercase().contains("maxsessionduration")
}

/// What to do where the token of a web identity is refused, or is not there.
pub const SEE_TOKEN_FILE: &str =
    "see that `tokenFile` has a token that has not ended, of a provider and for an audience that the role trusts";

/// None where the code can mean many things.
/// Source: AWS STS API reference, "Common Error Types" and the "Errors" of its actions.
fn advice(code: &str, message: &str) -> Option<&'static str> {
    match code {
        "ValidationError" if message.to_ascii_lowercase().contains("durationseconds") => Some(
            "`sessionDuration` can be at most the role's MaxSessionDuration, and an hour where the service itself runs under a \
             role, as in Lambda (role chaining)",
        ),
        "PackedPolicyTooLarge" => Some(
            "its session policy and session tag are too long together: give the profile fewer or shorter `prefixes`, or no \
             `sessionTag`",
        ),
        "ExpiredTokenException" | "InvalidIdentityToken" | "IDPRejectedClaim" => Some(SEE_TOKEN_FILE),
        "InvalidClientTokenId" | "SignatureDoesNotMatch" | "ExpiredToken" => Some(
            "see that the access key that asks for it, the user's in the secret or the service's own, is there, active and not \
             expired",
        ),
        "RegionDisabledException" => Some("see that the account has STS activated in this region"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_comes_with_what_helps() {
        let chaining =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        for (code, message, said) in [
            ("ValidationError", chaining, "`sessionDuration`"),
            ("PackedPolicyTooLarge", "", "`prefixes`"),
            ("InvalidIdentityToken", "", "`tokenFile`"),
            ("ExpiredTokenException", "", "`tokenFile`"),
            ("InvalidClientTokenId", "", "access key"),
        ] {
            assert!(advice(code, message).is_some_and(|advice| advice.contains(said)), "{code}");
        }
        assert!(is_too_long(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        ));
        assert!(!is_too_long("ValidationError", chaining) && !is_too_long("AccessDenied", "MaxSessionDuration"));
        for code in ["AccessDenied", "ValidationError"] {
            assert_eq!(advice(code, "1 validation error detected: Value at 'policy'"), None);
        }
    }
}
