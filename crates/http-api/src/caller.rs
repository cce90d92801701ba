use std::collections::BTreeSet;
use std::net::IpAddr;

use authorization::CallerIdentity;
use settings::CallerSettings;

use crate::lists::{Claims, Lists, of_lambda_authorizer};

/// Who asks, as whoever authenticated them says. It never comes from the body, or from a header that the gateway has
/// not checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    name: String,
    claims: Claims,
    lists: Lists,
    source_ip: Option<IpAddr>,
}

impl Caller {
    /// A caller of whom only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), claims: Claims::new(), lists: Lists::new(), source_ip: None }
    }

    /// With the claims of the token that proved the name, each of which is one text.
    #[must_use]
    pub fn with_claims(self, claims: Claims) -> Self {
        Self { claims, ..self }
    }

    /// With the claims that a Lambda authorizer hands over, of which lists are written as JSON.
    #[must_use]
    pub fn with_claims_of_authorizer(self, mut claims: Claims) -> Self {
        let lists = of_lambda_authorizer(&mut claims);
        Self { claims, lists, ..self }
    }

    /// With the names that some of the claims list.
    pub(crate) fn with_lists(self, lists: Lists) -> Self {
        Self { lists, ..self }
    }

    /// With the address that the gateway saw.
    #[must_use]
    pub fn from_address(self, source_ip: Option<IpAddr>) -> Self {
        Self { source_ip, ..self }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The caller's tenant, where a claim names one. An empty one is none.
    #[must_use]
    pub fn tenant(&self, settings: &CallerSettings) -> Option<&str> {
        self.claims.get(&settings.tenant_claim).map(String::as_str).filter(|tenant| !tenant.is_empty())
    }

    #[must_use]
    pub fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip
    }

    /// The caller in the terms of policies.
    #[must_use]
    pub fn identity(&self, settings: &CallerSettings) -> CallerIdentity {
        CallerIdentity {
            name: self.name.clone(),
            groups: self.groups(&settings.groups_claim),
            tenant: self.tenant(settings).map(str::to_owned),
            claims: self.claims.clone(),
        }
    }

    /// The names of a list; a text is one name, whatever is in it. In no group is who may be in one or in another.
    fn groups(&self, claim: &str) -> BTreeSet<String> {
        match self.lists.get(claim) {
            Some(Some(names)) => names.clone(),
            Some(None) => {
                tracing::warn!(caller = self.name, claim, "the caller's groups cannot be told apart: it is in none");
                BTreeSet::new()
            }
            None => self.claims.get(claim).filter(|name| !name.is_empty()).cloned().into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_one_group_unless_it_is_a_list() {
        for (claim, of_text, of_authorizer) in [
            ("operators", vec!["operators"], vec!["operators"]),
            ("night operators", vec!["night operators"], vec!["night operators"]),
            ("night,operators", vec!["night,operators"], vec!["night,operators"]),
            (r#"["night operators","a"]"#, vec![r#"["night operators","a"]"#], vec!["a", "night operators"]),
            ("[operators]", vec!["[operators]"], vec!["[operators]"]),
            ("[]", vec!["[]"], vec![]),
            ("", vec![], vec![]),
        ] {
            let claims = Claims::from([("groups".to_owned(), claim.to_owned())]);
            let groups = |caller: Caller| caller.identity(&CallerSettings::default()).groups.into_iter().collect();
            let read: Vec<String> = groups(Caller::new("alice").with_claims(claims.clone()));
            assert_eq!(read, of_text, "{claim}");
            let read: Vec<String> = groups(Caller::new("alice").with_claims_of_authorizer(claims));
            assert_eq!(read, of_authorizer, "{claim}");
        }
    }

    #[test]
    fn whose_groups_cannot_be_told_apart_is_in_none() {
        let caller = Caller::new("alice").with_claims([("groups".to_owned(), "[night operators]".to_owned())].into());
        let caller = caller.with_lists([("groups".to_owned(), None)].into());
        assert_eq!(caller.identity(&CallerSettings::default()).groups, BTreeSet::new());
    }

    #[test]
    fn the_settings_say_which_claims_count() {
        let claims = [("org".to_owned(), "a".to_owned()), ("tenant".to_owned(), "b".to_owned())].into();
        let settings = CallerSettings { tenant_claim: "org".to_owned(), ..CallerSettings::default() };
        assert_eq!(Caller::new("alice").with_claims(claims).identity(&settings).tenant.as_deref(), Some("a"));
    }
}
