use std::time::Duration;

use crate::attribution::{Attribution, Whose};
use crate::names::{Region, RoleArn, SecretId};

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
    /// A session of this role for the bearer of a token, of the kind that Kubernetes and CI systems put into a file: up to 12 hours.
    WebIdentity { arn: RoleArn, token_file: String, session_duration: Duration, session_name: Whose },
    /// A session of a federated user, made with the access key of an IAM user that the secret keeps: up to 36 hours.
    FederationToken { secret: SecretId, session_duration: Duration, attribution: Attribution },
    /// The access key of an IAM user that the secret keeps, which has no end: up to the seven days of Signature Version 4.
    UserKey { secret: SecretId },
    /// The credentials that the container's endpoint hands out, with their expiry.
    Container,
    /// The process's own credentials. They sign only where their expiry is known: because their source states it, because
    /// they are a user's access key, or because the operator states how long they may be trusted.
    Environment { trusted_for: Option<Duration> },
}

impl Signer {
    /// The role whose sessions sign.
    #[must_use]
    pub fn role(&self) -> Option<&RoleArn> {
        match self {
            Self::Role { arn, .. } | Self::WebIdentity { arn, .. } => Some(arn),
            Self::FederationToken { .. } | Self::UserKey { .. } | Self::Container | Self::Environment { .. } => None,
        }
    }

    /// The partition that it signs in: its name tells, or else the `region` of the bucket, which no signer of another partition
    /// could reach.
    #[must_use]
    pub fn partition(&self, region: &Region) -> &str {
        let named = match self {
            Self::Role { arn, .. } | Self::WebIdentity { arn, .. } => Some(arn.partition()),
            Self::FederationToken { secret, .. } | Self::UserKey { secret } => secret.partition(),
            Self::Container | Self::Environment { .. } => None,
        };
        named.unwrap_or_else(|| region.partition())
    }

    /// Whether each session is confined to a policy of its own, which AWS limits in length.
    #[must_use]
    pub fn is_confined(&self) -> bool {
        self.fresh_session().is_some()
    }

    /// What its sessions bear, and of whom. What no session is made for bears nothing, and is each caller's own.
    #[must_use]
    pub fn attribution(&self) -> Attribution {
        match self {
            Self::Role { attribution, .. } | Self::FederationToken { attribution, .. } => *attribution,
            Self::WebIdentity { session_name, .. } => {
                Attribution { session_name: *session_name, ..Attribution::default() }
            }
            Self::UserKey { .. } | Self::Container | Self::Environment { .. } => Attribution::default(),
        }
    }

    /// What the operator states that its credentials last, where anything is stated.
    #[must_use]
    pub fn promised(&self) -> Option<Duration> {
        match self {
            Self::Environment { trusted_for } => *trusted_for,
            _ => self.fresh_session(),
        }
    }

    /// How long a session lives that is made now; none where nothing can be made.
    #[must_use]
    pub fn fresh_session(&self) -> Option<Duration> {
        match self {
            Self::Role { session_duration, .. }
            | Self::WebIdentity { session_duration, .. }
            | Self::FederationToken { session_duration, .. } => Some(*session_duration),
            Self::UserKey { .. } | Self::Container | Self::Environment { .. } => None,
        }
    }
}
