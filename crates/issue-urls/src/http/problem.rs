use std::time::Duration;

use axum::http::StatusCode;
pub use http_api::Problem;
use http_api::ProblemKind;
use presign::lifetime::LifetimeError;
use presign::signed_request::Refusal;
use presign::signing_session::SessionError;
use s3_calls::S3CallError;

use crate::IssueError;

pub fn no_such_path() -> Problem {
    let detail = "URLs are issued at POST /urls and POST /urls/batch, forms at POST /forms; POST /multipart-uploads begins an \
         upload in parts; GET /objects/BUCKET/KEY redirects to a URL; GET /healthz tells whether the service is up; operators have \
         POST /revocations and GET /issued, and POST /diagnoses tells why a URL fails";
    Problem::new(ProblemKind::NoSuchPath, &detail)
}

fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::BucketNotServed { .. } => Problem::new(ProblemKind::BucketNotServed, refusal),
        Refusal::Encryption(error) if !error.is_the_profiles() => Problem::invalid_request(None, refusal),
        Refusal::QueryTooLong { .. }
        | Refusal::AnswerTooLong
        | Refusal::HeadersTooLong { .. }
        | Refusal::FormTooLong { .. } => Problem::invalid_request(None, refusal),
        Refusal::NotAllowed(_) | Refusal::Source(_) | Refusal::CopyPolicyTooLong(_) | Refusal::Encryption(_) => {
            Problem::new(ProblemKind::NotAllowed, refusal)
        }
    }
}

fn of_s3(error: &S3CallError) -> Problem {
    match error {
        S3CallError::Refused { status, code, .. } => {
            // What is wrong with the request S3 says with 400 to 499; the rest is between the service and S3.
            let of_the_request = StatusCode::from_u16(*status).is_ok_and(|status| status.is_client_error());
            let problem =
                Problem { s3_code: Some(code.as_str().into()), ..Problem::new(ProblemKind::S3Refused, error) };
            if of_the_request { Problem { status: *status, ..problem } } else { problem }
        }
        S3CallError::TooSlow | S3CallError::MaybeCompleted => Problem::new(ProblemKind::S3TooSlow, error),
        S3CallError::Unreachable(_) | S3CallError::Unreadable(_) => Problem::new(ProblemKind::S3Unreachable, error),
    }
}

fn later(detail: &impl ToString, retry_after: Duration) -> Problem {
    Problem::new(ProblemKind::SignerUnavailable, detail).after(retry_after)
}

/// Credentials that are ending are replaced within moments, where anything can replace them.
const UNTIL_FRESH_CREDENTIALS: Duration = Duration::from_secs(2);

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match &error {
            IssueError::Denied(denied) => Self::denied(denied),
            IssueError::NoTenant(_) => Self::new(ProblemKind::NoTenant, &error),
            IssueError::Refused(refusal) => Self { field: refusal.field().map(Box::from), ..refused(refusal) },
            IssueError::Lifetime { error: LifetimeError::TooLong { longest, limited_by, .. }, field } => Self {
                longest_expires_in: Some(longest.seconds()),
                limited_by: Some(*limited_by),
                field: Some((*field).into()),
                ..Self::new(ProblemKind::LifetimeUnavailable, &error)
            },
            IssueError::Lifetime { error: LifetimeError::CredentialsEnding, .. } => {
                later(&error, UNTIL_FRESH_CREDENTIALS)
            }
            IssueError::Session(SessionError::Unavailable { retry_after }) => later(&error, *retry_after),
            IssueError::Session(
                SessionError::Refused { .. } | SessionError::NoKey { .. } | SessionError::UnknownExpiry(_),
            ) => Self::new(ProblemKind::SignerRefused, &error),
            IssueError::WouldFail(would_fail) => Self {
                s3_code: Some(would_fail.s3_code.as_str().into()),
                diagnosis: Some(Box::new(would_fail.diagnosis.clone())),
                ..Self::new(ProblemKind::WouldFail, &error)
            },
            IssueError::S3(error) => of_s3(error),
            IssueError::Untried => Self::new(ProblemKind::S3TooSlow, &error),
            IssueError::TooLate => Self::new(ProblemKind::TooLate, &error),
            IssueError::Clock(_) => Self::new(ProblemKind::ClockWrong, &error),
        }
    }
}
