//! Resource policies, as far as a presigned request meets them: which statements match, and which would under what.

mod condition;
mod context;
mod document;
mod statement;
mod wildcard;

pub use context::{Context, Known};
pub use document::{Condition, Effect, Listed, Policy, PolicyError, Principals, Statement};
pub use statement::Match;
