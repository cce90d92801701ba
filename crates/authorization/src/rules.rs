use std::collections::HashMap;
use std::sync::OnceLock;

use cedar_policy::{EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint, ResourceConstraint};

use crate::checked::CheckedPolicies;

/// Policies, set apart by whom or what they are about: a question is put only to those that can have a say in it. The head of any
/// other names someone else, or something else, so that it would neither permit, nor forbid, nor fail.
#[derive(Debug)]
pub struct Rules {
    of_all: PolicySet,
    of: About,
}

/// Policies that are about one caller, group, object or bucket.
#[derive(Debug)]
enum About {
    Read(HashMap<EntityUid, PolicySet>),
    /// Checked before, and read when somebody first asks: those about one are kept at the place of the first of them.
    Unread(CheckedPolicies, Vec<OnceLock<Box<Result<PolicySet, Unreadable>>>>),
}

/// What was checked before is no policy, because somebody has edited it by hand; or the file has changed since the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the checked policies cannot be read: {reason}")]
pub struct Unreadable {
    pub line: usize,
    pub reason: String,
}

impl Rules {
    /// # Errors
    /// When two policies have one name, which Cedar does not let happen.
    pub fn new(policies: &PolicySet) -> Result<Self, Box<PolicySetError>> {
        let (mut of_all, mut of) = (PolicySet::new(), HashMap::<EntityUid, PolicySet>::new());
        for policy in policies.policies() {
            let set = match about(policy) {
                Some(uid) => of.entry(uid).or_default(),
                None => &mut of_all,
            };
            set.add(policy.clone()).map_err(Box::new)?;
        }
        Ok(Self { of_all, of: About::Read(of) })
    }

    /// Of policies that were checked before.
    ///
    /// # Errors
    /// When one that is about all is no policy. Of the others it is found out by who asks.
    pub fn unread(checked: CheckedPolicies) -> Result<Self, Unreadable> {
        let of_all = checked.read(checked.about(None))?;
        let unread = (0..checked.len()).map(|_| OnceLock::new()).collect();
        Ok(Self { of_all, of: About::Unread(checked, unread) })
    }

    /// Those that may be about a question whose caller and resource have these names, and are in what has these names.
    pub fn about<'a>(&'a self, names: &'a [EntityUid]) -> impl Iterator<Item = Result<&'a PolicySet, &'a Unreadable>> {
        let of_them = names.iter().filter_map(|uid| match &self.of {
            About::Read(of) => of.get(uid).map(Ok),
            About::Unread(checked, read) => {
                let places = checked.about(Some(uid));
                let read = read.get(places.start).filter(|_| !places.is_empty())?;
                Some(read.get_or_init(|| Box::new(checked.read(places))).as_ref().as_ref())
            }
        });
        [Ok(&self.of_all)].into_iter().chain(of_them)
    }
}

/// Whom a policy's head names, or else what: it says nothing of anyone, or anything, that is neither that nor in that.
pub fn about(policy: &Policy) -> Option<EntityUid> {
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => Some(uid),
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => match policy.resource_constraint() {
            ResourceConstraint::Eq(uid) | ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) => Some(uid),
            ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
        },
    }
}
