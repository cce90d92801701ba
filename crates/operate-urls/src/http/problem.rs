use std::time::Duration;

use axum::http::StatusCode;
use http_api::Problem;

use crate::{IamError, ListError, RevokeError};

const UNTIL_AWS_ANSWERS: Duration = Duration::from_secs(5);

pub fn no_such_path() -> Problem {
    let detail = "sessions are revoked at POST /revocations; GET /issued lists what is out";
    Problem::new(StatusCode::NOT_FOUND, "no-such-path", "there is nothing here", &detail)
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match &error {
            RevokeError::Denied(denied) => Self::denied(denied),
            RevokeError::NotServed(_) => not_served(&error),
            RevokeError::CutOff(_) => Self::invalid_request(Some("issuedBefore".to_owned()), &error),
            RevokeError::Iam(error) => of_iam(error),
        }
    }
}

fn not_served(error: &RevokeError) -> Problem {
    let title = "nothing is signed with the role";
    let problem = Problem::new(StatusCode::NOT_FOUND, "signing-role-not-served", title, error);
    Problem { field: Some("signingRole".into()), ..problem }
}

fn of_iam(error: &IamError) -> Problem {
    match error {
        IamError::NoSuchRole(_) | IamError::AnotherRole { .. } => {
            let title = "the role cannot be changed from here";
            let problem = Problem::new(StatusCode::CONFLICT, "signing-role-elsewhere", title, error);
            Problem { field: Some("signingRole".into()), ..problem }
        }
        IamError::AnotherPolicy(_) => {
            Problem::new(StatusCode::CONFLICT, "policy-in-the-way", "another policy is in its place", error)
        }
        IamError::Full(_) => Problem::new(StatusCode::CONFLICT, "role-full", "the role has too many policies", error),
        IamError::Refused(_) => {
            let title = "the service is not set up to revoke";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "revoker-refused", title, error)
        }
        IamError::Unavailable(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "iam-unavailable", "nothing is revoked right now", error)
                .after(UNTIL_AWS_ANSWERS)
        }
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match &error {
            ListError::Denied(denied) => Self::denied(denied),
            ListError::NotServed(_) => {
                Self::new(StatusCode::NOT_FOUND, "bucket-not-served", "the bucket is not served", &error)
            }
            ListError::Cursor => Self::invalid_request(Some("cursor".to_owned()), &error),
            ListError::Table(_) => {
                let title = "what is out is not known right now";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "table-unavailable", title, &error).after(UNTIL_AWS_ANSWERS)
            }
        }
    }
}
