use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use authorization::CallerIdentity;
use settings::CallerSettings;

/// Who asks, as whoever authenticated them says. It never comes from the body or from a header that a client could set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    name: String,
    claims: BTreeMap<String, String>,
    source_ip: Option<IpAddr>,
}

impl Caller {
    /// A caller of whom only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), claims: BTreeMap::new(), source_ip: None }
    }

    /// With the claims of the token that proved the name.
    #[must_use]
    pub fn with_claims(self, claims: BTreeMap<String, String>) -> Self {
        Self { claims, ..self }
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
            groups: self.claims.get(&settings.groups_claim).map(|claim| listed(claim)).unwrap_or_default(),
            tenant: self.tenant(settings).map(str::to_owned),
            claims: self.claims.clone(),
        }
    }
}

/// API Gateway writes a claim that is a list as `[a b]`, a REST API's Cognito authorizer as `a,b`.
fn listed(claim: &str) -> BTreeSet<String> {
    let inner = claim.strip_prefix('[').and_then(|claim| claim.strip_suffix(']')).unwrap_or(claim);
    inner.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_groups_is_read_in_each_form_that_api_gateway_writes() {
        for (claim, groups) in [
            ("[operators readers]", vec!["operators", "readers"]),
            ("operators,readers", vec!["operators", "readers"]),
            ("operators", vec!["operators"]),
            ("[]", vec![]),
            ("", vec![]),
        ] {
            let caller = Caller::new("alice").with_claims([("groups".to_owned(), claim.to_owned())].into());
            let identity = caller.identity(&CallerSettings::default());
            assert_eq!(identity.groups.iter().map(String::as_str).collect::<Vec<_>>(), groups, "{claim}");
        }
    }

    #[test]
    fn the_settings_say_which_claims_count() {
        let claims = [("org".to_owned(), "a".to_owned()), ("tenant".to_owned(), "b".to_owned())].into();
        let settings = CallerSettings { tenant_claim: "org".to_owned(), ..CallerSettings::default() };
        assert_eq!(Caller::new("alice").with_claims(claims).identity(&settings).tenant.as_deref(), Some("a"));
    }
}
