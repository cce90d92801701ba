use std::time::{Duration, SystemTime};

use aws_sdk_sts::types::{Credentials as StsCredentials, Tag};
use presign::credentials::Credentials;
use presign::lifetime::CredentialsExpiry;
use presign::names::SessionTag;
use presign::signing_session::{SessionError, SessionRequest, SignerIdentity, SigningSession};
use presign::sigv4::SigningKeys;

/// What STS rounds and takes is not a shorter life.
const ROUNDING: Duration = Duration::from_secs(5);

/// None where a part is missing, which none is.
pub fn tags(tag: &SessionTag) -> Option<Vec<Tag>> {
    Some(vec![Tag::builder().key(tag.key()).value(tag.value()).build().ok()?])
}

/// A duration as STS takes it, which refuses what is too long.
pub fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

/// A session that STS has made for `request`, which asked at `now` for one of `duration`.
pub fn session_of(
    credentials: &StsCredentials,
    (signed_by, owner): (&str, SignerIdentity),
    duration: Duration,
    request: &SessionRequest<'_>,
    now: SystemTime,
) -> Result<SigningSession, SessionError> {
    let expiry = SystemTime::try_from(*credentials.expiration()).map_err(|_| SessionError::Refused {
        signer: signed_by.to_owned(),
        reason: "the answer's expiration is not a time".to_owned(),
        advice: "see what answers in STS's place",
    })?;
    Ok(SigningSession {
        keys: SigningKeys::of(Credentials::temporary(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            credentials.session_token(),
        )),
        expiry: CredentialsExpiry::At(expiry),
        fresh: Some(whole_life(duration, expiry, now)),
        signed_by: signed_by.to_owned(),
        owner,
        generations: request.generations.cloned().unwrap_or_default(),
    })
}

/// How long a session asked for at `now` lives: other servers than AWS may give less than is asked for.
fn whole_life(asked: Duration, expiry: SystemTime, now: SystemTime) -> Duration {
    let given = expiry.duration_since(now).unwrap_or_default();
    if given + ROUNDING >= asked { asked } else { given }
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
