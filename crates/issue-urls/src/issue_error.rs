use authorization::Denied;
use presign::attribution::NoTenant;
use presign::lifetime::{Asked, Bounds, LifetimeError};
use presign::signed_request::{Refusal, SignError};
use presign::signing_session::{SessionError, SigningSession};
use presign::sigv4::AmzDateError;
use s3_calls::S3CallError;

use crate::WouldFail;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The policies do not permit it to this caller.
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// With the field of the request that insists on more.
    #[error("{error}")]
    Lifetime { error: LifetimeError, field: &'static str },
    #[error(transparent)]
    NoTenant(#[from] NoTenant),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Clock(#[from] AmzDateError),
    /// It was tried, and is not handed out.
    #[error(transparent)]
    WouldFail(Box<WouldFail>),
    /// It was to be tried first, and S3 has not answered in time.
    #[error("S3 has not answered in time, so that nobody knows whether the URL works: ask again")]
    Untried,
    /// It has ended by now, or less is left of it than was insisted on: S3 was waited for, a signer or the table, for it or for
    /// another of its batch.
    #[error("the answer comes so late that too little is left of the URL: ask again, for longer or insisting on less")]
    TooLate,
    /// Of what the service itself asked of S3.
    #[error(transparent)]
    S3(#[from] S3CallError),
}

pub(crate) fn lifetime_error(asked: &Asked, error: LifetimeError) -> IssueError {
    IssueError::Lifetime { error, field: asked.insisting_field() }
}

pub(crate) fn sign_error(error: SignError, asked: &Asked, bounds: &Bounds, session: &SigningSession) -> IssueError {
    match error {
        SignError::Lifetime(error) => lifetime_error(asked, asked.retryable(error, bounds, session.fresh)),
        SignError::Refused(refusal) => IssueError::Refused(refusal),
        SignError::Date(error) => IssueError::Clock(error),
    }
}
