use std::time::{Duration, SystemTime};

use aws_sdk_sts::Client;
use presign::names::SecretId;
use presign::signing_session::{SessionError, SessionRequest, SignerIdentity, SigningSession};

use crate::aws_error::UNAVAILABLE;
use crate::sts_answer::{seconds, session_of, tags};
use crate::sts_error::session_error;

const SEE_USER: &str = "see that the policies of the user whose key it is allow `sts:GetFederationToken`, and `sts:TagSession` for a \
                        session tag";

/// A new session of a federated user, made with the key of `owner`, an IAM user: it may what the policy of the request and that user's
/// policies both allow.
pub async fn federate(
    sts: &Client,
    (secret, owner): (&SecretId, SignerIdentity),
    duration: Duration,
    request: &SessionRequest<'_>,
    now: SystemTime,
) -> Result<SigningSession, SessionError> {
    let answer = sts
        .get_federation_token()
        .name(request.attributed.name().of_federated_user())
        .set_tags(request.attributed.tag().and_then(tags))
        .duration_seconds(seconds(duration))
        .policy(request.policy)
        .send()
        .await
        .map_err(|error| session_error(secret.as_str(), &error, SEE_USER))?;
    let (Some(credentials), Some(user)) = (answer.credentials(), answer.federated_user()) else {
        // It is cut short, or a proxy has made it up.
        return Err(UNAVAILABLE);
    };
    session_of(credentials, (user.arn(), owner), duration, request, now)
}
