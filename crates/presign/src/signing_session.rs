//! Sessions that sign: credentials together with the expiry that was measured for them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::attribution::Attributed;
use crate::generation::{Generations, Scope};
use crate::lifetime::{Asked, Bounds, CredentialsExpiry, ExpiresIn, UnknownExpiry};
use crate::names::{AccountId, Principal, RoleArn};
use crate::profile::Signer;
use crate::sigv4::SigningKeys;

/// Credentials that sign, and what is known of them.
#[derive(Debug)]
pub struct SigningSession {
    pub keys: SigningKeys,
    pub expiry: CredentialsExpiry,
    /// How long another such session would live; none where another cannot be made.
    pub fresh: Option<Duration>,
    /// The ARN that S3 sees as the signer.
    pub signed_by: String,
    /// Whose permissions it has.
    pub owner: SignerIdentity,
    /// What was current before the session was made.
    pub generations: Generations,
}

impl SigningSession {
    /// How long ago it was made, by how long such sessions live; none where that is not known.
    #[must_use]
    pub fn age(&self, now: SystemTime) -> Option<Duration> {
        let (CredentialsExpiry::At(end), Some(length)) = (self.expiry, self.fresh) else { return None };
        Some(length.saturating_sub(end.duration_since(now).unwrap_or_default()))
    }
}

/// What a session is wanted for.
#[derive(Debug, Clone, Copy)]
pub struct SessionRequest<'a> {
    pub signer: &'a Signer,
    /// What the session is to be confined to.
    pub policy: &'a str,
    /// In whose name it is to sign.
    pub attributed: &'a Attributed,
    pub asked: &'a Asked,
    /// The profile's bounds, or what they were seen to be.
    pub bounds: &'a Bounds,
    /// The longest session that the role was seen to give.
    pub longest: Option<ExpiresIn>,
    /// What a session must be newer than the last change of.
    pub scopes: &'a [Scope],
    /// The generations of these, to which it must belong; none when they could not be read, and those that were read last will do.
    pub generations: Option<&'a Generations>,
    pub ask: Ask,
}

/// Who is asked for what is not at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Whoever has it, which may take some seconds.
    Signer,
    /// Nobody: only what is held counts.
    Nobody,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Throttled, slow or down: the same request may succeed later.
    #[error("no signing session can be had at the moment")]
    Unavailable { retry_after: Duration },
    /// STS says no, and will go on saying it until someone changes something.
    #[error("`{signer}` gives no session to sign with ({reason}): {advice}")]
    Refused {
        signer: String,
        reason: String,
        /// What whoever runs the service can do about it.
        advice: &'static str,
    },
    /// The secret that keeps a user's access key is not there, cannot be read, or holds no key.
    #[error(
        "the secret `{secret}` gives no access key to sign with ({reason}): see that it exists, and that this service may read it"
    )]
    NoKey { secret: String, reason: String },
    #[error(transparent)]
    UnknownExpiry(#[from] UnknownExpiry),
}

/// Whose permissions the URLs of a signer depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerIdentity {
    /// Its ARN.
    pub arn: String,
    pub account: AccountId,
    /// The role or user; none for the account's root and for federated users.
    pub principal: Option<Principal>,
}

impl SignerIdentity {
    /// What tells it from others, whatever sessions are called.
    #[must_use]
    pub fn name(&self) -> String {
        self.principal.as_ref().map_or_else(|| self.arn.clone(), ToString::to_string)
    }

    /// Whether URLs of both depend on the same permissions.
    #[must_use]
    pub fn is_who(&self, other: &Self) -> bool {
        self.principal == other.principal && (self.principal.is_some() || self.arn == other.arn)
    }
}

impl From<&RoleArn> for SignerIdentity {
    fn from(role: &RoleArn) -> Self {
        let principal = role.principal().clone();
        Self { arn: role.to_string(), account: principal.account().clone(), principal: Some(principal) }
    }
}

/// Where signing sessions come from.
pub trait SigningSessions {
    fn identity(&self, signer: &Signer, ask: Ask) -> impl Future<Output = Result<SignerIdentity, SessionError>> + Send;

    /// A session for `request` at `now`: one already held, if it belongs to the generations asked for and leaves the URL
    /// life enough; otherwise a new one; and where no new one can be had, one held that still signs.
    fn session(
        &self,
        request: SessionRequest<'_>,
        now: SystemTime,
    ) -> impl Future<Output = Result<Arc<SigningSession>, SessionError>> + Send;
}
