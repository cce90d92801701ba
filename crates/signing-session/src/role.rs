use std::time::{Duration, SystemTime};

use aws_sdk_sts::Client;
use aws_sdk_sts::types::Tag;
use presign::credentials::Credentials;
use presign::lifetime::CredentialsExpiry;
use presign::names::{RoleArn, SessionTag};
use presign::signing_session::{SessionError, SessionRequest, SigningSession};
use presign::sigv4::SigningKeys;

use crate::sts_error::{PAUSE_AFTER_FAILURE, session_error};

/// What STS rounds and takes is not a shorter life.
const ROUNDING: Duration = Duration::from_secs(5);

/// How long a session asked for at `now` lives: other servers than AWS may give less than is asked for.
fn whole_life(asked: Duration, expiry: SystemTime, now: SystemTime) -> Duration {
    let given = expiry.duration_since(now).unwrap_or_default();
    if given + ROUNDING >= asked { asked } else { given }
}

/// None where a part is missing, which none is.
fn tags(tag: &SessionTag) -> Option<Tag> {
    Tag::builder().key(tag.key()).value(tag.value()).build().ok()
}

/// A new session of `role`, confined to the policy of the request.
pub async fn assume(
    sts: &Client,
    role: &RoleArn,
    duration: Duration,
    request: &SessionRequest<'_>,
    now: SystemTime,
) -> Result<SigningSession, SessionError> {
    let refused = |reason: &str| SessionError::Refused { signer: role.to_string(), reason: reason.to_owned() };
    let seconds = i32::try_from(duration.as_secs()).map_err(|_| refused("its session duration is too long"))?;
    let answer = sts
        .assume_role()
        .role_arn(role.as_str())
        .role_session_name(request.attributed.name().as_str())
        .set_source_identity(request.attributed.source_identity().map(ToString::to_string))
        .set_tags(request.attributed.tag().map(|tag| tags(tag).into_iter().collect()))
        .duration_seconds(seconds)
        .policy(request.policy)
        .send()
        .await
        .map_err(|error| session_error(role.as_str(), &error))?;
    // An answer that is cut short, or that a proxy has made up: the next one may be whole.
    let incomplete = SessionError::Unavailable { retry_after: PAUSE_AFTER_FAILURE };
    let (Some(credentials), Some(user)) = (answer.credentials(), answer.assumed_role_user()) else {
        return Err(incomplete);
    };
    let expiry = SystemTime::try_from(*credentials.expiration())
        .map_err(|_| refused("the answer's expiration is not a time"))?;
    Ok(SigningSession {
        keys: SigningKeys::of(Credentials::temporary(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            credentials.session_token(),
        )),
        expiry: CredentialsExpiry::At(expiry),
        fresh: Some(whole_life(duration, expiry, now)),
        signed_by: user.arn().to_owned(),
        generations: request.generations.cloned().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_gives_less_is_told_from_one_that_rounds() {
        let (now, hour) = (SystemTime::UNIX_EPOCH, Duration::from_hours(1));
        assert_eq!(whole_life(hour, now + Duration::from_secs(3599), now), hour);
        assert_eq!(whole_life(hour, now + Duration::from_mins(15), now), Duration::from_mins(15));
        assert_eq!(whole_life(hour, now, now + hour), Duration::ZERO, "a clock that is far ahead");
    }
}
