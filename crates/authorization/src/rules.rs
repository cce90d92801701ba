use std::collections::HashMap;
use std::sync::OnceLock;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, PolicySetError, PrincipalConstraint, ResourceConstraint};
use checked_file::CheckedFile;

/// Policies, set apart by whom or what they are about: a question is put only to those that can have a say in it. The head of any
/// other names someone else, or something else, so that it would neither permit, nor forbid, nor fail.
#[derive(Debug, Default)]
pub struct Rules {
    of_all: PolicySet,
    of: HashMap<EntityUid, Deferred>,
    checked: Option<CheckedFile>,
}

/// Policies that are about one caller, group, object or bucket. Those that have been checked before are read when somebody first asks.
#[derive(Debug, Default)]
struct Deferred {
    unread: Vec<Unread>,
    // Most are never asked about, and take no more room than it takes to say so.
    read: OnceLock<Box<Result<PolicySet, Unreadable>>>,
}

/// A policy that was checked before, as Cedar writes it in JSON, in this line of the checked file.
#[derive(Debug)]
pub struct Unread {
    pub id: PolicyId,
    pub line: usize,
}

/// What was checked before is no policy: somebody has written it who is not Cedar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy `{id}` cannot be read: {reason}")]
pub struct Unreadable {
    id: PolicyId,
    reason: String,
}

impl Rules {
    /// # Errors
    /// When two policies have one name, which Cedar does not let happen.
    pub fn new(policies: &PolicySet) -> Result<Self, Box<PolicySetError>> {
        let mut rules = Self::default();
        let mut of: HashMap<EntityUid, PolicySet> = HashMap::new();
        for policy in policies.policies() {
            let set = match about(policy) {
                Some(uid) => of.entry(uid).or_default(),
                None => &mut rules.of_all,
            };
            set.add(policy.clone()).map_err(Box::new)?;
        }
        let read = |set| Deferred { unread: vec![], read: OnceLock::from(Box::new(Ok(set))) };
        rules.of = of.into_iter().map(|(uid, set)| (uid, read(set))).collect();
        Ok(rules)
    }

    /// Of policies that were checked before, each with whom or what it is about.
    ///
    /// # Errors
    /// When one that is about all is no policy. Of the others it is found out by who asks.
    pub fn unread(checked: CheckedFile, policies: Vec<(Option<EntityUid>, Unread)>) -> Result<Self, Unreadable> {
        let (mut of_all, mut of) = (vec![], HashMap::<EntityUid, Deferred>::with_capacity(policies.len()));
        for (about, policy) in policies {
            match about {
                Some(uid) => of.entry(uid).or_default().unread.push(policy),
                None => of_all.push(policy),
            }
        }
        Ok(Self { of_all: read(Some(&checked), &of_all)?, of, checked: Some(checked) })
    }

    /// Those that may be about a question whose caller and resource have these names, and are in what has these names.
    pub fn about<'a>(&'a self, names: &'a [EntityUid]) -> impl Iterator<Item = Result<&'a PolicySet, &'a Unreadable>> {
        let of_them = names.iter().filter_map(|uid| self.of.get(uid));
        let of_them =
            of_them.map(|deferred| deferred.read.get_or_init(|| Box::new(self.read(deferred))).as_ref().as_ref());
        [Ok(&self.of_all)].into_iter().chain(of_them)
    }

    fn read(&self, deferred: &Deferred) -> Result<PolicySet, Unreadable> {
        read(self.checked.as_ref(), &deferred.unread)
    }
}

fn read(checked: Option<&CheckedFile>, policies: &[Unread]) -> Result<PolicySet, Unreadable> {
    let mut set = PolicySet::new();
    for Unread { id, line } in policies {
        let unreadable = |error: &dyn ToString| Unreadable { id: id.clone(), reason: error.to_string() };
        let json = checked.and_then(|checked| checked.line(*line)).unwrap_or_default();
        let json = serde_json::from_str(json).map_err(|error| unreadable(&error))?;
        let policy = Policy::from_json(Some(id.clone()), json).map_err(|error| unreadable(&error))?;
        set.add(policy).map_err(|error| unreadable(&error))?;
    }
    Ok(set)
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
