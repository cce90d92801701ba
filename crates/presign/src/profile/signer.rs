use std::time::Duration;

use crate::attribution::Attribution;
use crate::names::RoleArn;

/// Whose credentials sign a bucket's URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// A session of this role, made for the purpose, so that its expiry is known.
    Role {
        arn: RoleArn,
        /// What `AssumeRole` asks for. From a Lambda function, itself running under a role, at most one hour: role chaining.
        session_duration: Duration,
        attribution: Attribution,
    },
    /// The process's own credentials. They sign only where their expiry is known: because their source states it, because
    /// they are a user's access key, or because the operator states how long they may be trusted.
    Environment { trusted_for: Option<Duration> },
}

impl Signer {
    #[must_use]
    pub fn is_role(&self) -> bool {
        matches!(self, Self::Role { .. })
    }

    /// What its sessions bear, and of whom. What no session is made for bears nothing, and is each caller's own.
    #[must_use]
    pub fn attribution(&self) -> Attribution {
        match self {
            Self::Role { attribution, .. } => *attribution,
            Self::Environment { .. } => Attribution::default(),
        }
    }

    /// What the operator states that its credentials last, where anything is stated.
    #[must_use]
    pub fn promised(&self) -> Option<Duration> {
        match self {
            Self::Role { session_duration, .. } => Some(*session_duration),
            Self::Environment { trusted_for } => *trusted_for,
        }
    }

    /// How long a session lives that is made now; none where nothing can be made.
    #[must_use]
    pub fn fresh_session(&self) -> Option<Duration> {
        match self {
            Self::Role { session_duration, .. } => Some(*session_duration),
            Self::Environment { .. } => None,
        }
    }
}
