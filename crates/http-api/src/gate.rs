use std::time::SystemTime;

use authorization::{Action, Asking, Denied, Policies, Question, Resource};
use presign::attribution::Asker;
use settings::CallerSettings;

use crate::rate::Rate;
use crate::{Caller, Problem};

/// Asks the policies before anything else is done for a caller.
pub struct Gate {
    policies: Policies,
    callers: CallerSettings,
    rate: Option<Rate>,
}

impl Gate {
    #[must_use]
    pub fn new(policies: Policies, callers: CallerSettings) -> Self {
        let rate = callers.requests_per_second.map(Rate::new);
        Self { policies, callers, rate }
    }

    /// Who asks, as far as sessions bear it.
    #[must_use]
    pub fn asker<'a>(&self, caller: &'a Caller) -> Asker<'a> {
        Asker { caller: caller.name(), tenant: caller.tenant(&self.callers) }
    }

    /// Whether the settings say how often a caller may ask.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.rate.is_some()
    }

    /// Whether they do, so that the same question may have another answer a moment later.
    #[must_use]
    pub fn policies_speak_of_the_time(&self) -> bool {
        self.policies.speak_of_the_time()
    }

    /// Counts a request of `caller`.
    ///
    /// # Errors
    /// When there were more than the settings allow.
    pub fn count(&self, caller: &Caller, now: SystemTime) -> Result<(), Problem> {
        let Some(rate) = &self.rate else { return Ok(()) };
        rate.admit(caller.name(), now).map_err(|too_often| {
            tracing::info!(caller = caller.name(), "a caller asks too often");
            Problem::too_many_requests(too_often.retry_after)
        })
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
