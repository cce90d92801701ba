use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, PolicySetError, PrincipalConstraint, ResourceConstraint};

/// Policies, set apart by whom or what they are about: a question is put only to those that can have a say in it. The head of any
/// other names someone else, or something else, so that it would neither permit, nor forbid, nor fail.
#[derive(Debug, Default)]
pub struct Rules {
    of_all: PolicySet,
    of: HashMap<EntityUid, Deferred>,
}

/// Policies that are about one caller, group, object or bucket. Those that have been checked before are read when somebody first asks.
#[derive(Debug, Default)]
struct Deferred {
    lines: Vec<Line>,
    read: OnceLock<Result<PolicySet, Unreadable>>,
}

/// A policy as Cedar writes it in JSON, at its place in a text.
#[derive(Debug)]
pub struct Line {
    pub id: PolicyId,
    pub text: Arc<String>,
    pub place: Range<usize>,
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
        let read = |set| Deferred { lines: vec![], read: OnceLock::from(Ok(set)) };
        rules.of = of.into_iter().map(|(uid, set)| (uid, read(set))).collect();
        Ok(rules)
    }

    /// Of policies that were checked before, each with whom or what it is about.
    ///
    /// # Errors
    /// When one that is about all is no policy. Of the others it is found out by who asks.
    pub fn of_lines(lines: impl IntoIterator<Item = (Option<EntityUid>, Line)>) -> Result<Self, Unreadable> {
        let (mut of_all, mut of) = (vec![], HashMap::<EntityUid, Deferred>::new());
        for (about, line) in lines {
            match about {
                Some(uid) => of.entry(uid).or_default().lines.push(line),
                None => of_all.push(line),
            }
        }
        Ok(Self { of_all: read(&of_all)?, of })
    }

    /// Those that may be about a question whose caller and resource have these names, and are in what has these names.
    pub fn about<'a>(&'a self, names: &'a [EntityUid]) -> impl Iterator<Item = Result<&'a PolicySet, &'a Unreadable>> {
        let of_them = names.iter().filter_map(|uid| self.of.get(uid));
        let of_them = of_them.map(|deferred| deferred.read.get_or_init(|| read(&deferred.lines)).as_ref());
        [Ok(&self.of_all)].into_iter().chain(of_them)
    }
}

fn read(policies: &[Line]) -> Result<PolicySet, Unreadable> {
    let mut set = PolicySet::new();
    for Line { id, text, place } in policies {
        let unreadable = |error: &dyn ToString| Unreadable { id: id.clone(), reason: error.to_string() };
        let json = text.get(place.clone()).unwrap_or_default();
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
