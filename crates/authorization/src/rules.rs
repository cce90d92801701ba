use std::collections::HashMap;

use cedar_policy::{EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint, ResourceConstraint};

/// Policies, set apart by whom or what they are about: a question is put only to those that can have a say in it. The head of any
/// other names someone else, or something else, so that it would neither permit, nor forbid, nor fail.
#[derive(Debug, Default)]
pub struct Rules {
    of_all: PolicySet,
    of: HashMap<EntityUid, PolicySet>,
}

impl Rules {
    /// # Errors
    /// When two policies have one name, which Cedar does not let happen.
    pub fn new(policies: &PolicySet) -> Result<Self, Box<PolicySetError>> {
        let mut rules = Self::default();
        for policy in policies.policies() {
            let set = match about(policy) {
                Some(uid) => rules.of.entry(uid).or_default(),
                None => &mut rules.of_all,
            };
            set.add(policy.clone()).map_err(Box::new)?;
        }
        Ok(rules)
    }

    /// Those that may be about a question whose caller and resource have these names, and are in what has these names.
    pub fn about<'a>(&'a self, names: &'a [EntityUid]) -> impl Iterator<Item = &'a PolicySet> {
        [&self.of_all].into_iter().chain(names.iter().filter_map(|uid| self.of.get(uid)))
    }
}

/// Whom a policy's head names, or else what: it says nothing of anyone, or anything, that is neither that nor in that.
fn about(policy: &Policy) -> Option<EntityUid> {
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => Some(uid),
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => match policy.resource_constraint() {
            ResourceConstraint::Eq(uid) | ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) => Some(uid),
            ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
        },
    }
}
