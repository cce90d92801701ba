use std::num::NonZeroU32;

use authorization::{Action, Asking, Denied, Policies, Question, Resource};
use presign::attribution::Asker;
use settings::CallerSettings;

use crate::Caller;

/// Asks the policies before anything else is done for a caller.
pub struct Gate {
    policies: Policies,
    callers: CallerSettings,
}

impl Gate {
    #[must_use]
    pub fn new(policies: Policies, callers: CallerSettings) -> Self {
        Self { policies, callers }
    }

    /// Who asks, as far as sessions bear it.
    #[must_use]
    pub fn asker<'a>(&self, caller: &'a Caller) -> Asker<'a> {
        Asker { caller: caller.name(), tenant: caller.tenant(&self.callers) }
    }

    /// How often a caller may ask, where the settings say it. The gate itself counts nothing.
    #[must_use]
    pub fn requests_per_second(&self) -> Option<NonZeroU32> {
        self.callers.requests_per_second
    }

    /// Whether the policies speak of the time: then the same question may have another answer a moment later.
    #[must_use]
    pub fn policies_speak_of_the_time(&self) -> bool {
        self.policies.speak_of_the_time()
    }

    /// The policies that permit `caller` the action, for the audit.
    ///
    /// # Errors
    /// When they do not. It is logged which of them forbids it, which the caller is not told.
    pub fn ask(
        &self,
        caller: &Caller,
        action: Action,
        resource: Resource<'_>,
        asking: Asking<'_>,
    ) -> Result<Vec<String>, Denied> {
        let decided = if self.policies.speak_of_groups() && caller.groups_are_unclear(&self.callers) {
            Err(Denied::unclear_groups(action, resource))
        } else {
            let caller = caller.identity(&self.callers);
            self.policies.decide(&Question { caller: &caller, action, resource, asking })
        };
        if let Err(denied) = &decided {
            tracing::info!(
                caller = caller.name(),
                action = denied.action,
                policies = ?denied.policies,
                errors = ?denied.errors,
                "denied a caller"
            );
        }
        decided.map(|decision| decision.policies)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn asked(policies: &str, groups: &str) -> Result<Vec<String>, Denied> {
        let gate = Gate::new(Policies::parse(policies).unwrap(), CallerSettings::default());
        let caller = Caller::new("alice").with_claims_of_authorizer([("groups".to_owned(), groups.to_owned())].into());
        let bucket = "demo".parse().unwrap();
        let asking = Asking { time: UNIX_EPOCH, source_ip: None, url: None };
        gate.ask(&caller, Action::Revoke, Resource::Bucket(&bucket), asking)
    }

    #[test]
    fn who_may_be_in_a_group_that_is_forbidden_something_is_not_taken_for_out_of_it() {
        let permit = "permit (principal, action, resource);";
        let forbid = "forbid (principal in Presign::Group::\"contractors\", action, resource);";
        let both = [permit, forbid].concat();
        assert!(asked(&both, r#"["tenants"]"#).is_ok());
        assert!(asked(&both, r#"["contractors","tenants"]"#).is_err());
        let denied = asked(&both, "[contractors tenants]").unwrap_err();
        assert!(denied.to_string().ends_with("whose groups cannot be told apart"), "{denied}");
        assert!(asked(permit, "[contractors tenants]").is_ok(), "no policy speaks of groups");
    }
}
