use std::time::{Duration, SystemTime};

use aws_sdk_sts::Client;
use presign::credentials::Credentials;
use presign::lifetime::CredentialsExpiry;
use presign::names::RoleArn;
use presign::signing_session::{SessionError, SessionRequest, SigningSession};

use crate::sts_error::session_error;

/// A new session of `role`, confined to what the profile allows for the class of operation.
pub async fn assume(
    sts: &Client,
    role: &RoleArn,
    duration: Duration,
    request: &SessionRequest<'_>,
) -> Result<SigningSession, SessionError> {
    let refused = |reason: &str| SessionError::Refused { signer: role.to_string(), reason: reason.to_owned() };
    let seconds = i32::try_from(duration.as_secs()).map_err(|_| refused("its session duration is too long"))?;
    let answer = sts
        .assume_role()
        .role_arn(role.as_str())
        .role_session_name(request.name.as_str())
        .duration_seconds(seconds)
        .policy(request.profile.session_policy(request.class))
        .send()
        .await
        .map_err(|error| session_error(role.as_str(), &error))?;
    let credentials = answer.credentials().ok_or_else(|| refused("the answer has no credentials"))?;
    let expiry = SystemTime::try_from(*credentials.expiration())
        .map_err(|_| refused("the answer's expiration is not a time"))?;
    Ok(SigningSession {
        credentials: Credentials::temporary(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            credentials.session_token(),
        ),
        expiry: CredentialsExpiry::At(expiry),
        signed_by: answer.assumed_role_user().map(|user| user.arn().to_owned()).unwrap_or_default(),
        generations: request.generations.cloned().unwrap_or_default(),
    })
}
