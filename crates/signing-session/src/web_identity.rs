use std::time::{Duration, SystemTime};

use aws_sdk_sts::Client;
use presign::names::RoleArn;
use presign::signing_session::{SessionError, SessionRequest, SigningSession};
use zeroize::Zeroizing;

use crate::aws_error::UNAVAILABLE;
use crate::sts_answer::{seconds, session_of};
use crate::sts_error::{NoSession, SEE_TOKEN_FILE};

const SEE_TRUST: &str = "see that it exists, and that its trust policy admits the bearer of the token";

/// A new session of `role` for the bearer of the token in `token_file`, which whoever runs the service renews. It is no role
/// chaining: it lives as long as the role allows.
pub async fn assume_with_token(
    sts: &Client,
    role: &RoleArn,
    token_file: &str,
    duration: Duration,
    request: &SessionRequest<'_>,
    now: SystemTime,
) -> Result<SigningSession, NoSession> {
    let token = std::fs::read_to_string(token_file).map(Zeroizing::new).map_err(|error| {
        let reason = format!("its token file `{token_file}` cannot be read: {error}");
        SessionError::Refused { signer: role.to_string(), reason, advice: SEE_TOKEN_FILE }
    })?;
    let answer = sts
        .assume_role_with_web_identity()
        .role_arn(role.as_str())
        .role_session_name(request.attributed.name().as_str())
        .web_identity_token(token.trim())
        .duration_seconds(seconds(duration))
        .policy(request.policy)
        .send()
        .await
        .map_err(|error| NoSession::of(role.as_str(), &error, SEE_TRUST))?;
    let (Some(credentials), Some(user)) = (answer.credentials(), answer.assumed_role_user()) else {
        // It is cut short, or a proxy has made it up.
        return Err(UNAVAILABLE.into());
    };
    Ok(session_of(credentials, (user.arn(), role.into()), duration, request, now)?)
}
