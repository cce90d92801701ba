//! Resource policies, as far as a presigned request meets them: which statements match, and which would under what.

mod condition;
mod context;
mod document;
mod principal;
mod statement;
mod truth;
mod variable;
mod wildcard;

pub(crate) use condition::{date, is_in};
pub use context::{Context, Known};
pub use document::{Condition, Effect, Listed, Policy, PolicyError, Principals, Statement};
pub use principal::Principal;
pub(crate) use principal::account_of;
pub use statement::Match;
pub(crate) use wildcard::matches;
