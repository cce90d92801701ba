//! In whose name a session signs: what AWS and CloudTrail are told of who asked.

use crate::names::{SessionName, SessionTag};
use crate::words::words;

words! {
    /// Of whom something bears the name; so it is called in settings, requests and session tags.
    #[derive(Hash)]
    Whose {
        Caller = "caller",
        Tenant = "tenant",
    }
}

/// What a signer's sessions bear, and of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribution {
    pub session_name: Whose,
    pub source_identity: Option<Whose>,
    pub session_tag: Option<Whose>,
}

impl Default for Attribution {
    fn default() -> Self {
        Self { session_name: Whose::Caller, source_identity: None, session_tag: None }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    pub caller: &'a str,
    /// None where nobody has said whose the caller is.
    pub tenant: Option<&'a str>,
}

/// What the session of one asker bears. Who has the same has the same sessions, and the URLs that they have signed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attributed {
    /// Whose name it is, too: a caller and a tenant may be called alike.
    name: (Whose, SessionName),
    source_identity: Option<(Whose, SessionName)>,
    tag: Option<SessionTag>,
}

/// Nothing is signed in the name of a tenant who is not known: revoking the tenant would miss it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bucket's profile signs in the name of the caller's tenant, and nothing names a tenant of this caller")]
pub struct NoTenant;

impl Attribution {
    /// # Errors
    /// When the tenant is to be named, and there is none.
    pub fn of(&self, asker: Asker<'_>) -> Result<Attributed, NoTenant> {
        let name_of = |whose| match whose {
            Whose::Caller => Ok(asker.caller),
            Whose::Tenant => asker.tenant.filter(|tenant| !tenant.is_empty()).ok_or(NoTenant),
        };
        let named = |whose| Ok((whose, SessionName::of(name_of(whose)?)));
        Ok(Attributed {
            name: named(self.session_name)?,
            source_identity: self.source_identity.map(named).transpose()?,
            tag: self.session_tag.map(|whose| Ok(SessionTag::of(whose, name_of(whose)?))).transpose()?,
        })
    }
}

impl Attributed {
    #[must_use]
    pub fn name(&self) -> &SessionName {
        &self.name.1
    }

    #[must_use]
    pub fn source_identity(&self) -> Option<&SessionName> {
        self.source_identity.as_ref().map(|(_, name)| name)
    }

    #[must_use]
    pub fn tag(&self) -> Option<&SessionTag> {
        self.tag.as_ref()
    }

    /// All of it, as texts that no other has in this order.
    #[must_use]
    pub fn parts(&self) -> [&str; 6] {
        let (whose, name) = &self.name;
        let identity = self.source_identity.as_ref();
        let [identity_of, identity] = identity.map_or(["", ""], |(whose, name)| [whose.as_str(), name.as_str()]);
        let [key, value] = self.tag.as_ref().map_or(["", ""], |tag| [tag.key(), tag.value()]);
        [whose.as_str(), name.as_str(), identity_of, identity, key, value]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANTS: Attribution =
        Attribution { session_name: Whose::Tenant, source_identity: None, session_tag: Some(Whose::Tenant) };

    fn of<'a>(caller: &'a str, tenant: &'a str) -> Asker<'a> {
        Asker { caller, tenant: Some(tenant) }
    }

    #[test]
    fn what_names_the_tenant_only_is_the_same_for_all_its_callers() {
        assert_eq!(TENANTS.of(of("alice", "acme")), TENANTS.of(of("bob", "acme")));
        assert_ne!(TENANTS.of(of("alice", "acme")), TENANTS.of(of("alice", "umbrella")));
        let by_name = Attribution { source_identity: Some(Whose::Caller), ..TENANTS };
        assert_ne!(by_name.of(of("alice", "acme")), by_name.of(of("bob", "acme")));
    }

    #[test]
    fn a_caller_is_never_taken_for_a_tenant_of_the_same_name() {
        let (caller, tenant) = (Attribution::default().of(of("acme", "x")), TENANTS.of(of("x", "acme")));
        assert_ne!(caller.unwrap().parts()[..2], tenant.unwrap().parts()[..2]);
    }

    #[test]
    fn nothing_is_signed_in_the_name_of_no_tenant() {
        for tenant in [None, Some("")] {
            assert_eq!(TENANTS.of(Asker { caller: "alice", tenant }), Err(NoTenant));
            assert!(Attribution::default().of(Asker { caller: "alice", tenant }).is_ok());
        }
    }
}
