use std::collections::BTreeSet;
use std::net::IpAddr;

use authorization::CallerIdentity;
use settings::CallerSettings;

use crate::TokenHeader;
use crate::lists::{Claims, Lists, Names, of_lambda_authorizer};

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

    /// With the claims that a Lambda authorizer hands over, of which lists are written as JSON, and so may texts be.
    #[must_use]
    pub fn with_claims_of_authorizer(self, mut claims: Claims) -> Self {
        let lists = of_lambda_authorizer(&mut claims);
        Self { claims, lists, ..self }
    }

    /// With the names that some of the claims list.
    pub(crate) fn with_lists(self, lists: Lists) -> Self {
        Self { lists, ..self }
    }

    /// Without what a token says that the gateway has not checked.
    pub(crate) fn proved_by(mut self, token: TokenHeader) -> Self {
        for names in self.lists.values_mut() {
            if let (Names::OfToken(_), TokenHeader::Unknown) = (&*names, token) {
                *names = Names::Unclear;
            }
        }
        self
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

    /// Whether the caller may be in one group or in another. To be in none is no answer then: a policy may forbid something to one.
    #[must_use]
    pub fn groups_are_unclear(&self, settings: &CallerSettings) -> bool {
        self.lists.get(&settings.groups_claim) == Some(&Names::Unclear)
    }

    /// The names of a list; a text is one name, whatever is in it.
    fn groups(&self, claim: &str) -> BTreeSet<String> {
        match self.lists.get(claim) {
            Some(Names::Known(names) | Names::OfToken(names)) => names.clone(),
            Some(Names::Unclear) => BTreeSet::new(),
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
            (r#""[operators]""#, vec![r#""[operators]""#], vec!["[operators]"]),
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
    fn a_token_that_nobody_has_checked_puts_nobody_in_a_group() {
        let claims = Claims::from([("groups".to_owned(), "[night operators]".to_owned())]);
        let settings = CallerSettings::default();
        for (names, unclear_unless_checked) in [
            (Names::OfToken(["night operators".to_owned()].into()), true),
            (Names::Known(["night operators".to_owned()].into()), false),
        ] {
            let lists = Lists::from([("groups".to_owned(), names)]);
            let caller = Caller::new("alice").with_claims(claims.clone()).with_lists(lists);
            let checked = caller.clone().proved_by(TokenHeader::Authorization);
            assert!(!checked.groups_are_unclear(&settings));
            assert_eq!(checked.identity(&settings).groups, ["night operators".to_owned()].into());
            let unchecked = caller.proved_by(TokenHeader::Unknown);
            assert_eq!(unchecked.groups_are_unclear(&settings), unclear_unless_checked);
            assert_eq!(unchecked.identity(&settings).groups.is_empty(), unclear_unless_checked);
        }
    }

    #[test]
    fn the_settings_say_which_claims_count() {
        let claims = [("org".to_owned(), "a".to_owned()), ("tenant".to_owned(), "b".to_owned())].into();
        let settings = CallerSettings { tenant_claim: "org".to_owned(), ..CallerSettings::default() };
        assert_eq!(Caller::new("alice").with_claims(claims).identity(&settings).tenant.as_deref(), Some("a"));
    }
}
