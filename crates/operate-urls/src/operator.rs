use std::time::{Duration, SystemTime};

use authorization::{Action, Asking, Denied, Resource};
use http_api::{Caller, Gate};
use presign::clock::Clock;
use presign::profile::Profiles;
use url_cache::UrlTable;

use crate::SigningRoles;

/// What operators may do, once the policies have permitted it.
pub struct Operator {
    pub(crate) gate: Gate,
    pub(crate) profiles: Profiles,
    pub(crate) roles: SigningRoles,
    pub(crate) table: UrlTable,
    /// How long caching pauses after a change.
    pub(crate) hold: Duration,
    pub(crate) clock: Clock,
}

impl Operator {
    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// The policies that permit it, for the audit.
    pub(crate) fn admit(&self, caller: &Caller, action: Action, resource: Resource<'_>) -> Result<Vec<String>, Denied> {
        let asking = Asking { time: self.now(), source_ip: caller.source_ip(), url: None };
        self.gate.ask(caller, action, resource, asking)
    }
}
