use std::time::Duration;

use axum::http::StatusCode;
pub use http_api::Problem;
use presign::lifetime::LifetimeError;
use presign::signed_request::Refusal;
use presign::signing_session::SessionError;
use s3_calls::S3CallError;

use crate::IssueError;

pub fn no_such_path() -> Problem {
    let detail = "URLs are issued at POST /urls and POST /urls/batch, forms at POST /forms; POST /multipart-uploads begins an upload in parts; GET /objects/BUCKET/KEY redirects to \
         a URL; GET /healthz tells whether the service is up";
    Problem::new(StatusCode::NOT_FOUND, "no-such-path", "there is nothing here", &detail)
}

fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::BucketNotServed { .. } => {
            Problem::new(StatusCode::NOT_FOUND, "bucket-not-served", "the bucket is not served", refusal)
        }
        Refusal::Encryption(error) if !error.is_the_profiles() => Problem::invalid_request(None, refusal),
        Refusal::HeadersTooLong { .. } | Refusal::FieldsTooLong { .. } => Problem::invalid_request(None, refusal),
        Refusal::NotAllowed(_) | Refusal::Source(_) | Refusal::CopyPolicyTooLong(_) | Refusal::Encryption(_) => {
            Problem::new(StatusCode::FORBIDDEN, "not-allowed", "the profile forbids it", refusal)
        }
    }
}

fn of_s3(error: &S3CallError) -> Problem {
    match error {
        S3CallError::Refused { status, code, .. } => {
            // What is wrong with the request S3 says with 400 to 499; the rest is between the service and S3.
            let status = StatusCode::from_u16(*status).ok().filter(StatusCode::is_client_error);
            let status = status.unwrap_or(StatusCode::BAD_GATEWAY);
            Problem {
                s3_code: Some(code.as_str().into()),
                ..Problem::new(status, "s3-refused", "S3 refuses it", error)
            }
        }
        S3CallError::TooSlow => Problem::new(StatusCode::GATEWAY_TIMEOUT, "s3-too-slow", "S3 takes its time", error),
        S3CallError::Unreachable(_) | S3CallError::Unreadable(_) => {
            Problem::new(StatusCode::BAD_GATEWAY, "s3-unreachable", "S3 cannot be reached", error)
        }
    }
}

fn later(detail: &impl ToString, retry_after: Duration) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "signer-unavailable", "nothing can sign right now", detail)
        .after(retry_after)
}

/// Credentials that are ending are replaced within moments, where anything can replace them.
const UNTIL_FRESH_CREDENTIALS: Duration = Duration::from_secs(2);

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match &error {
            IssueError::Denied(denied) => Self::denied(denied),
            IssueError::Refused(refusal) => Self { field: refusal.field().map(Box::from), ..refused(refusal) },
            IssueError::Lifetime { error: LifetimeError::TooLong { longest, limited_by, .. }, field } => Self {
                longest_expires_in: Some(longest.seconds()),
                limited_by: Some(limited_by.as_str()),
                field: Some((*field).into()),
                ..Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "lifetime-unavailable",
                    "the lifetime cannot be had",
                    &error,
                )
            },
            IssueError::Lifetime { error: LifetimeError::CredentialsEnding, .. } => {
                later(&error, UNTIL_FRESH_CREDENTIALS)
            }
            IssueError::Session(SessionError::Unavailable { retry_after }) => later(&error, *retry_after),
            IssueError::Session(SessionError::Refused { .. } | SessionError::UnknownExpiry(_)) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "signer-refused",
                "the signer is not set up to sign",
                &error,
            ),
            IssueError::S3(error) => of_s3(error),
            IssueError::Sign(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "clock-wrong", "the service's clock is wrong", &error)
            }
        }
    }
}
