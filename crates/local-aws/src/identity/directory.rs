//! From an access key and a token to a caller, and from a caller to yes or no.

use std::sync::Arc;

use super::{Administrator, Caller, Holder, Session, UserKeys};
use crate::clock::Clock;
use crate::iam::policy::{Fact, Facts, Policy, TagsOf, Verdict};
use crate::iam::store::{Role, RoleStore};

/// Everyone the local account knows.
#[derive(Debug, Clone)]
pub struct Directory {
    pub account_id: Arc<str>,
    pub administrator: Arc<Administrator>,
    pub user_keys: Arc<UserKeys>,
    pub roles: Arc<RoleStore>,
    pub clock: Clock,
}

/// Why credentials are not accepted. Each service has its own words for these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("the access key id does not exist in our records")]
    UnknownKey,
    #[error("the security token is malformed or does not belong to the access key")]
    BadToken,
    #[error("the security token has expired")]
    Expired,
}

/// Why a caller may not do something, in the words AWS uses.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("User: {caller} is not authorized to perform: {action} on resource: \"{resource}\" {reason}")]
pub struct Denied {
    caller: String,
    action: String,
    resource: String,
    reason: String,
}

impl Directory {
    /// The secret key that goes with an access key id, if there is such a key.
    #[must_use]
    pub fn secret(&self, access_key_id: &str) -> Option<String> {
        if access_key_id == self.administrator.access_key_id {
            return Some(self.administrator.secret_access_key.clone());
        }
        let derived = access_key_id.starts_with("ASIA") || self.user_keys.is_active(access_key_id);
        derived.then(|| self.roles.master_key().secret(access_key_id))
    }

    /// Who holds this access key and session token. The signature is checked elsewhere, with [`Self::secret`].
    ///
    /// # Errors
    /// When the key is unknown, the token missing, foreign or expired, or the role gone.
    pub fn caller(&self, access_key_id: &str, token: Option<&str>) -> Result<Caller, IdentityError> {
        if access_key_id == self.administrator.access_key_id || self.user_keys.is_active(access_key_id) {
            return match token {
                None | Some("") => Ok(Caller::Administrator { access_key_id: access_key_id.to_owned() }),
                Some(_) => Err(IdentityError::BadToken),
            };
        }
        let token = token.ok_or(IdentityError::UnknownKey)?;
        let session = self.roles.master_key().open(token).ok_or(IdentityError::BadToken)?;
        if session.access_key_id != access_key_id {
            return Err(IdentityError::BadToken);
        }
        if self.clock.now() >= session.expires_at {
            return Err(IdentityError::Expired);
        }
        if matches!(session.holder, Holder::Role { .. }) && self.role_of(&session).is_none() {
            return Err(IdentityError::UnknownKey);
        }
        Ok(Caller::Session(Box::new(session)))
    }

    /// The role a session is of, unless it was deleted since.
    #[must_use]
    pub fn role_of(&self, session: &Session) -> Option<Arc<Role>> {
        match &session.holder {
            Holder::Role { role_name, role_id } => self.roles.role(role_name).filter(|role| role.id == *role_id),
            Holder::FederatedUser {} => None,
        }
    }

    /// What is known about every request of a caller.
    #[must_use]
    pub fn facts(&self, caller: &Caller) -> Facts {
        let mut facts = Facts::default();
        facts.state("aws:currenttime", Fact::Time(self.clock.now()));
        facts.state("aws:principalaccount", Fact::Text(self.account_id.to_string()));
        facts.state("aws:userid", Fact::Text(caller.user_id()));
        // HTTP stands in for HTTPS here.
        facts.state("aws:securetransport", Fact::Flag(true));
        match caller {
            Caller::Administrator { .. } => {
                facts.state("aws:principalarn", Fact::Text(caller.arn(&self.account_id)));
            }
            Caller::Session(session) => {
                facts.state("aws:tokenissuetime", Fact::Time(session.issued_at));
                facts.state_tags(TagsOf::Principal, &session.tags);
                if let Some(identity) = &session.source_identity {
                    facts.state("aws:sourceidentity", Fact::Text(identity.clone()));
                }
                if let Some(role) = self.role_of(session) {
                    facts.state("aws:principalarn", Fact::Text(role.arn(&self.account_id)));
                }
            }
        }
        facts
    }

    /// Whether the caller may do `action` to `resource`: an explicit deny wins, and the role's policies, its boundary
    /// and the session's own policy must all allow.
    ///
    /// # Errors
    /// When the caller may not, with AWS's sentence about why.
    pub fn authorize(&self, caller: &Caller, action: &str, resource: &str, facts: &Facts) -> Result<(), Denied> {
        let Caller::Session(session) = caller else { return Ok(()) };
        let denied = |reason: String| Denied {
            caller: caller.arn(&self.account_id),
            action: action.to_owned(),
            resource: resource.to_owned(),
            reason,
        };
        let nothing_allows = |kind| denied(format!("because no {kind} policy allows the {action} action"));
        // A sealed token holds only a policy that was parsed before; one that no longer parses allows nothing.
        let session_policy = match session.policy.as_deref().map(Policy::parse) {
            Some(Err(_)) => return Err(nothing_allows("session")),
            Some(Ok(policy)) => Some(policy),
            None => None,
        };
        let (of_role, of_boundary, without_policy) = match session.holder {
            Holder::Role { .. } => {
                let role = self.role_of(session).ok_or_else(|| nothing_allows("identity-based"))?;
                let of_role = self.roles.verdict(&role, action, resource, facts);
                (of_role, self.roles.boundary_verdict(&role, action, resource, facts), Verdict::Allow)
            }
            // The administrator may do everything, and lends nothing but what the policy says.
            Holder::FederatedUser {} => (Verdict::Allow, Verdict::Allow, Verdict::Silent),
        };
        let of_session = session_policy.map_or(without_policy, |policy| policy.verdict(action, resource, facts));
        match (of_role, of_boundary, of_session) {
            (Verdict::Deny, ..) => Err(denied("with an explicit deny in an identity-based policy".to_owned())),
            (_, Verdict::Deny, _) => Err(denied("with an explicit deny in a permissions boundary".to_owned())),
            (.., Verdict::Deny) => Err(denied("with an explicit deny in a session policy".to_owned())),
            (Verdict::Silent, ..) => Err(nothing_allows("identity-based")),
            (_, Verdict::Silent, _) => {
                Err(denied(format!("because no permissions boundary allows the {action} action")))
            }
            (.., Verdict::Silent) => Err(nothing_allows("session")),
            (Verdict::Allow, Verdict::Allow, Verdict::Allow) => Ok(()),
        }
    }
}
