use std::time::Duration;

use http_api::{Problem, ProblemKind};

use crate::{IamError, ListError, RevokeError};

const UNTIL_AWS_ANSWERS: Duration = Duration::from_secs(5);

pub fn no_such_path() -> Problem {
    let detail = "sessions are revoked at POST /revocations; GET /issued lists what is out";
    Problem::new(ProblemKind::NoSuchPath, &detail)
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match &error {
            RevokeError::Denied(denied) => Self::denied(denied),
            RevokeError::NotServed(_) => {
                Self { field: Some("signingRole".into()), ..Self::new(ProblemKind::SigningRoleNotServed, &error) }
            }
            RevokeError::NotTagged { whose, .. } => {
                Self { field: Some(whose.as_str().into()), ..Self::new(ProblemKind::SessionsUntagged, &error) }
            }
            RevokeError::CutOff(_) => Self::invalid_request(Some("issuedBefore"), &error),
            RevokeError::Iam(error) => of_iam(error),
        }
    }
}

fn of_iam(error: &IamError) -> Problem {
    match error {
        IamError::NoSuchRole(_) | IamError::AnotherRole { .. } => {
            Problem { field: Some("signingRole".into()), ..Problem::new(ProblemKind::SigningRoleElsewhere, error) }
        }
        IamError::AnotherPolicy(_) => Problem::new(ProblemKind::PolicyInTheWay, error),
        IamError::Full(_) | IamError::FullForOne(_) => Problem::new(ProblemKind::RoleFull, error),
        IamError::Refused(_) => Problem::new(ProblemKind::RevokerRefused, error),
        IamError::Unavailable(_) => Problem::new(ProblemKind::IamUnavailable, error).after(UNTIL_AWS_ANSWERS),
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match &error {
            ListError::Denied(denied) => Self::denied(denied),
            ListError::NotServed(_) => {
                Self { field: Some("bucket".into()), ..Self::new(ProblemKind::BucketNotServed, &error) }
            }
            ListError::Cursor => Self::invalid_request(Some("cursor"), &error),
            ListError::Table(_) => Self::new(ProblemKind::TableUnavailable, &error).after(UNTIL_AWS_ANSWERS),
        }
    }
}
