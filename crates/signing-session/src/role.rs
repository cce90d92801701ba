use std::time::{Duration, SystemTime};

use aws_sdk_sts::Client;
use presign::names::RoleArn;
use presign::signing_session::{SessionRequest, SigningSession};

use crate::aws_error::UNAVAILABLE;
use crate::sts_answer::{seconds, session_of, tags};
use crate::sts_error::NoSession;

const SEE_TRUST: &str = "see that it exists, and that its trust policy and the service's own policies let the service assume it, with \
                         session tag and source identity where the profile has them";

/// A new session of `role`, confined to the policy of the request.
pub async fn assume(
    sts: &Client,
    role: &RoleArn,
    duration: Duration,
    request: &SessionRequest<'_>,
    now: SystemTime,
) -> Result<SigningSession, NoSession> {
    let answer = sts
        .assume_role()
        .role_arn(role.as_str())
        .role_session_name(request.attributed.name().as_str())
        .set_source_identity(request.attributed.source_identity().map(ToString::to_string))
        .set_tags(request.attributed.tag().and_then(tags))
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
