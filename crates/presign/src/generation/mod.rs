//! Generations: how a policy change makes every URL signed before it unservable, without touching one of them.

mod generations;
mod scope;

pub use generations::Generations;
pub use scope::Scope;
