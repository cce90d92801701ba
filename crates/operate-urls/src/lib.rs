//! For operators: kills what a signing role has signed until now, and lists what is out.
//!
//! [`router`] is the HTTP interface, over an [`Operator`]. The Lambda and the local stack run the very same. Both also start
//! [`Operator::prune`] on a schedule.

mod app;
mod http;
mod listing;
mod operator;
mod pruning;
mod revocation;
mod role_policies;
mod signing_roles;
mod standing;

pub use app::connect;
pub use http::router;
pub use listing::{Cursor, ListError, Listed, Listing};
pub use operator::Operator;
pub use pruning::Pruned;
pub use revocation::{Revocation, RevokeError, Revoked};
pub use role_policies::RolePolicies;
pub use signing_roles::{IamError, SigningRoles};
pub use standing::{InForce, Standing};
